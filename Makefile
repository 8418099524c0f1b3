# `make run`, `make test` and `make up` are all a newcomer needs; each makes .venv complete first.
# PYTHON=/path/to/python3.12 make setup  chooses the interpreter.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run demo test up bench lint picture lock

VENV := .venv
STAMP := $(VENV)/.complete

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

setup: $(STAMP) ## make .venv complete: interpreter, pinned dependencies, this package

run: setup ## ingest data/samples, materialise the whole graph, print a summary
	@$(VENV)/bin/contact-pipeline run data/samples/*/*.csv

demo: setup ## 2,000 invented people through every provider as a simulator: confusion matrix, bill, a campaign; SERVE=1 shows its pages
	@$(VENV)/bin/python -m contact_pipeline_tests.lab.demo $(if $(SERVE),--serve)

up: setup ## database, Dagster UI (port 3000) and daemon; stop with Ctrl-C
	@$(VENV)/bin/contact-pipeline up

test: setup ## the whole suite
	@$(VENV)/bin/python -m pytest

bench: setup ## the figures of benchmarks/RESULTS.md, as JSON
	@$(VENV)/bin/python -m benchmarks

lint: setup ## ruff, mypy, import contracts
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

picture: setup ## draw the rooms of docs/decisions.md anew from the imports
	@$(VENV)/bin/python -m contact_pipeline_tests.architecture.picture

lock: ## choose new versions within pyproject.toml's bounds (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	@# No index in the file: it installs from whatever registry the machine is configured for.
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

# Complete = these two files, by content: git gives them new times at every checkout. Written last, so an interrupted
# set-up is taken up again. A .venv whose interpreter is gone (the folder was moved) is made anew.
$(STAMP): requirements.lock pyproject.toml
	@set -eu; \
	wanted=$$(cat requirements.lock pyproject.toml | cksum); \
	if [ -f $@ ] && [ "$$(cat $@)" = "$$wanted" ] && $(VENV)/bin/python -c 'import contact_pipeline' 2>/dev/null; then \
	  touch $@; exit 0; \
	fi; \
	if ! $(VENV)/bin/python -c 'import pip' 2>/dev/null; then \
	  found=; \
	  for candidate in $${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "Python 3.11 or newer is needed and $${PYTHON:-python3} is not. Install one, or name it: PYTHON=/path/to/python3.12 make setup" >&2; exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$("$$found" --version)"; \
	  "$$found" -m venv --clear $(VENV) || { \
	    echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	  }; \
	fi; \
	echo "Installing the pinned dependencies"; \
	: "--no-deps: the lock is complete, and pip refuses hashes for a dependency named with an extra (gql[requests])"; \
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; \
	: "setuptools is among them, so building needs no network"; \
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	echo "$$wanted" > $@
