"""What one WebSocket may cost before and after sign-in: frames, silence, and the time to introduce itself."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from callmanager.server.edges.outlets import Outlet
from callmanager.server.edges.scopes import Message, Receive
from callmanager.server.realtime.live_sockets import EventAllowance

PING_SECONDS = 4
SILENCE_SECONDS = 9.0
"""Whoever says nothing for so long is cut off: he was asked twice."""
PATIENCE_SECONDS = 14
"""How long after a missed ping a client goes on waiting for the server, and Engine.IO for the client: a server that
stood still for ten seconds, on a busy PC, is taken for lost by nobody."""
INTRODUCTION_SECONDS = 10.0
LOOK_SECONDS = 0.5
MOST_FRAME_BYTES = 65_536

# Ping, pong, noop and close of Engine.IO; connect, disconnect, event and acknowledgement of Socket.IO. All of it text.
_FRAME = re.compile(r"[1236](?:probe)?|4[0-3].*", re.DOTALL)

_GONE: Message = {"type": "websocket.disconnect", "code": 1008}


class LoopTime:
    """Seconds that the event loop has lived through. While the loop stood still nobody could be heard, so that a
    standstill, however long, counts as one late look. `look` every LOOK_SECONDS.
    """

    def __init__(self, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stopwatch = stopwatch
        self._looked_at = stopwatch()
        self.now = 0.0

    def look(self) -> float:
        """How much time has passed in which clients were heard."""
        at = self._stopwatch()
        self.now += min(at - self._looked_at, 2 * LOOK_SECONDS)
        self._looked_at = at
        return self.now


@dataclass(eq=False, slots=True)
class SocketLine:
    """One open WebSocket. `heard_at` is when its client last sent anything; times are those of the LoopTime."""

    address: str
    outlet: Outlet
    opened_at: float
    heard_at: float
    introduced: bool = False
    frames: EventAllowance = field(default_factory=lambda: EventAllowance(burst=300, per_second=60))

    def fault(self, now: float) -> str | None:
        """Why this line must be cut, if it must. A client answers every ping, so a silent one has stopped reading."""
        if now - self.heard_at > SILENCE_SECONDS and not self.outlet.has_unread():
            return "silent"
        if not self.introduced and now - self.opened_at > INTRODUCTION_SECONDS:
            return "never_introduced"
        return None


def hear(line: SocketLine, receive: Receive, time_of_loop: LoopTime) -> Receive:
    """`receive` for the library behind: what it could stumble over ends the connection here instead."""

    async def checked() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        line.heard_at = time_of_loop.now
        text = message.get("text") or ""
        if len(text) <= MOST_FRAME_BYTES and _FRAME.fullmatch(text) and line.frames.take():
            return message
        line.outlet.end()
        return _GONE

    return checked


async def wait_until_sent(queue: asyncio.Queue[object], *, look_seconds: float = LOOK_SECONDS) -> None:
    """Return when what stands in an Engine.IO queue has gone out, so that nothing overtakes it.

    Raises TimeoutError after INTRODUCTION_SECONDS, counted in looks: a standstill of the loop is one of them.
    """
    for _ in range(int(INTRODUCTION_SECONDS / LOOK_SECONDS)):
        with suppress(TimeoutError):
            async with asyncio.timeout(look_seconds):
                await queue.join()
                return
    raise TimeoutError
