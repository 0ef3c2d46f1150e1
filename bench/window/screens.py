"""A screen that nobody sees (Xvfb), for as long as a measurement lasts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

SIZE = "1920x1080x24"


@contextmanager
def open_screen() -> Iterator[str]:
    """The name of a screen, for DISPLAY. Raises RuntimeError when Xvfb is not installed."""
    if not shutil.which("Xvfb"):
        raise RuntimeError("install the package xvfb")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as said:
            yield f":{said.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)
