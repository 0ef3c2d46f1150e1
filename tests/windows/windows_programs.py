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
BECOME = '. "$0"; exec "$wine" "$@" 2> >(cat >/dev/null)'
"""The shell becomes the program, so that who ends it ends the program. Who starts it gives pipes for the rest."""

COMPILER = "x86_64-w64-mingw32-gcc-win32"
END_ALL = '. "$0"; "$wine_server" -k'


def line(program: Path, *arguments: str) -> list[str]:
    """The command that runs a Windows program here. Its output has pipes, without which it would not start."""
    return ["bash", "-c", RUN, str(WINE / "env.sh"), str(program), *arguments]


def own_process(program: Path, *arguments: str, **environ: str) -> list[str]:
    """The command of a Windows program that is one process here: its input and output are those of who starts it."""
    variables = [f"{name}={value}" for name, value in environ.items()]
    return ["env", *variables, "bash", "-c", BECOME, str(WINE / "env.sh"), str(program), *arguments]


def compile_window(source: Path, program: Path) -> None:
    """Make a Windows program with a window of a file in C."""
    options = ["-O2", "-s", "-municode", "-mwindows", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([COMPILER, *options, "-o", str(program), str(source)], check=True, timeout=120)


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
