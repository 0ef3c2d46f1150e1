"""Many windows in one process, with as little work as may be: they take messages and note how old each change is.

Run: python -m bench.live.clients PORT COUNT KEY[,KEY ...], whose keys they use in turn. Says `ready` when all are
connected; at the end of its input it prints the number of changes taken and the milliseconds (p50, p99) that each had
been under way.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from functools import partial

from bench.figures import percentile

_SENT = re.compile(rb'"note":\["[^"]*","t=(\d+\.\d+)"\]')
_HELLO = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Window(asyncio.Protocol):
    """One connection. `late` gets the age in seconds of every change that it is told."""

    def __init__(self, key: str, late: list[float]) -> None:
        self.ready = asyncio.get_running_loop().create_future()
        self._key = key
        self._late = late
        self._unread = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_HELLO)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._upgraded:
            head, end, rest = self._unread.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head, head
            self._upgraded, self._unread = True, rest
        while (frame := self._next()) is not None:
            self._take(frame)

    def _next(self) -> bytes | None:
        unread = self._unread
        if len(unread) < 2:
            return None
        size, start = unread[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(unread[2:start])
        if len(unread) < start + size:
            return None
        self._unread = unread[start + size :]
        return unread[start : start + size]

    def _take(self, frame: bytes) -> None:
        if frame[:1] == b"0":
            self._send(b"40" + json.dumps({"api_key": self._key}).encode())
        elif frame[:2] == b"40":
            self.ready.set_result(None)
        elif frame == b"2":
            self._send(b"3")
        elif frame[:11] == b'42["changes':
            now = time.monotonic()
            self._late += [now - float(sent) for sent in _SENT.findall(frame)]

    def _send(self, text: bytes) -> None:
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2)
        self._transport.write(b"\x81" + size + b"\0\0\0\0" + text)  # a mask of zeros changes nothing


async def main(port: int, count: int, keys: list[str]) -> None:
    late: list[float] = []
    loop = asyncio.get_running_loop()
    for number in range(count):
        key = keys[number % len(keys)]
        _transport, window = await loop.create_connection(partial(Window, key, late), "127.0.0.1", port)
        await window.ready
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    found = [percentile(late, share) * 1000 for share in (0.5, 0.99)] if late else [0.0, 0.0]
    print(json.dumps([len(late), *found]), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(",")))
