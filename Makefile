# Everything that starts, stops, installs and checks. `make run` and `make test` need nothing before.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input -qq
WORKERS ?= 2

# What has been installed, by the lock file it was installed from.
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
NODE_MODULES := node_modules/.package-lock.json
ASSETS := static/vendor/manifest.json
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard app/translations/*/LC_MESSAGES/*.po))

.PHONY: build run test check format bench translations lock clean

build: $(RUN) $(ASSETS) $(CATALOGUES)

run: build
	@exec $(PYTHON) -m app.local.starter --with-parent

test: build $(DEV) browser
	@$(PYTHON) -m pytest --numprocesses $(WORKERS) --dist worksteal

check: build $(DEV) browser
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m djlint templates --lint --quiet
	@$(PYTHON) -m pytest --numprocesses $(WORKERS) --dist worksteal

format: $(DEV)
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

bench: build $(DEV)
	$(PYTHON) -m tests.bench

# Brings app/translations up to date with the texts in code and templates; then fill what is empty.
POT := $(VENV)/messages.pot
translations: $(RUN)
	@$(VENV)/bin/pybabel --quiet extract --mapping-file=pyproject.toml --keywords="_l lazy_gettext" \
	  --no-location --sort-output --output-file=$(POT) .
	@$(VENV)/bin/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete \
	  --ignore-pot-creation-date --input-file=$(POT) --output-dir=app/translations

# The newest Python that the project knows; PYTHON3=… chooses another.
$(PYTHON):
	@for candidate in $${PYTHON3:-python3 python3.13 python3.12 python3.11}; do \
	  if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	  then found=$$candidate; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "This needs Python 3.11, 3.12 or 3.13; name one with: PYTHON3=/path/to/python3 make" >&2; exit 1; \
	fi; \
	echo "· virtual environment ($$("$$found" --version))"; \
	rm -rf $(VENV); \
	"$$found" -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  echo "Python's venv module is incomplete; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(RUN): requirements/run.txt | $(PYTHON)
	@echo "· Python packages"
	@$(PIP) install --require-hashes --requirement $<
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@echo "· Python packages for tests and checks"
	@$(PIP) install --require-hashes --requirement $<
	@touch $@

# npm of the machine, else one inside the virtual environment.
$(NODE_MODULES): package.json package-lock.json | $(PYTHON)
	@echo "· browser assets and Meilisearch (npm)"
	@if ! command -v npm >/dev/null; then \
	  $(PIP) install --require-hashes --requirement requirements/node.txt; \
	  export PATH="$$PWD/$(VENV)/bin:$$PATH"; \
	fi; \
	npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

$(ASSETS): $(NODE_MODULES) static/icons.txt app/local/assets.py $(RUN)
	@$(PYTHON) -m app.local.assets
	@touch $@

%.mo: %.po $(RUN)
	@$(VENV)/bin/pybabel --quiet compile --input-file=$< --output-file=$@

# Debian's chromium for the browser tests, where it may be installed; else those tests are skipped.
.PHONY: browser
browser:
	@if command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "· chromium (apt-get)"; \
	  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 && exit 0; \
	fi; \
	echo "There is no chromium here and it cannot be installed: the browser tests are skipped." >&2

# Needs uv (pip install uv). The files name no index, so that they install from any mirror.
UV := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock:
	$(UV) pyproject.toml --output-file requirements/run.txt
	$(UV) pyproject.toml --group dev --constraints requirements/run.txt --output-file requirements/dev.txt
	$(UV) --group node --output-file requirements/node.txt
	npm install --package-lock-only --ignore-scripts

clean:
	rm -rf $(VENV) node_modules static/vendor dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find app -name '*.mo' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "The data under var/ stays; remove it by hand if it is no longer wanted."
