"""Hands the one writer connection from thread to thread, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A lock that is fair: an import that asks again at once waits behind whoever asked before.

    It knows whether the next in line would share a commit, which is what a group of transactions stays open for.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._line: deque[tuple[threading.Lock, bool]] = deque()

    def take(self, *, sharing: bool) -> None:
        """Wait for one's turn. `sharing` says that this one would share a commit with the one before."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._line.append((gate, sharing))
        try:
            gate.acquire()
        except BaseException:
            self._leave_line(gate, sharing=sharing)
            raise

    def next_shares(self) -> bool:
        """Whether somebody waits who would share a commit with whoever has the turn now."""
        with self._guard:
            return bool(self._line) and self._line[0][1]

    def give(self) -> None:
        """Hand the turn to the next in line."""
        with self._guard:
            if self._line:
                self._line.popleft()[0].release()
            else:
                self._taken = False

    def _leave_line(self, gate: threading.Lock, *, sharing: bool) -> None:
        """An interrupt came while waiting: nobody may hand a turn to one who has left."""
        with self._guard:
            handed = (gate, sharing) not in self._line
            if not handed:
                self._line.remove((gate, sharing))
        if handed:
            self.give()
