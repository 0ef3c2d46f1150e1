"""Runs the tests on one mutant after another, in a copy of the checkout. Each run is a fork that has the libraries
already: starting Python would cost more than the tests. For systems that can fork.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("callmanager", "tests", "docs", "client", "deploy", "pyproject.toml", "config.py", "server.py")
LIBRARIES = (
    "_pytest.python", "alembic.command", "bcrypt", "flask.testing", "jwt", "orjson", "phonenumbers",
    "prometheus_client", "pydantic", "requests", "rich.progress", "socketio",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "uvicorn", "websockets", "xlsxwriter",
)  # fmt: skip
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-m", "not long and not postgresql and not node and not strace")
PASSED, FAILED = 0, 1
LONGEST_SECONDS = 120.0


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

    def run(self, tests: tuple[str, ...], longest: float = LONGEST_SECONDS) -> int | None:
        """The exit code of pytest; None when it took too long."""
        sys.stdout.flush()
        child = os.fork()
        if not child:
            self._test(tests)
        deadline = time.monotonic() + longest
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # the fork and what it started, which are a group of their own
        os.waitpid(child, 0)
        return None

    def _test(self, tests: tuple[str, ...]) -> None:
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
            code = int(importlib.import_module("pytest").main([*OPTIONS, *tests]))
            sys.stdout.flush()
        finally:
            os._exit(code)

    def output(self) -> str:
        """What the last run said."""
        return (self.folder / "pytest.out").read_text("utf-8", "replace")
