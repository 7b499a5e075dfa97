# The commands of the README. Every target sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check lint docs pictures bench bench-sync clean

setup: .venv/.ready

.venv/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "rotadesk needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -m compileall -q console widgets storage themes  # 90 ms of each start where bytecode is not kept
	@touch $@

demo: setup
	@$(BIN)/rotadesk demo

test: setup
	$(BIN)/python -m pytest -n 2

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check: lint test

docs: setup
	$(BIN)/python -m console.docs

pictures: setup
	$(BIN)/python docs/pictures.py

bench: setup
	@$(BIN)/python bench/all.py

bench-sync: setup
	@$(BIN)/python bench/peers.py

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
