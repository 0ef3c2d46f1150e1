# Thin on purpose: each line calls what also works on Windows (README.md gives the equivalents). Needs python3 3.11+.
PYTHON ?= python3
BIN = .venv/bin
WINDOWS_TESTS = tests/windows
# More than there are processors: a test waits more than it works. Fewer where the machine is busy with something else.
PROCESSES ?= 4
# The tests start hundreds of processes: what one of them compiled is there for the next.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check prove bench windows

help:
	@echo "make demo    demo server with people, campaigns and 5,000 contacts, and the agents' window on it"
	@echo "make test    the whole test suite"
	@echo "make check   style, types and import contracts"
	@echo "make prove   the proofs in their full size (long)"
	@echo "make bench   figures against floors measured in the same run"
	@echo "make windows the window, CallManager.exe and its dialling on Windows, as far as Wine shows it (Debian, Python 3.11)"

.venv/run.stamp: requirements.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test.stamp: .venv/run.stamp deploy/requirements-test.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r deploy/requirements-test.txt
	@touch $@

demo: .venv/run.stamp
	$(BIN)/python -m callmanager demo --window

test: .venv/test.stamp
	$(BIN)/python -m pytest -q -n $(PROCESSES) --dist loadfile --no-loadscope-reorder -m "not long and not windows and not alone"
	$(BIN)/python -m pytest -q -m "alone and not long"

check: .venv/test.stamp
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

prove: .venv/test.stamp
	$(BIN)/python -m pytest -q -m long
	$(BIN)/python -m bench.proofs.kill_9
	$(BIN)/python -m bench.proofs.power_cut
	$(BIN)/python -m bench.proofs.restart
	$(BIN)/python -m bench.proofs.slow_client
	$(BIN)/python -m bench.proofs.limits
	$(BIN)/python -m bench.proofs.mutations --sample 100

bench: .venv/test.stamp
	$(BIN)/python -m bench

.venv/wine.stamp: .venv/test.stamp $(wildcard tests/windows/*.sh tests/windows/*.c)
	PYTHON=$(CURDIR)/$(BIN)/python bash tests/windows/setup_wine.sh .venv/wine
	@touch $@

windows: .venv/wine.stamp
	$(BIN)/python -m pytest -q -m windows $(WINDOWS_TESTS)
