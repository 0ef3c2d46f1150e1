"""What a WebSocket may cost before and after it has said who it is: frames, silence, and time to introduce itself."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

from callmanager.server.edges.outlets import Outlet
from callmanager.server.edges.scopes import Message, Receive
from callmanager.server.realtime.live_sockets import Allowance

PING_SECONDS = 4
PONG_SECONDS = 5
INTRODUCTION_SECONDS = 10.0
MOST_FRAME_BYTES = 65_536

# Ping, pong, noop and close of Engine.IO; connect, disconnect, event and acknowledgement of Socket.IO. All of it text.
_FRAME = re.compile(r"[1236](?:probe)?|4[0-3].*", re.DOTALL)

_GONE: Message = {"type": "websocket.disconnect", "code": 1008}


@dataclass(eq=False, slots=True)
class Line:
    """One open WebSocket. `heard_at` is when its client last sent anything."""

    address: str
    outlet: Outlet
    introduced: bool = False
    opened_at: float = field(default_factory=time.monotonic)
    heard_at: float = field(default_factory=time.monotonic)
    frames: Allowance = field(default_factory=lambda: Allowance(burst=300, per_second=60))

    def fault(self, now: float) -> str | None:
        """Why this line must be cut, if it must. A client answers every ping, so a silent one has stopped reading."""
        if now - self.heard_at > PING_SECONDS + PONG_SECONDS:
            return "silent"
        if not self.introduced and now - self.opened_at > INTRODUCTION_SECONDS:
            return "never_introduced"
        return None


def hear(line: Line, receive: Receive) -> Receive:
    """`receive` for the library behind: what it could stumble over ends the connection here instead."""

    async def checked() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        line.heard_at = time.monotonic()
        text = message.get("text") or ""
        if len(text) <= MOST_FRAME_BYTES and _FRAME.fullmatch(text) and line.frames.take():
            return message
        line.outlet.end()
        return _GONE

    return checked


async def wait_until_sent(queue: asyncio.Queue[object]) -> None:
    """Return when what stands in an Engine.IO queue has gone out, so that nothing overtakes it."""
    async with asyncio.timeout(INTRODUCTION_SECONDS):
        await queue.join()
