"""Writes what went wrong in the window into a file beside its data. Sends nothing anywhere and keeps no secrets.

It holds the places in the program and the kind of the error. Texts of errors and values of variables are left out,
since they may hold names, numbers or passwords.
"""

from __future__ import annotations

import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from callmanager import __version__
from callmanager.domain.clock import Clock, to_wire
from callmanager.domain.errors import CallManagerError

FILE_NAME = "crash.log"
SEEN_NAME = "crash.seen"
MOST_BYTES = 256 * 1024
MOST_FRAMES = 40


class CrashLog:
    """One file, which keeps its newest half when it grows over MOST_BYTES."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        self._clock = clock
        self._turn = threading.Lock()

    def watch(self, at_end: Callable[[], object] = lambda: None) -> None:
        """Write down what nothing else catches in this process. `at_end` is called when the program ends by it."""

        def of_a_thread(given: threading.ExceptHookArgs) -> None:
            if isinstance(given.exc_value, Exception):
                self.write(given.exc_value)

        def of_the_process(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
            if isinstance(error, Exception):
                self.write(error)
                at_end()

        sys.excepthook = of_the_process
        threading.excepthook = of_a_thread

    def write(self, error: BaseException) -> None:
        """Add one. Never raises: a full disk must not turn one error into two."""
        with self._turn:
            try:
                self._make_room()
                with self.path.open("a", encoding="utf-8", errors="replace") as file:
                    file.write(self._entry(error))
            except OSError:
                return

    def has_news(self) -> bool:
        """Whether something was written since `mark_seen`."""
        try:
            return self.path.stat().st_size > 0 and str(self.path.stat().st_mtime_ns) != self._seen()
        except OSError:
            return False

    def mark_seen(self) -> None:
        """The user was told."""
        try:
            (self.folder / SEEN_NAME).write_text(str(self.path.stat().st_mtime_ns), "utf-8")
        except OSError:
            return

    def _seen(self) -> str:
        try:
            return (self.folder / SEEN_NAME).read_text("utf-8")
        except OSError:
            return ""

    def _entry(self, error: BaseException) -> str:
        head = (
            f"{to_wire(self._clock.now())} CallManager {__version__} Python {platform.python_version()} {sys.platform}"
        )
        frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
        lines = [f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames]
        return "\n".join([head, *lines, _named(error), "", ""])

    def _make_room(self) -> None:
        if self.path.exists() and self.path.stat().st_size > MOST_BYTES:
            kept = self.path.read_bytes()[-MOST_BYTES // 2 :]
            self.path.write_bytes(kept[kept.find(b"\n\n") + 2 :])


def _named(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{kind}: {error.code}" if isinstance(error, CallManagerError) else kind
