"""Where the window keeps what is its own on this PC. Makes the folder; knows nothing of what stands in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_


def data_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of this account of the PC: replicas, unsent work, preferences, crash logs.

    CALLMANAGER_DATA names another one.
    """
    if own := environ.get("CALLMANAGER_DATA"):
        return Path(own).expanduser()
    home = Path.home()
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "CallManager"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "CallManager"
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "callmanager"


def open_folder(folder: Path) -> Path:
    """Make it, readable by its owner only. Raises Unavailable."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(
            "folder_not_made",
            N_("The folder %(folder)s cannot be made. Check that this account may write there."),
            folder=str(folder),
        ) from error
    return folder


def program_folder() -> Path:
    """Beside which `config_local.json` stands: the executable, or `client` of a checkout."""
    if getattr(sys, "frozen", False):
        return Path(sys.executable).resolve().parent
    return Path(__file__).resolve().parents[3] / "client"


def show_folder(folder: Path) -> bool:
    """Open it in the system's own window for files; whether that could be asked for."""
    try:
        if sys.platform == "win32":
            os.startfile(folder)  # noqa: S606 - our own folder
        else:
            program = "open" if sys.platform == "darwin" else "xdg-open"
            command = [program, str(folder)]
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    except OSError:
        return False
    return True
