"""Screens that nobody sees (Xvfb), for tests and measurements of real windows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def open_screen(size: str = "1920x1080", *options: str, with_hands: bool = False) -> Iterator[str]:
    """The name of a new screen, for DISPLAY. `options` go to Xvfb; `with_hands`: keys and mouse by xdotool are needed.

    Raises RuntimeError when a program is not installed.
    """
    for program in ("Xvfb", "xdotool") if with_hands else ("Xvfb",):
        if not shutil.which(program):
            raise RuntimeError(f"install the package {program.lower()}")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen([*command, *options], pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as said:
            yield f":{said.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)
