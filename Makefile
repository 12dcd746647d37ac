# hub141: `make help` lists what there is. Every target is safe to repeat.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
export HUB_HOME ?= $(CURDIR)/.hub
export HUB_ROOT := $(CURDIR)
export AIRFLOW_HOME := $(HUB_HOME)/airflow
export AIRFLOW_CONFIG := $(CURDIR)/airflow.cfg
HUB := .venv/bin/hub
# uv from the PATH, or one of our own in .uv/ where none is installed
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: install
install: ## install everything that uv.lock pins into .venv
	@command -v uv >/dev/null 2>&1 || test -x .uv/bin/uv || { \
	  echo "installing uv into .uv/ ..."; $(PYTHON) -m venv .uv && .uv/bin/pip install --quiet uv; }
	@echo "installing the pinned packages into .venv ..."
	@$(UV) sync --locked --quiet --compile-bytecode

.PHONY: demo
demo: install ## start the sandbox province, run the real DAGs over it, open the governance view
	@$(HUB) demo

.PHONY: stop
stop: ## stop what the demo started (portal and sandbox)
	@$(HUB) demo --stop

.PHONY: test
test: install ## run all tests
	@.venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
	@echo "All tests passed. Next: 'make demo' shows the system at work, 'make lint' checks style and types."

.PHONY: chaos
chaos: install ## 200 kills at random moments of load, merge, build and publish (KILLS=50 SEED=7: fewer, at other moments)
	@HUB_CHAOS_KILLS=$(or $(KILLS),200) HUB_CHAOS_SEED=$(or $(SEED),141) \
	  .venv/bin/python -m pytest --capture=no tests/hub/test_kill_at_random.py

.PHONY: readers
readers: install ## analysts ask everything on their page while loads run (CASES=3000 LOADS=5 ANALYSTS=4 are the defaults)
	@HUB_READERS_CASES=$(or $(CASES),3000) HUB_READERS_LOADS=$(or $(LOADS),5) HUB_READERS_ANALYSTS=$(or $(ANALYSTS),4) \
	  .venv/bin/python -m pytest --capture=no tests/hub/test_reading_while_loading.py

.PHONY: lint
lint: install ## style, types and the one-way imports
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

.PHONY: contracts
contracts: install ## check the data contracts against the standard (ODCS), in an environment of its own
	@$(UV) run --locked --quiet --project schemas/lint python schemas/lint/lint.py

.PHONY: airflow
airflow: install ## Airflow with its own web page, scheduler and the hub's DAGs (Ctrl-C stops it)
	@.venv/bin/python -m dags.standalone

.PHONY: bench
bench: install ## speed and memory beside the physical limit and others (ARGS="csv --rows 30000": one part of it)
	@$(UV) sync --locked --quiet --compile-bytecode --project benchmarks/peers
	@.venv/bin/python -m benchmarks $(ARGS)

.PHONY: docs
docs: install ## write the generated data dictionary and system catalogue
	@$(HUB) docs

.PHONY: clean
clean: ## remove .venv and this home's run-time state (asks first)
	@read -p "Remove .venv and $(HUB_HOME)? [y/N] " answer && [ "$$answer" = y ] && rm -rf .venv $(HUB_HOME)
