"""Strangers at a server: sockets that say little or nothing, opened anew when the server closes them."""

from __future__ import annotations

import errno
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

PAUSE_SECONDS = 1.0
SETTLE_SECONDS = 5.0
"""What a crowd costs when it arrives is over, and what is measured is what it costs while it is there."""

FIRST_AT_ONCE = 200
AGAIN_AT_ONCE = 5
"""So many are opened in a round, until each has come, and then anew: a crowd, not a flood that measures only how
fast this PC shakes hands."""

_HOSTS = 50


class Strangers:
    """`says[i]` is what the socket of number i sends first; then it sends a letter now and then."""

    def __init__(self, port: int, says: Sequence[bytes]) -> None:
        self._port = port
        self._says = says
        self._sockets: list[socket.socket | None] = [None] * len(says)
        self.opened = 0
        self.full = threading.Event()

    def press(self, stop: threading.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            self._open_some()
            for number, opened in enumerate(self._sockets):
                if opened is not None and not _is_alive(opened):
                    opened.close()
                    self._sockets[number] = None
            stop.wait(PAUSE_SECONDS)
        for opened in self._sockets:
            if opened is not None:
                opened.close()

    def _open_some(self) -> None:
        most = AGAIN_AT_ONCE if self.full.is_set() else FIRST_AT_ONCE
        for number in [number for number, opened in enumerate(self._sockets) if opened is None][:most]:
            with suppress(OSError):
                self._sockets[number] = self._open(number)
                self.opened += 1
        if self.opened >= len(self._says):
            self.full.set()

    def _open(self, number: int) -> socket.socket:
        host = f"127.0.1.{number % _HOSTS + 1}" if sys.platform == "linux" else ""
        opened = socket.create_connection(("127.0.0.1", self._port), timeout=10, source_address=(host, 0))
        opened.sendall(self._says[number])
        opened.setblocking(False)
        return opened


@contextmanager
def pressing(port: int, says: Sequence[bytes]) -> Iterator[Strangers]:
    """Strangers for the length of the block, once each of them has come and settled."""
    strangers, stop = Strangers(port, says), threading.Event()
    thread = threading.Thread(target=strangers.press, args=(stop,), daemon=True)
    thread.start()
    try:
        strangers.full.wait(60)
        time.sleep(SETTLE_SECONDS)
        yield strangers
    finally:
        stop.set()
        thread.join(30)


def slow_body(path: str, length: int) -> bytes:
    """The beginning of a request whose body hardly comes."""
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n".encode() + b"x" * 4_000


def live_socket() -> bytes:
    """A WebSocket that never says who it is."""
    head = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", "Host: 127.0.0.1", "Connection: Upgrade"]
    keys = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", ""]
    return "\r\n".join([*head, *keys]).encode()


def _is_alive(opened: socket.socket) -> bool:
    """Say a letter and see whether the server has hung up."""
    try:
        while opened.recv(65_536):
            pass
        return False
    except BlockingIOError:
        pass
    except OSError:
        return False
    try:
        opened.send(b"x")
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
    return True
