"""Loads customtkinter, whose fonts on Linux are put in place whole, and only where they are not there already."""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
import tempfile
from pathlib import Path


def load_customtkinter() -> None:
    """Import it before anything else does.

    By itself it writes its fonts over those in ~/.fonts at each start; another window that reads one at that moment has
    it mapped into its memory, and dies of a bus error.
    """
    if not sys.platform.startswith("linux") or "customtkinter" in sys.modules:
        return
    copy = shutil.copy
    shutil.copy = _put_whole  # type: ignore[assignment]  # while it is imported it copies nothing but fonts
    try:
        import customtkinter  # noqa: F401, PLC0415
    finally:
        shutil.copy = copy


def _put_whole(source: str, folder: str) -> str:
    """As shutil.copy into a folder, but that nobody ever sees half a file."""
    place = Path(folder) / Path(source).name
    if place.is_file() and filecmp.cmp(source, place, shallow=False):
        return str(place)
    number, name = tempfile.mkstemp(dir=folder, prefix=".font-")
    os.close(number)
    shutil.copyfile(source, name)
    Path(name).chmod(0o644)
    Path(name).replace(place)
    return str(place)
