"""The command line as a person uses it: a process with a folder, or the same function called in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import pytest

from callmanager.cli.main import main
from callmanager.server.app import build_services
from callmanager.settings import load_settings
from tests.warm_starts import WarmStarts

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180.0
CHEAP = "BCRYPT_COST = 4\n"


class Said(NamedTuple):
    code: int
    out: str
    err: str


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLMANAGER_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


WARM = WarmStarts("callmanager.cli.main", "callmanager.server.run", environ=environment)


def run(home: Path, *arguments: str, given: str = "", through: Sequence[str] = ()) -> Said:
    """`python -m callmanager ...` in `home`, with `given` on its standard input, started by the program `through`.

    It starts warm (tests/warm_starts.py) unless it is started by another program.
    """
    if not through and WARM.can_start():
        return _run_warm(home, arguments, given)
    done = subprocess.run(
        [*through, sys.executable, "-m", "callmanager", *arguments],
        cwd=home,
        env=environment(),
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def _run_warm(home: Path, arguments: Sequence[str], given: str) -> Said:
    with TemporaryFile() as file, TemporaryFile() as output, TemporaryFile() as errors:
        file.write(given.encode())
        file.seek(0)
        process = WARM.start("-m", "callmanager", *arguments, cwd=home, given=file, output=output, errors=errors)
        try:
            code = process.wait(SECONDS)
        finally:
            process.kill()
        output.seek(0)
        errors.seek(0)
        return Said(code, output.read().decode(), errors.read().decode())


def begin_office(home: Path) -> None:
    """The database that a first start makes: no command of people or lists makes one."""
    services = build_services(load_settings(home, {}, {}))
    services.imports.close()
    services.storage.close()


class Here:
    """main() in this process, English unless told otherwise."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def __call__(self, *arguments: str, lang: str = "en") -> Said:
        self._capsys.readouterr()
        code = main(["--home", str(self.home), "--lang", lang, *arguments])
        shown = self._capsys.readouterr()
        return Said(code, shown.out, shown.err)
