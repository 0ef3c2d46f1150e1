"""Windows of one person share the fonts in his folder: none changes a file that another has mapped into its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live_server import ROOT

PROGRAM = "from callmanager.desktop.pc.fonts import load_customtkinter; load_customtkinter()"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere fonts are not put into a folder")
def test_fonts_that_are_there_are_let_be_and_others_are_replaced_whole(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert len(first) >= 3
    assert start(tmp_path) == first
    broken = tmp_path / ".fonts" / sorted(first)[0]
    broken.write_bytes(b"half a font")
    again = start(tmp_path)
    assert again.keys() == first.keys(), "nothing else is left there"
    assert again[broken.name][0] != first[broken.name][0], "another file took the place of the one that may be mapped"
    assert again[broken.name][1] == first[broken.name][1]


def start(home: Path) -> dict[str, tuple[int, int]]:
    """The number and the size of each font after one more start."""
    environ = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", PROGRAM], env=environ, check=True, timeout=60)
    return {font.name: (font.stat().st_ino, font.stat().st_size) for font in (home / ".fonts").iterdir()}
