#!/bin/sh
# Resolves pyproject.toml into the two lock files. torch is left out: bootstrap.py finds its CPU build.
set -eu
uv=.venv/bin/uv
links=${PIP_FIND_LINKS:+--find-links $PIP_FIND_LINKS}
common="--python .venv/bin/python --generate-hashes --no-emit-package torch --no-emit-find-links --no-header"
$uv pip compile pyproject.toml $links $common -q -o requirements.lock
$uv pip compile pyproject.toml --group dev $links $common -q -c requirements.lock -o requirements-dev.lock
