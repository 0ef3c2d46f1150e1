"""Runs the tests on one mutant after another, in a copy of the checkout. For systems that can fork.

One process imports the program and all the tests, once. Each run is a fork of it in which the mutated function has
other code: to start Python and to import would cost more than the tests. A loop that never ends is told by the work it
does, which hardly depends on what else the machine is busy with.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest

from bench.mutations.mutants import Mutant
from bench.mutations.reach import Reach, Recorder

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("callmanager", "tests", "docs", "client", "deploy", "pyproject.toml", "config.py", "server.py")
OPTIONS = ("-q", "-p", "no:cacheprovider", "-m", "not long and not postgresql and not node and not strace")
PASSED, FAILED, LOOPED, NOT_FOUND = 0, 1, -signal.SIGXCPU, 71
LONGEST_SECONDS = 240.0
MOST_WORK_SECONDS = 600.0
_MOST_MEMORY = 3 << 30


class Run(NamedTuple):
    """How a run of tests ended: PASSED, FAILED, LOOPED (stopped for too much work), NOT_FOUND (no such function to
    mutate), None (after too long) or another exit code; and how many seconds passed."""

    code: int | None
    lasted: float


class Copy:
    """A copy of the checkout in `folder`, in which modules are replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._replaced_at = 1_000_000_000
        for name in NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, folder / name)

    def read(self, module: str) -> str:
        return (self.folder / module).read_text("utf-8")

    def replace(self, module: str, source: str) -> None:
        """Each version gets an instant of its own: compiled files are told apart by it."""
        self._replaced_at += 1
        file = self.folder / module
        file.write_text(source, "utf-8")
        os.utime(file, (self._replaced_at, self._replaced_at))

    def run_anew(self, tests: Sequence[str], most_work: float) -> Run:
        """Import everything anew and run these tests: for functions that are called while modules are imported."""

        def test() -> int:
            _limit(most_work)
            for name in [name for name, module in sys.modules.items() if self._holds(module)]:
                del sys.modules[name]
            return self.gather(_files(tests), lambda bench: bench.run_until_failure(tests))

        return fork(test)

    def _holds(self, module: ModuleType) -> bool:
        return str(getattr(module, "__file__", None)).startswith(f"{self.folder}/")

    def gather(self, files: Iterable[str], work: Callable[[Bench], int], *, traced: bool = False) -> int:
        """Import the tests of these files and let `work` run them. Changes this process for good."""
        os.chdir(self.folder)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.environ["PYTHONPATH"] = str(self.folder)
        sys.path[:] = [str(self.folder), *(path for path in sys.path if path not in ("", str(ROOT)))]
        output = os.open(self.folder / "pytest.out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        bench = Bench(self, work)
        if traced:
            bench.recorder.start()
        pytest.main([*OPTIONS, f"--basetemp={self.folder / 'temporary'}", *files], plugins=[bench])
        return bench.code

    def output(self) -> str:
        """What the last run said."""
        return (self.folder / "pytest.out").read_text("utf-8", "replace")


class Bench:
    """A plugin of pytest: the tests, imported and ready to be run in forks."""

    def __init__(self, copy: Copy, work: Callable[[Bench], int]) -> None:
        self.code = 70
        self.copy = copy
        self.recorder = Recorder(copy.folder)
        self._work = work
        self._items: dict[str, pytest.Item] = {}
        self._functions: list[FunctionType] = []
        self._caches: list[_lru_cache_wrapper[Any]] = []
        self._has_failed = False
        self._failed = copy.folder / "failed"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.recorder.stop()
        self._items = {item.nodeid: item for item in session.items}
        objects = gc.get_objects()
        self._functions = [one for one in objects if isinstance(one, FunctionType) and self._is_ours(one)]
        self._caches = [
            one for one in objects if isinstance(one, _lru_cache_wrapper) and self._is_ours(one.__wrapped__)
        ]
        del objects
        gc.collect()
        gc.freeze()  # so that forks look through what they made themselves, and share the rest
        if not session.testsfailed:
            self.code = self._work(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self._has_failed:
            self._has_failed = True
            self._failed.write_text(f"{report.nodeid}, {report.when}", "utf-8")

    def failed(self) -> str:
        """Which test failed last, and in which part of it."""
        return self._failed.read_text("utf-8")

    def run_until_failure(self, tests: Sequence[str]) -> int:
        items = [self._items[test] for test in tests if test in self._items]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._has_failed:
                return FAILED
        return PASSED

    def trace(self, file: str, reach: Reach) -> list[str]:
        """Find out what the tests of a file reach. Answers those that fail without any defect: they are left out."""
        told = self.copy.folder / "reach.json"
        tests = [test for test in self._items if test.partition("::")[0] == file]

        def test() -> int:
            told.write_text(json.dumps(self._trace(tests)), "utf-8")
            return PASSED

        if _fork(test, float("inf")).code != PASSED:
            return tests
        reached, work = json.loads(told.read_text("utf-8"))
        reach.add(reached, work)
        return [test for test in tests if test not in work]

    def _trace(self, tests: list[str]) -> tuple[dict[str, list[str]], dict[str, float]]:
        work: dict[str, float] = {}
        self.recorder.start()
        for test in tests:
            for one in self._caches:  # what one test has put there the next would not call
                one.cache_clear()
            self.recorder.test, began = test, time.process_time()
            if self.run_until_failure([test]) == PASSED:
                work[test] = time.process_time() - began
            self._has_failed = False
        self.recorder.stop()
        return self.recorder.tests, work

    def _is_ours(self, function: Any) -> bool:
        code = getattr(function, "__code__", None)
        return code is not None and code.co_filename.startswith(f"{self.copy.folder}/callmanager/")

    def run(self, tests: Sequence[str], most_work: float = MOST_WORK_SECONDS) -> Run:
        """Run these tests in their order until the first that fails."""

        def test() -> int:
            _limit(most_work)
            return self.run_until_failure(tests)

        return fork(test)

    def run_mutated(self, module: str, mutant: Mutant, tests: Sequence[str], most_work: float) -> Run:
        """The same with the function mutated."""
        file = str(self.copy.folder / module)

        def test() -> int:
            _limit(most_work)
            return self.run_until_failure(tests) if self._mutate(file, mutant) else NOT_FOUND

        return fork(test)

    def _mutate(self, file: str, mutant: Mutant) -> bool:
        """Give the function in this process the code of the mutant; whether that could be done."""
        codes = _codes(compile(mutant.source, file, "exec"))
        new = {code.co_firstlineno: code for code in codes if code.co_qualname == mutant.where}
        found = [one for one in self._functions if _is_at(one.__code__, file, mutant.where, new)]
        try:
            for function in found:
                function.__code__ = new[function.__code__.co_firstlineno]
        except ValueError:  # it closes over other names now
            return False
        return bool(found)


def _files(tests: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(test.partition("::")[0] for test in tests))


def fork(test: Callable[[], int]) -> Run:
    """Run it in a process of its own, which ends within LONGEST_SECONDS."""
    return _fork(test, LONGEST_SECONDS)


def fork_for_long(test: Callable[[], int]) -> int | None:
    return _fork(test, float("inf")).code


def _fork(test: Callable[[], int], longest: float) -> Run:
    sys.stdout.flush()
    began = time.monotonic()
    child = os.fork()
    if not child:
        _become(test)
    code = None
    while (lasted := time.monotonic() - began) < longest:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            break
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # the fork and what it started, which are a group of their own
    if code is None:
        os.waitpid(child, 0)
    return Run(code, lasted)


def _become(test: Callable[[], int]) -> None:
    """In the fork; never returns."""
    code = 70
    try:
        os.setsid()
        code = test()
        sys.stdout.flush()
    except Exception:  # noqa: BLE001 - it is told, and the process ends
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _limit(most_work: float) -> None:
    """Of this process: a loop that never ends must not fill the memory of the machine either."""
    most = int(time.process_time() + most_work) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))


def _is_at(code: CodeType, file: str, where: str, lines: Container[int]) -> bool:
    return (code.co_filename, code.co_qualname) == (file, where) and code.co_firstlineno in lines


def _codes(code: CodeType) -> list[CodeType]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return [*inner, *(deeper for one in inner for deeper in _codes(one))]
