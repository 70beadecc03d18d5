# `make demo` grades the sample class, `make test` runs the tests; each sets itself up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The tools of the environment (alembic, jupyter) must be found by the programs that call them.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test verify lint bench install wall tools clean

demo: install wall
	$(BIN)/autograder demo

test: install wall tools lint
	$(BIN)/python -m pytest -n auto --dist loadfile

verify: install wall
	$(BIN)/autograder verify
	$(BIN)/autograder verify --right --seeds 20 --no-trainings
	$(BIN)/autograder verify --right --seeds 3

bench: install wall
	$(BIN)/python benchmarks/overhead.py

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call apt,python3-venv); }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

wall:
	@command -v bwrap >/dev/null || { $(call apt,bubblewrap); }

# What tests of nbgrader start: a database server and a browser. They are skipped where these cannot be installed.
tools:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || ($(call apt,postgresql)) || true
	@command -v chromedriver >/dev/null || ($(call apt,chromium chromium-driver)) || true

clean:
	rm -rf build $(VENV)

# Install a Debian package where rights allow, else say the one command that does.
define apt
	if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq $(1); \
	elif sudo -n true 2>/dev/null; then sudo apt-get update -qq && sudo apt-get install -y -qq $(1); \
	else echo "Run this once, then the same command again:  sudo apt-get install $(1)"; exit 1; fi
endef
