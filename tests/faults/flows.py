"""One connection through the fault proxy: HTTP by requests and pieces of answers, WebSockets by whole messages."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Coroutine
from typing import Any

from tests.faults.decks import Decks, Fault
from tests.faults.frames import Frames, is_event

PIECE = 65_536
MOST_HEAD = 65_536
DELAY_SECONDS = (0.005, 0.25)
STALE_AFTER = (1, 6)
"""So many messages overtake the second copy of one."""
AGAIN_SECONDS = (0.0, 0.5)
TWIN_SECONDS = 10.0

_AT_ONCE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Ended(Exception):
    """A fault has ended this connection."""


class Flow:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(self, decks: Decks, port: int, down: Streams) -> None:
        self._decks = decks
        self._port = port
        self._from_client, self._to_client = down
        self._frames: Frames | None = None
        self._upgrade = b""
        self._stale: list[tuple[int, bytes]] = []
        self._dark: set[str] = set()
        self._twins: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Carry everything until one end hangs up or a fault ends it."""
        writers = [self._to_client]
        try:
            await self._meet(self._decks.draw("connection"))
            self._from_server, self._to_server = await asyncio.open_connection("127.0.0.1", self._port, limit=MOST_HEAD)
            writers.append(self._to_server)
            await first_end(self._carry_up(), self._carry_down())
        except (Ended, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for writer in writers:
                writer.close()
            if self._twins:
                await asyncio.wait(self._twins)

    async def _meet(self, fault: Fault | None) -> None:
        """What happens to a connection that has just been made."""
        if fault is not None:
            self._count(fault)
        if fault is Fault.RESET:
            reset(self._to_client)
        if fault is Fault.BLACK_HOLE:
            while await self._from_client.read(PIECE):
                pass
        if fault is not None:
            raise Ended

    async def _carry_up(self) -> None:
        while self._frames is None and not self._upgrade:
            head = await self._from_client.readuntil(b"\r\n\r\n")
            asked = head + await self._from_client.readexactly(header_number(head, b"content-length"))
            if b"\r\nupgrade: websocket" in head.lower():
                self._upgrade = b"HTTP"
                await self._write(self._to_server, asked)
            else:
                await self._pass_request(asked)
        while piece := await self._from_client.read(PIECE):
            await self._strike(self._decks.draw("upward"), self._to_server, piece, "up")

    async def _pass_request(self, asked: bytes) -> None:
        fault = self._decks.draw("request")
        if fault is Fault.DOUBLE_REQUEST:
            self._count(fault)
            self._twins.add(asyncio.create_task(self._send_twin(asked, self._decks.dice.uniform(*AGAIN_SECONDS))))
            fault = None
        await self._strike(fault, self._to_server, asked, "up")

    async def _send_twin(self, asked: bytes, wait: float) -> None:
        """The same request on a connection of its own; nobody is told the answer."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(TWIN_SECONDS):
                await asyncio.sleep(wait)
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    writer.write(asked)
                    await reader.read(PIECE)
                finally:
                    writer.close()

    async def _carry_down(self) -> None:
        while piece := await self._from_server.read(PIECE):
            if self._upgrade:
                piece = self._answer_of_upgrade(piece)
            if self._frames is not None:
                for frame in self._frames.feed(piece):
                    await self._pass_frame(frame)
            elif not self._upgrade:
                await self._strike(self._decks.draw("answer"), self._to_client, piece, "down")

    def _answer_of_upgrade(self, piece: bytes) -> bytes:
        """Let the answer pass, and return what follows it."""
        self._upgrade += piece
        head, end, rest = self._upgrade.removeprefix(b"HTTP").partition(b"\r\n\r\n")
        if not end:
            return b""
        self._upgrade = b""
        self._to_client.write(head + end)
        if b" 101 " in head.partition(b"\r\n")[0]:
            self._frames = Frames()
        else:
            self._to_client.write(rest)
        return rest

    async def _pass_frame(self, frame: bytes) -> None:
        fault = self._decks.draw("event") if is_event(frame) else None
        if fault is Fault.LOSE_FRAME:
            self._count(fault)
        elif fault is Fault.DOUBLE_FRAME:
            self._count(fault)
            await self._write(self._to_client, frame + frame, "down")
        else:
            if fault is Fault.STALE_FRAME:
                self._stale.append((self._decks.dice.randint(*STALE_AFTER), frame))
                fault = None
            await self._strike(fault, self._to_client, frame, "down")
        await self._repeat_stale()

    async def _repeat_stale(self) -> None:
        due = [frame for left, frame in self._stale if left == 0]
        self._stale = [(left - 1, frame) for left, frame in self._stale if left]
        for frame in due:
            if not self._decks.calm:
                self._count(Fault.STALE_FRAME)
                await self._write(self._to_client, frame, "down")

    async def _strike(self, fault: Fault | None, writer: asyncio.StreamWriter, piece: bytes, way: str) -> None:
        """Pass a piece on as the fault allows."""
        if fault is not None:
            self._count(fault)
        if fault is Fault.DELAY:
            await asyncio.sleep(self._decks.dice.uniform(*DELAY_SECONDS))
        elif fault is Fault.DROP:
            await self._write(writer, piece[: len(piece) // 2], way)
            raise Ended
        elif fault is Fault.RESET:
            reset(self._to_client)
            reset(self._to_server)
            raise Ended
        elif fault is Fault.HALF_OPEN:
            self._dark.add(way)
        elif fault is Fault.BLACK_HOLE:
            self._dark |= {"up", "down"}
        await self._write(writer, piece, way)

    async def _write(self, writer: asyncio.StreamWriter, piece: bytes, way: str = "up") -> None:
        if way not in self._dark:
            writer.write(piece)
            await writer.drain()

    def _count(self, fault: Fault) -> None:
        self._decks.done[fault] += 1


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, so that the other side reads an error and no end."""
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()


def header_number(head: bytes, name: bytes) -> int:
    """The number in a header; 0 without it."""
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.strip().lower() == name:
            return int(value)
    return 0


async def first_end(*works: Coroutine[Any, Any, None]) -> None:
    """Run works until the first ends, and end the others. Raises what it raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
