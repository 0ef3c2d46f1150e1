"""Opens the agents' window on the demo: a program of its own beside the server, with a folder of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from callmanager.cli.this_pc import fetch

LAUNCHER = Path(__file__).resolve().parents[3] / "client" / "call_manager_app.py"
WINDOW_FOLDER = "window"
"""Of the demo: where its window keeps its lists and preferences."""
START_SECONDS, PAUSE_SECONDS = 60.0, 0.2
STOP_SECONDS = 10.0


def has_screen() -> bool:
    """Whether a window can be shown here."""
    on_linux = sys.platform not in ("win32", "darwin")
    return not on_linux or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def window_line(address: str) -> str:
    """What a person types to open the window, from the folder where he is."""
    path = LAUNCHER
    with suppress(ValueError):
        path = LAUNCHER.relative_to(Path.cwd())
    words = [_shown_python(), str(path), "--server", address]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


@contextmanager
def opened_window(home: Path, address: str) -> Iterator[None]:
    """Open the window as soon as the server answers; at the end of the block it is closed."""
    opener = _Opener(home / WINDOW_FOLDER, address)
    opener.start()
    try:
        yield
    finally:
        opener.close()


class _Opener(threading.Thread):
    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(name="demo-window", daemon=True)
        self._folder, self._address = folder, address
        self._turn, self._is_over = threading.Lock(), False
        self._window: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not _answers(self._address) and time.monotonic() < end and not self._is_over:
            time.sleep(PAUSE_SECONDS)
        with self._turn:
            if not self._is_over:
                self._window = self._open()

    def close(self) -> None:
        with self._turn:
            self._is_over = True
        if self._window is not None and self._window.poll() is None:
            self._window.terminate()
            self._window.wait(STOP_SECONDS)

    def _open(self) -> subprocess.Popen[bytes]:
        """Away from the keys of the terminal: Ctrl+C there is for the server."""
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("CALLMANAGER_")}
        command = [sys.executable, str(LAUNCHER), "--server", self._address, "--data", str(self._folder)]
        return subprocess.Popen(  # noqa: S603  # our own program
            command,
            env=kept,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )


def _answers(address: str) -> bool:
    with suppress(OSError):
        return fetch(f"{address}/health", seconds=5).ok
    return False


def _shown_python() -> str:
    path = Path(sys.executable)
    with suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return str(path)
