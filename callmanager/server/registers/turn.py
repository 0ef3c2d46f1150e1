"""Whose turn it is: one register's file at a time, and whoever stops the server stops it, too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from callmanager.domain.errors import Conflict
from callmanager.domain.texts import N_


class RegisterTurn:
    """Safe under threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.progress: tuple[int, int] | None = None
        """How much of how much is done, while somebody loads a file."""

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Work on registers for the block. Raises Conflict while somebody else does."""
        self.take()
        try:
            yield
        finally:
            self.give_back()

    def take(self) -> None:
        """Begin to work on registers, perhaps to go on in another thread. Raises Conflict."""
        if not self._lock.acquire(blocking=False):
            raise Conflict(
                "register_busy",
                N_("A file of a register is being worked on just now. Wait until that is done and try again."),
            )

    def tell(self, done: int, total: int) -> None:
        """To be told of progress."""
        self.progress = (done, total)

    def give_back(self) -> None:
        """Be done."""
        self.progress = None
        self._lock.release()

    def stop(self) -> None:
        """Let whoever works stop soon. For the stop of the server."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        return self._stop.is_set()
