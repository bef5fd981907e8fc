# Everything a person or a CI runs. `make help` lists it.
#   make demo                                   the app on http://127.0.0.1:7860
#   CELEBA=folder:/path/to/celeba make demo     with real faces
#   PORT=8000 make demo                         on another port

VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
PORT ?= 7860

# The first Python that is new enough; override with `make setup PYTHON=/path/to/python`.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c '$(NEW_ENOUGH)' 2>/dev/null && { command -v $$p; break; }; done)

# Tests run in up to four processes, the files in their order: the browser's, which take longest, early; small ones last.
# One thread each: the processes would wait for each other's threads, three times as long on two cores.
WORKERS := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
ONE_THREAD := OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1}

# No telemetry, and no proxy between this machine and itself: Gradio asks the page whether it answers.
QUIET := HF_HUB_DISABLE_TELEMETRY=1 GRADIO_ANALYTICS_ENABLED=False \
	NO_PROXY=127.0.0.1,localhost,$${NO_PROXY:-} no_proxy=127.0.0.1,localhost,$${no_proxy:-}
# And no Hub call: everything a test and a bench need lies in the repository.
OFFLINE := HF_HUB_OFFLINE=$${HF_HUB_OFFLINE:-1} $(QUIET)

.DEFAULT_GOAL := help
.PHONY: help setup demo test fuzz browser rehearsal bench bench-gpu lint format media docs audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## make .venv and install what is needed

$(INSTALLED): requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found. Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 2; }
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11. Name a newer one: make setup PYTHON=/path/to/python3.12" >&2; exit 2; }
	@test -x $(VENV)/bin/pip || "$(PYTHON)" -m venv $(VENV) || { echo "Could not make $(VENV). On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@echo "Installing into $(VENV): some minutes the first time."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

demo: setup ## install if needed, then serve the app
	@$(QUIET) PORT=$(PORT) $(PY) app.py

test: setup browser ## run all tests, making first what is missing
	@$(OFFLINE) $(ONE_THREAD) $(PY) -m pytest $(WORKERS) $(ARGS)

fuzz: setup ## send the app hostile input, FUZZ times for each test
	@$(OFFLINE) $(ONE_THREAD) FUZZ=$${FUZZ:-5000} $(PY) -m pytest tests/hostile --timeout 0 $(ARGS)

browser: setup
	@.ci/ensure-chromium $(PY)

rehearsal: setup ## do what a Space does, with its packages installed anew; asks the network
	@$(OFFLINE) $(ONE_THREAD) $(PY) -m pytest tests/rehearsal --install -rP

bench: setup browser ## measure the targets and print a table
	@$(OFFLINE) $(PY) -m bench $(ARGS)

bench-gpu: setup ## measure training on this machine's GPU
	@$(OFFLINE) $(PY) -m bench.gpu

lint: setup ## check style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: setup ## put the code into the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

media: setup browser ## make the pictures of README.md
	@$(OFFLINE) $(PY) -m pytest -q tests/browser/test_media.py --media

docs: setup ## build the documentation into outputs/site, strictly
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet
	@echo "Open outputs/site/index.html, or to search in it: $(PY) -m http.server --directory outputs/site"

audit: setup ## look for known vulnerabilities in what is installed; asks the network
	@$(PY) -m pip_audit --local --progress-spinner off

clean: ## remove .venv and every cache
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis .gradio tests/browser/screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
