# make run | test | check | fix | bench. Needs Python 3.11 or newer and make; everything else is brought into .venv.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
INSTALL = $(if $(UV),uv pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check) \
	--quiet --require-hashes -r
# One more than cores: tests wait for databases, browsers and other processes a third of their time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# Without bytecode the application starts four times as slowly.
export UV_COMPILE_BYTECODE = 1

.PHONY: run test check fix bench format lint types floors templates words dependencies advisories chromium lock migration translations
.DEFAULT_GOAL := run

run: $(VENV)/run.stamp  ## the demonstration, on http://127.0.0.1:8000 or PORT
	@$(BIN)/rdv demo

test: check chromium  ## everything, on SQLite and PostgreSQL, with a real browser
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

check: format lint types floors templates words dependencies advisories  ## what needs no test run; `make -k check` tells everything at once

fix: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench

format: $(VENV)/dev.stamp
	@$(BIN)/ruff format --check --quiet . || (echo "Not formatted: make fix" && $(BIN)/ruff format --check . && false)

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check --quiet .

types: $(VENV)/dev.stamp
	@$(BIN)/mypy

floors: $(VENV)/dev.stamp
	@$(BIN)/lint-imports --no-logo

templates: $(VENV)/dev.stamp
	@$(BIN)/djlint --lint --quiet templates

words: $(VENV)/dev.stamp
	@$(BIN)/codespell

dependencies: $(VENV)/dev.stamp
	@$(BIN)/deptry .

# Known weaknesses of what is locked: fails on one; says loudly when the database of advisories can't be reached.
advisories: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.advisories

chromium: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.browser

# The lock files name versions and hashes, never an index.
LOCK = uv pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-header --python-version 3.11
lock:
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

translations: $(VENV)/dev.stamp  ## every language's file gets the sentences it lacks (docs/translations.md)
	@$(BIN)/python -m app.translations

# make migration M="what changes": writes the difference between the models and the last migration; read it before use.
migration: $(VENV)/dev.stamp
	@rm -f var/migration.db && mkdir -p var
	DATABASE_URL=sqlite:///var/migration.db $(BIN)/alembic upgrade head
	DATABASE_URL=sqlite:///var/migration.db $(BIN)/alembic revision --autogenerate \
		--rev-id $$(printf '%04d' $$(($$(ls app/migrations/versions/[0-9]*.py | wc -l) + 1))) -m "$(M)"
	@rm -f var/migration.db*

$(VENV)/run.stamp: requirements.lock | $(BIN)/python
	$(INSTALL) requirements.lock
	@printf '%s\n' "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/rdv.pth"
	@printf '%s\n' '#!/bin/sh' "'''exec' \"$(CURDIR)/$(BIN)/python\" \"\$$0\" \"\$$@\"" "' '''" \
		'import sys' 'from app.commands import main' 'sys.exit(main())' > $(BIN)/rdv
	@chmod +x $(BIN)/rdv
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(INSTALL) requirements-dev.lock
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || (echo "Python 3.11 or newer is needed and was not found." && false)
ifeq ($(UV),uv)
	uv venv --quiet --python "$$(command -v $(PYTHON))" $(VENV)
else
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || (test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -y -qq python3-venv) \
		|| (echo "This Python can't make environments: install uv, or the package python3-venv." && false)
	$(PYTHON) -m venv $(VENV)
endif
