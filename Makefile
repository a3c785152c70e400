# Each target sets up .venv by itself; it needs Python 3.11 or later and make.
#
#   make demo    a TensorFlow 1 program learns MNIST
#   make test    the whole test suite
#   make check   lint, types, layers, generated files: under a minute
#   make bench   the same programs here and under TensorFlow
#   make golden  write the golden data again, under TensorFlow 1.15.5

SHELL := /bin/bash
# The first Python that is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# The plain name would bring gigabytes of CUDA libraries; on a machine with a GPU: make TORCH=torch
TORCH ?= torch==2.13.0
# Processes of the test run.
JOBS ?= 2
# An interpreter with TensorFlow 1.15.5, for bench and golden.
ORACLE_PYTHON ?= $(or $(ORACLE_HOME),/tmp/oracle)/bin/python

VENV := .venv
BIN := $(VENV)/bin
USE := $(VENV)/installed
DEV := $(VENV)/installed-dev
DATA := build/mnist
export ORACLE_PYTHON

.PHONY: demo test check bench golden clean

demo: $(USE)
	$(BIN)/evergraph datasets mnist $(DATA)
	$(BIN)/evergraph run examples/mnist_moving_average.py --data_dir=$(DATA)

test: $(DEV)
	$(BIN)/python -m pytest -q -n $(JOBS) tests

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/generate_api.py --check
	$(BIN)/python -m pytest -q tests/contract

bench: $(DEV)
	$(BIN)/python benchmarks/run.py $(NAMES)

golden: $(DEV)
	for script in tests/golden/*/generate_*.py; do $(ORACLE_PYTHON) $$script || exit 1; done
	for script in tests/golden/*/pack_*.py; do $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) build

$(VENV)/created:
	@test -n "$(PYTHON)" || { echo "evergraph needs Python 3.11 or later; none was found." \
		"Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "The venv module of $(PYTHON) does not work;" \
		"on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	touch $@

$(USE): $(VENV)/created pyproject.toml
	$(BIN)/python -m pip install -q "$(TORCH)"
	$(BIN)/python -m pip install -q -e .
	touch $@

$(DEV): $(USE)
	$(BIN)/python -m pip install -q -e ".[dev]"
	touch $@
