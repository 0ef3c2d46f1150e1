"""The command line as a person uses it: a process with a folder, or the same function called in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from callmanager.cli.main import main
from callmanager.server.app import build_services
from callmanager.settings import load_settings
from tests.live_server import WARM
from tests.warm_starts import Said

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180.0
CHEAP = "BCRYPT_COST = 4\n"


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLMANAGER_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def run(home: Path, *arguments: str, given: str = "", through: Sequence[str] = ()) -> Said:
    """`python -m callmanager ...` in `home`, with `given` on its standard input, started by the program `through`.

    It starts warm (tests/warm_starts.py) unless it is started by another program.
    """
    if not through and WARM.can_start():
        return WARM.run("-m", "callmanager", *arguments, given=given, cwd=home, seconds=SECONDS)
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
