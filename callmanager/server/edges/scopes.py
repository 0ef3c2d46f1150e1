"""Reads ASGI scopes, refuses a connection in the words that Flask would use, and ends one that takes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson

from callmanager.domain.errors import CallManagerError
from callmanager.server.edges.failures import error_to_wire
from callmanager.server.edges.outlets import HANG_UP

CLOSE_SECONDS = 2.0

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by lower-case name; of one that came twice the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection of a client that takes nothing, and wait until the process knows it: an answer that only
    stopped would look like a fault of the application."""
    cut = scope.get("extensions", {}).get(HANG_UP)
    if cut is None:
        return
    cut()
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass


async def say_problem(error: CallManagerError, scope: Scope, receive: Receive, send: Send, *, language: str) -> None:
    """A problem document; a WebSocket is closed before it is accepted, which its client sees as 403."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    told = error_to_wire(error, language)
    status = told["status"]
    document = {"type": f"/docs/errors#{error.code}", "title": HTTPStatus(status).phrase, **told}
    body = orjson.dumps(document, default=str)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"content-language", language.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="callmanager"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
