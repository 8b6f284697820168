# Record-check service: `make demo` shows the main job, `make test` tests it.
# REQUIRE_ALL=1 turns every skip and every absent tool into a failure. LISTS=DIR: demo on real lists.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
SOURCES := lookup adapters matching
PROTOS := $(wildcard protos/lookup/v1/*.proto)
CATALOGUES := $(wildcard lookup/languages/*.po)
export REQUIRE_ALL LISTS

.PHONY: install demo test check bench bench-quick clean

install: $(STAMP)

$(STAMP): .ci/requirements.txt pyproject.toml .ci/hatch_build.py $(PROTOS) $(CATALOGUES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/python deploy/demo/run.py

test: $(STAMP)
	@.ci/node_tools
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(STAMP)
	@.ci/node_tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@.ci/check_protos

bench: $(STAMP)
	$(BIN)/python benchmarks/run.py

bench-quick: $(STAMP)
	$(BIN)/python benchmarks/run.py --quick

clean:
	rm -rf $(VENV) .tools .demo build dist
