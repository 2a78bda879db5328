#!/bin/sh
# Schemathesis over the whole API. It is no part of our environment: its requirements would move ours.
set -eu
cd "$(dirname "$0")/.."
home=$PWD/.venv-schemathesis
[ -x "$home/bin/schemathesis" ] || {
  .venv/bin/python -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4.32,<5'
}
exec .venv/bin/python -m tests.fuzz "$home/bin/schemathesis" "$@"
