"""Windows that connect and then read nothing more, always so many: `python -m bench.live.stuck PORT COUNT KEY`.

Says `ready` when the first are connected. The server cuts off who does not read, so others take their place.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from bench.live.clients import Window

GENERATION_SECONDS = 9.5
"""A little more than the server bears with somebody who does not read."""
RECEIVE_BYTES = 4_096
"""As little as the system takes for them, so that all else is left with the server."""


class StuckWindow(Window):
    """Stops reading as soon as it is connected."""

    def _take(self, frame: bytes) -> None:
        super()._take(frame)
        if self.ready.done():
            self._transport.pause_reading()


async def open_stuck(port: int, key: str) -> asyncio.Transport:
    """One of them, connected."""
    loop = asyncio.get_running_loop()
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    door.setblocking(False)
    await loop.sock_connect(door, ("127.0.0.1", port))
    transport, window = await loop.create_connection(lambda: StuckWindow(key, []), sock=door)
    await window.ready
    return transport


async def keep_stuck(port: int, count: int, key: str) -> None:
    """Hold so many for ever."""
    while True:
        stuck = [await open_stuck(port, key) for _ in range(count)]
        print("ready", flush=True)
        await asyncio.sleep(GENERATION_SECONDS)
        for transport in stuck:
            transport.abort()


async def main(port: int, count: int, key: str) -> None:
    keeping = asyncio.create_task(keep_stuck(port, count, key))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    keeping.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
