# All that is needed beforehand is python3 (3.11 or newer) with pip, and make. Everything is
# installed into .venv, once; again when pyproject.toml or constraints.txt change.

PYTHON ?= python3
JOBS ?= 2
# `make test PROFILE=long` tries many more random networks and damaged specs: an hour, not minutes.
PROFILE ?= default

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install -qq
TORCH := $(shell grep -o '^torch==[0-9.]*' constraints.txt)
MODELS := $(shell grep -oE '^(torchvision|timm)==[0-9.]*' constraints.txt)
DEMO := $(VENV)/installed-demo
DEV := $(VENV)/installed-dev

export ARCHC_TEST_PROFILE := $(PROFILE)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test lint imports types site browser unit format golden bench clean distclean

help:
	@echo "make demo       compile GoogLeNet: PyTorch source, report, diagram (no torch)"
	@echo "make test       every check: lint, imports, types, site, unit"
	@echo "                with PROFILE=long: many more random networks and damaged specs"
	@echo "make lint       ruff format --check and ruff check"
	@echo "make imports    the layers of the package, by import-linter"
	@echo "make types      mypy"
	@echo "make site       the documentation, into build/site"
	@echo "make unit       pytest"
	@echo "make format     let ruff format and mend"
	@echo "make golden     write the golden files anew"
	@echo "make bench      the benchmarks"
	@echo "make clean      remove what was built; distclean: .venv too"

demo: $(DEMO)
	@mkdir -p build
	$(BIN)/archc build googlenet --emit torch -o build/googlenet.py --force
	$(BIN)/archc report googlenet
	$(BIN)/archc diagram googlenet -o build/googlenet.svg --force
	@echo "The report is above; the PyTorch source is build/googlenet.py, the diagram build/googlenet.svg."

# All checks run, whichever fails; pytest's closing line comes last.
test:
	@$(MAKE) --no-print-directory --keep-going lint imports types site unit

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

imports: $(DEV)
	$(BIN)/lint-imports --no-logo

types: $(DEV)
	$(BIN)/mypy

# Strict: a link, an anchor or a page that the navigation lacks is an error.
site: $(DEV)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

unit: $(DEV) browser
	$(BIN)/pytest -n $(JOBS)

# Pages are tried in Chromium. As root on Debian, in a container say, it is installed where it is
# missing; elsewhere its tests are skipped, and say so.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } \
			>/dev/null 2>&1 || echo "no Chromium: the tests in a browser are skipped"; \
	fi

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(DEV)
	$(BIN)/pytest --update-golden

bench: $(DEV)
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -m venv --clear $(VENV)

$(DEMO): $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing archc into $(VENV) ..."
	@$(PIP_INSTALL) -c constraints.txt -e ".[diagram]"
	@touch $@

# torch comes first and on its own: see constraints.txt.
$(DEV): $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing archc, torch and the checkers into $(VENV) ..."
	@$(PIP_INSTALL) $(TORCH)
	@$(PIP_INSTALL) -c constraints.txt -e ".[dev]"
	@$(PIP_INSTALL) --no-deps $(MODELS)
	@touch $(DEMO) $@
