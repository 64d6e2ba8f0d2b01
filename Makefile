# Everything a developer or a newcomer does with Kizuna. Needs python3 (3.11 or later) and make.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := tools/node.sh
UV_VERSION := 0.13.9

DATA ?= kizuna-data
AREA ?=
ROUNDS ?= 50

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev web sdk api demo up dev test test-python test-web lint format bench faults docs lock audit clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set-up ---------------------------------------------------------------------------------------

$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kizuna needs Python 3.11 or later; set PYTHON=/path/to/it.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/bench.stamp: requirements-bench.lock $(VENV)/dev.stamp
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@

setup: $(VENV)/run.stamp ## Install what running needs

setup-dev: $(VENV)/dev.stamp ## Install what developing needs

web/node_modules/.stamp: web/package-lock.json | $(VENV)/run.stamp
	cd web && ../$(NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

sdk/node_modules/.stamp: sdk/package-lock.json | $(VENV)/run.stamp
	cd sdk && ../$(NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts -type f 2>/dev/null)
SDK_SOURCES := $(shell find sdk/src -type f 2>/dev/null)

web/dist/index.html: web/node_modules/.stamp $(WEB_SOURCES)
	cd web && ../$(NODE) npm run --silent build
	@touch $@

sdk/dist/kizuna.js: sdk/node_modules/.stamp $(SDK_SOURCES)
	cd sdk && ../$(NODE) npm run --silent build
	@touch $@

web: web/dist/index.html ## Build the admin app
sdk: sdk/dist/kizuna.js ## Build the browser SDK

api: setup-dev web/node_modules/.stamp ## Make the admin app's types anew from the API
	$(BIN)/python -m tools.write_openapi web/openapi.json
	cd web && ../$(NODE) npm run --silent api

# --- run ------------------------------------------------------------------------------------------

demo: setup web sdk ## Set up, load a grocer's year of real data, and run
	KIZUNA_DATA_DIR=$(DATA) $(BIN)/kizuna demo

up: setup web sdk ## Run on kizuna-data/ without demo data
	KIZUNA_DATA_DIR=$(DATA) $(BIN)/kizuna up

dev: setup-dev web/node_modules/.stamp sdk ## Run with auto-reload, front and back (front at :5173)
	KIZUNA_DATA_DIR=$(DATA) tools/dev.sh

# --- check ----------------------------------------------------------------------------------------

test: test-web test-python ## Run all tests

# Parts that start whole installations and browsers: each file is of one process.
WHOLE := tests/browser tests/sdk tests/clients tests/faults tests/app/test_up.py
CLIENTS := $(if $(wildcard tests/clients/package-lock.json),tests/clients/node_modules/.stamp)

test-python: setup-dev web sdk $(CLIENTS)
	@tools/check_chromium.sh
	$(BIN)/python -m pytest -q -n 2 --durations=30 $(addprefix --ignore=,$(WHOLE))
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --durations=15 $(WHOLE)

tests/clients/node_modules/.stamp: tests/clients/package-lock.json | $(VENV)/run.stamp
	cd tests/clients && ../../$(NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test-web: web/node_modules/.stamp sdk/node_modules/.stamp
	cd web && ../$(NODE) npm run --silent test
	cd sdk && ../$(NODE) npm run --silent test

lint: setup-dev web/node_modules/.stamp sdk/node_modules/.stamp ## ruff, pyright, import-linter, Biome, tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(NODE) $(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/check_repository.py
	cd web && ../$(NODE) npm run --silent lint
	cd sdk && ../$(NODE) npm run --silent lint

format: setup-dev web/node_modules/.stamp sdk/node_modules/.stamp ## Bring all code into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd web && ../$(NODE) npm run --silent format
	cd sdk && ../$(NODE) npm run --silent format

bench: $(VENV)/bench.stamp web sdk ## Measure speed and memory; AREA=collect runs one part
	$(BIN)/python -m benchmarks $(AREA)

faults: setup-dev ## The long fault and simulation runs; ROUNDS=50
	$(BIN)/python -m tests.faults --rounds $(ROUNDS)

docs: setup-dev ## Build the documentation site into site/, dead links are errors
	$(BIN)/python -m tools.make_reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "open site/index.html"

audit: | $(BIN)/uv ## Ask for known faults in dependencies
	tools/audit.sh $(BIN)/uv

lock: | $(BIN)/uv ## Pin the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra demo --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra demo --extra spark --constraint requirements.lock --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements-spark.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra demo --group dev --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra demo --group dev --group bench --constraint requirements-dev.lock --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements-bench.lock

clean: ## Remove what was installed and built; kizuna-data/ stays
	rm -rf $(VENV) web/node_modules web/dist sdk/node_modules sdk/dist tests/clients/node_modules site
