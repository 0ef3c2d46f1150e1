"""Windows programs on this PC: the Windows Python of setup_wine.sh, and what it builds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path, PureWindowsPath

from tests.live_server import ROOT, environment

WINE = Path(os.environ.get("CALLMANAGER_WINE") or ROOT / ".venv" / "wine")
"""Where setup_wine.sh put it; `make windows` does so."""

PYTHON = WINE / "python" / "python.exe"
RUN = '. "$0"; : | "$wine" "$@" 2>&1 | cat; exit "${PIPESTATUS[1]}"'
END_ALL = '. "$0"; "$wine_server" -k'


def line(program: Path, *arguments: str) -> list[str]:
    """The command that runs a Windows program here. Its output has pipes, without which it would not start."""
    return ["bash", "-c", RUN, str(WINE / "env.sh"), str(program), *arguments]


def windows_path(path: Path) -> str:
    """As Windows programs name it: Wine shows them the whole PC as drive Z."""
    return str(PureWindowsPath("Z:", *path.resolve().parts))


def run(program: Path, *arguments: str, screen: str, folder: Path, seconds: float) -> None:
    """Run it in `folder` to its end; fails with what it said."""
    done = subprocess.run(
        line(program, *arguments),
        cwd=folder,
        env={**environment(), "PYTHONPATH": "", "DISPLAY": screen},
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")


def end_all() -> None:
    """End every Windows program of that Wine, whatever it waits for."""
    subprocess.run(["bash", "-c", END_ALL, str(WINE / "env.sh")], timeout=60, check=False)
