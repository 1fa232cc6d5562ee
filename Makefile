# make run    the whole observatory on simulators, with its dashboard
# make test   everything that is checked on every commit
# make lint   the checks of the code alone       make docs   the pages that are made from the code
# make bench  the figures of every part          make clean  takes away what can be made again
# make test-kernel-20       the supervision kernel twenty times over
# make test-kernel-pythons  the same on each Python it is written for, as strict as Python can be

BIN := .venv/bin
KERNEL_PYTHONS := $(addprefix test-kernel-python,3.11 3.12 3.13)

.PHONY: run test lint docs bench browser comet clean test-kernel-20 test-kernel-pythons $(KERNEL_PYTHONS)

run: .venv/installed
	@$(BIN)/pyros run config/simulation.yaml --simulate

test: .venv/installed-test browser comet lint
	@$(BIN)/python -m pytest

lint: .venv/installed-test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

docs: .venv/installed-test
	@$(BIN)/python docs/pages.py

bench: .venv/installed-test
	@$(BIN)/pyros bench

# Each round is a process of its own, with another order of whatever is hashed.
test-kernel-20: .venv/installed-test
	@passed=0; for round in $$(seq 20); do \
	  if PYTHONHASHSEED=$$round $(BIN)/python -m pytest -q tests/kernel >.venv/round 2>&1; \
	  then passed=$$((passed + 1)); \
	  else tail -n 60 .venv/round; echo "round $$round failed, PYTHONHASHSEED=$$round"; fi; \
	done; echo "$$passed of 20 passed"; test $$passed = 20

# One after the other: each measures the machine as well.
test-kernel-pythons:
	@for target in $(KERNEL_PYTHONS); do $(MAKE) --no-print-directory $$target || exit 1; done

# An environment of its own for each Python that is installed; the others are skipped.
$(KERNEL_PYTHONS): test-kernel-python%:
	@python=$$(for each in python$* $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$*.*/bin/python; do \
	  "$$each" -c "" 2>/dev/null && echo "$$each" && break; done); \
	test -n "$$python" || { echo "Python $*: none is installed, skipped"; exit 0; }; \
	test .venv/python$*/installed -nt setup.cfg || { \
	  "$$python" -m venv .venv/python$* && \
	  .venv/python$*/bin/pip install --disable-pip-version-check -qq --editable ".[test]" && \
	  touch .venv/python$*/installed; } || exit 1; \
	.venv/python$*/bin/python --version && \
	PYTHONDEVMODE=1 .venv/python$*/bin/python -m pytest -q tests/kernel

# The tests of the pages drive Debian's Chromium; without it they are skipped and say so.
browser:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium for the tests of the pages"; \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null \
	      || echo "chromium could not be installed: the tests of the pages are skipped"; \
	  else \
	    echo "no chromium here: the tests of the pages are skipped (Debian: apt install chromium)"; \
	  fi; }

# The broker that others run, in an environment of its own; without it its tests are skipped.
comet: .venv/installed-test
	@test -x .venv/comet/bin/twistd || { \
	  echo "installing Comet for the tests of the alert brokers"; \
	  $(BIN)/python -m venv .venv/comet && \
	  .venv/comet/bin/pip install --disable-pip-version-check -qq "comet==3.1.0" "setuptools<81" \
	    || { rm -rf .venv/comet; echo "Comet could not be installed: its tests are skipped"; }; }

.venv/installed: setup.cfg pyproject.toml
	@./install.sh --keep

.venv/installed-test: setup.cfg pyproject.toml
	@./install.sh --keep --test

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
