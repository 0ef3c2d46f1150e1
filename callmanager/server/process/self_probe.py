"""Connects to the server's own port now and then, as a client would, and logs when it does not answer.

Windows can leave a listening socket that takes no more connections (after sleep, or when a filter driver resets it)
while the process looks well; nothing inside notices that.
"""

from __future__ import annotations

import contextlib
import socket
import threading

from callmanager.server.logs import get_log

PAUSE_SECONDS = 30.0
PATIENCE_SECONDS = 10.0

_log = get_log("server")


class SelfProbe:
    """A thread that tries one connection every half minute, from `start` to `stop`."""

    def __init__(self, host: str, port: int, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._address = (host, port)
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()
        self.failures = 0

    def start(self) -> None:
        threading.Thread(target=self._follow, name="self-probe", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def try_once(self) -> bool:
        """Connect and wait for an answer. A failure is counted and logged, and so is the end of failing."""
        opened = self._is_open()
        if opened and self.failures:
            _log.info("door_opens_again", failures=self.failures)
        self.failures = 0 if opened else self.failures + 1
        if not opened:
            _log.error("door_is_shut", port=self._address[1], failures=self.failures)
        return opened

    def _is_open(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(self._address, PATIENCE_SECONDS) as connection:
            connection.sendall(b"\r\n")  # no request: whatever the server says to it, it says something or hangs up
            return True
        return False

    def _follow(self) -> None:
        while not self._stopping.wait(self._pause_seconds):
            self.try_once()
