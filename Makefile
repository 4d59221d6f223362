# Every target sets up the environment it needs; `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
PACKAGES := chatbot handlers storage tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help install run sandbox test endurance check format bench lock

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

install: $(READY)  ## set up .venv from the locked dependencies

# uv where it can be had, pip where not: both check every hash.
$(READY): requirements-dev.txt requirements-installer.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-installer.txt \
	  && $(BIN)/uv pip install -q --system-certs --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.txt \
	  || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: $(READY)  ## run the bot (needs TELEGRAM_BOT_TOKEN, in the environment or in .env)
	@$(BIN)/python -m chatbot run

sandbox: $(READY)  ## try the bot in a local chat page: no account, no network
	@$(BIN)/python -m chatbot sandbox

test: $(READY)  ## run the tests
	$(BIN)/python -m pytest

endurance: $(READY)  ## kill the bot a hundred times under load, and count what came of it
	$(BIN)/python -m pytest -n 0 tests/endurance/*.py

check: $(READY)  ## format, lint, imports, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy $(PACKAGES)

format: $(READY)  ## rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## measure the bot beside a bare echo bot
	@$(BIN)/python -m benchmarks

lock: $(READY)  ## renew the lock files from pyproject.toml
	echo uv | $(BIN)/uv pip compile -q - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -U -o requirements-installer.txt
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -U -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --group dev -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -U -o requirements-dev.txt
