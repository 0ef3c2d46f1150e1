"""The floor of live updates: bare python-socketio under the program's own loop; POST /emit tells its body to all.

Run: python -m bench.live.floor PORT
"""

from __future__ import annotations

import sys
from typing import Any

import orjson
import socketio

from callmanager.server.guests.book import GuestBook
from callmanager.server.guests.shares import Shares
from callmanager.server.process.listening import bind_listener
from callmanager.server.process.loop import run_loop

WINDOWS = 5_000
"""Nobody signs in here, so that every window is a stranger, and all of them at one address."""
BOOK = GuestBook(Shares(connections=2 * WINDOWS, strangers=WINDOWS, strangers_per_address=WINDOWS))

sockets = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], cors_allowed_origins=[])


@sockets.on("connect")
async def on_connect(*_given: object) -> None:
    """Everybody may."""


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """What is no socket: /emit, and /health."""
    if scope["path"] == "/emit":
        body = b""
        while (message := await receive()).get("more_body") or message.get("body"):
            body += message["body"]
            if not message.get("more_body"):
                break
        await sockets.emit("changes", orjson.loads(body))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def main() -> None:
    app = socketio.ASGIApp(sockets, answer)
    with bind_listener("127.0.0.1", int(sys.argv[1])) as listener:
        run_loop(app, listener, None, book=BOOK, on_started=lambda: None)


if __name__ == "__main__":
    main()
