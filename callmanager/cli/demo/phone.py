"""The demo's phone: the laboratory's InterPhone, which calls nobody, beside a window that is set to call with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE_FOLDER = Path(__file__).resolve().parents[3]
STOP_SECONDS = 5.0


@contextmanager
def opened_phone(home: Path, window: Path, language: str) -> Iterator[None]:
    """Open it and close it after the block. `window`: where the window keeps its preferences, if it has none yet."""
    home = home.resolve()
    doors = home / "interphone"
    for left in doors.glob("*.json"):
        left.unlink()  # of a demo that was killed
    _choose_phone(window / "preferences.json", doors)
    module = "callmanager.softphones.lab.interphone"
    options = ["--door", str(doors), "--log", str(home / "interphone.log"), "--language", language]
    process = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-m", module, *options],
        cwd=PACKAGE_FOLDER,
        env={name: value for name, value in os.environ.items() if not name.upper().startswith("CALLMANAGER_")},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _choose_phone(preferences: Path, doors: Path) -> None:
    """Set the window to it, once: what somebody chooses later stays."""
    if preferences.exists():
        return
    phone = {"driver": "interphone", "options": {"lab": str(doors)}, "region": "CR", "style": "national"}
    preferences.parent.mkdir(parents=True, exist_ok=True)
    preferences.write_text(json.dumps({"phone": phone}), "utf-8")
