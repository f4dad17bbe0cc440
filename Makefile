# Motcua: `make run` starts everything, `make test` tests everything. `make help` lists the rest.

PORT ?= 8000
HOST ?=
COMPANY ?= HANOI
WORKERS ?= 0
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV ?= $(shell command -v uv || echo $(BIN)/uv)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command 'make lock'

# Python 3.11 or newer, found without asking the machine for anything else.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.DEFAULT_GOAL := help
.PHONY: help run install dev device test kills lint format bench story check lock clean

help: ## these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(STAMP) ## everything on this machine (PORT=8123 MOTCUA_HOME=DIR HOST=name COMPANY=HANOI)
	@exec $(BIN)/motcua up --port $(PORT) --workers $(WORKERS) $(if $(HOST),--host $(HOST) --company $(COMPANY))

install: $(STAMP) ## the virtual environment, for running
dev: $(DEV_STAMP) ## the virtual environment, for developing

device: $(DEV_STAMP) ## what keys in a token or HSM need (PKCS#11)
	@$(INSTALL) --require-hashes --no-deps -r requirements-pkcs11.lock

test: $(DEV_STAMP) ## all tests; browser journeys too when Chromium is there
	@BIN=$(BIN) .ci/test $(ARGS)

kills: $(DEV_STAMP) ## 200 stories while every part is killed in turn (a quarter of an hour)
	MOTCUA_KILL_COUNT=200 $(BIN)/python -m pytest tests/ops/test_kills.py $(ARGS)

lint: $(DEV_STAMP) ## style, floors, types, migrations, addresses that do not belong here
	@BIN=$(BIN) .ci/lint

format: $(DEV_STAMP) ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV_STAMP) ## measure this machine (ARGS=...)
	$(BIN)/motcua bench $(ARGS)

story: $(STAMP) ## play the journey against the running server (ARGS='--count 20')
	$(BIN)/motcua story --port $(PORT) $(ARGS)

check: $(STAMP) ## what is wrong with this installation
	@$(BIN)/motcua check

lock: ## requirements*.lock from pyproject.toml (needs uv)
	echo 'setuptools>=80' | $(COMPILE) pyproject.toml - -o requirements.lock
	echo 'setuptools>=80' | $(COMPILE) --group dev pyproject.toml - -c requirements.lock -o requirements-dev.lock
	echo 'python-pkcs11>=0.9.4' | $(COMPILE) - -c requirements.lock -o requirements-pkcs11.lock

clean: ## the virtual environment and caches; never your data
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Motcua needs Python 3.11 or newer; this machine has $$(python3 --version 2>&1 || echo none)."; \
		echo "Install it (Debian: apt-get install python3 python3-venv), or name it: make run PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making the virtual environment with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The module venv is missing or incomplete (Debian: apt-get install python3-venv)."; exit 1; }

$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Motcua needs …"
	@$(INSTALL) --require-hashes --no-deps -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(STAMP)
	@echo "Installing what developing needs …"
	@$(INSTALL) --require-hashes --no-deps -r requirements-dev.lock
	@touch $@
