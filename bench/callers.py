"""Asks a server over keep-alive connections with as little work as may be; a process of its own.

`python -m bench.callers` reads its orders and writes its findings as pickles.
"""

from __future__ import annotations

import pickle
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence

from bench.load import Findings, Orders

RECEIVE = 1_048_576
_LENGTH = b"content-length:"


class Caller:
    """One connection: one request at a time."""

    def __init__(self, port: int, requests: Sequence[bytes], *, once: bool) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0
        self._requests = requests
        self._once = once
        self._missing = -1
        self._started = 0.0

    def ask(self) -> bool:
        """Send the next request; False when there is none."""
        if self._once and self.sent == len(self._requests):
            return False
        self._started = time.perf_counter()
        self.socket.sendall(self._requests[self.sent % len(self._requests)])
        self.sent += 1
        return True

    def take(self, found: Findings) -> bool:
        """Receive; True when the answer is whole."""
        piece = self.socket.recv(RECEIVE)
        if not piece:
            raise RuntimeError("the server closed the connection")
        if self._missing < 0:
            piece = self._begin(piece, found)
        self._missing -= len(piece)
        if self._missing > 0:
            return False
        found.milliseconds.append((time.perf_counter() - self._started) * 1000)
        self._missing = -1
        return True

    def _begin(self, piece: bytes, found: Findings) -> bytes:
        """Read the head, which may come in pieces; returns what came of the body."""
        while (end := piece.find(b"\r\n\r\n")) < 0:
            piece += self.socket.recv(RECEIVE)
        head = piece[:end].lower()
        at = head.index(_LENGTH) + len(_LENGTH)
        stop = head.find(b"\r", at)
        self._missing = int(head[at : stop if stop > 0 else len(head)])
        found.body_bytes += self._missing
        status = int(head[9:12])
        found.statuses[status] = found.statuses.get(status, 0) + 1
        return piece[end + 4 :]


def carry_out(orders: Orders) -> Findings:
    found = Findings()
    callers = [Caller(orders.port, requests, once=orders.once) for requests in orders.requests]
    with selectors.DefaultSelector() as selector:
        for caller in callers:
            selector.register(caller.socket, selectors.EVENT_READ, caller)
        began = time.perf_counter()
        _converse(selector, callers, found, until=began + orders.seconds, pause=orders.pause)
        found.per_second = len(found.milliseconds) / (time.perf_counter() - began)
    found.sent = [caller.sent for caller in callers]
    return found


def _converse(
    selector: selectors.BaseSelector, callers: list[Caller], found: Findings, *, until: float, pause: float
) -> None:
    """Until the time is over, and then until every request that was sent is answered."""
    busy = sum(caller.ask() for caller in callers)
    resting: deque[tuple[float, Caller]] = deque()
    while busy:
        for key, _events in selector.select(resting[0][0] - time.perf_counter() if resting else None):
            if key.data.take(found):
                resting.append((time.perf_counter() + pause, key.data))
        while resting and resting[0][0] <= time.perf_counter():
            _at, caller = resting.popleft()
            if time.perf_counter() > until or not caller.ask():
                busy -= 1


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(carry_out(pickle.loads(sys.stdin.buffer.read()))))
