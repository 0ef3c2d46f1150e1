"""Runs the tests on one mutant after another, in a copy of the checkout. Each run is a fork that has the libraries
already: starting Python would cost more than the tests. For systems that can fork.

A loop that never ends is told by the work it does, which hardly depends on what else the machine is busy with.
"""

from __future__ import annotations

import importlib
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from bench.mutations.reach import Chosen, Reach, Recorder, read_reach

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("callmanager", "tests", "docs", "client", "deploy", "pyproject.toml", "config.py", "server.py")
LIBRARIES = (
    "_pytest.junitxml", "_pytest.pytester", "_pytest.python", "_pytest.terminal", "_pytest.unittest", "alembic.command",
    "bcrypt", "customtkinter", "flask.testing", "jwt", "orjson", "phonenumbers", "prometheus_client", "pydantic",
    "pydantic.json_schema", "pydantic.root_model", "requests", "rich.progress", "socketio", "sqlite3",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "uvicorn", "websockets", "xlsxwriter",
)  # fmt: skip
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-m", "not long and not postgresql and not node and not strace")
PASSED, FAILED, LOOPED = 0, 1, -signal.SIGXCPU
LONGEST_SECONDS = 240.0
MOST_WORK_SECONDS = 600.0
_MOST_MEMORY = 3 << 30


class Run(NamedTuple):
    """How a run of tests ended: the exit code of pytest (LOOPED: stopped for too much work, None: after too long), and
    how many seconds passed."""

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
        for name in LIBRARIES:
            importlib.import_module(name)

    def read(self, module: str) -> str:
        return (self.folder / module).read_text("utf-8")

    def replace(self, module: str, source: str) -> None:
        """Each version gets an instant of its own: compiled files are told apart by it."""
        self._replaced_at += 1
        file = self.folder / module
        file.write_text(source, "utf-8")
        os.utime(file, (self._replaced_at, self._replaced_at))

    def trace(self, file: str) -> Reach | None:
        """What the tests of a file reach; None when one of them fails."""
        recorder, told = Recorder(self.folder), self.folder / "reach.json"

        def test() -> int:
            recorder.start()
            code = _pytest([file], recorder)
            recorder.save(told)
            return code

        return read_reach(told) if self._fork(test).code == PASSED else None

    def run(self, tests: Sequence[str], most_work: float = MOST_WORK_SECONDS) -> Run:
        """Run these tests in their order until the first that fails."""
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))

        def test() -> int:
            _limit(most_work)
            return _pytest(files, Chosen(tests))

        return self._fork(test)

    def _fork(self, test: Callable[[], int]) -> Run:
        sys.stdout.flush()
        began = time.monotonic()
        child = os.fork()
        if not child:
            self._become(test)
        while (lasted := time.monotonic() - began) < LONGEST_SECONDS:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return Run(os.waitstatus_to_exitcode(status), lasted)
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # the fork and what it started, which are a group of their own
        os.waitpid(child, 0)
        return Run(None, lasted)

    def _become(self, test: Callable[[], int]) -> None:
        """In the fork; never returns."""
        code = 70
        try:
            os.setsid()
            os.chdir(self.folder)
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            os.environ["PYTHONPATH"] = str(self.folder)
            sys.path[:] = [str(self.folder), *(path for path in sys.path if path not in ("", str(ROOT)))]
            output = os.open(self.folder / "pytest.out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            code = test()
            sys.stdout.flush()
        finally:
            os._exit(code)

    def output(self) -> str:
        """What the last run said."""
        return (self.folder / "pytest.out").read_text("utf-8", "replace")


def _pytest(files: list[str], plugin: object) -> int:
    return int(pytest.main([*OPTIONS, *files], plugins=[plugin]))


def _limit(most_work: float) -> None:
    """Of this process: a loop that never ends must not fill the memory of the machine either."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(most_work) + 1, int(most_work) + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
