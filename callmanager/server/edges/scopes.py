"""Reads ASGI scopes, refuses a connection in the words that Flask would use, and ends one that takes nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson

from callmanager.domain.errors import CallManagerError
from callmanager.server.edges.failures import error_to_wire, headers_of_error, incident_to_wire
from callmanager.server.edges.outlets import GUEST, HANG_UP
from callmanager.server.guests.book import GuestBook

CLOSE_SECONDS = 2.0

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by lower-case name; of one that came twice the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def recognise(book: GuestBook, scope: Scope) -> None:
    """Somebody has shown on this connection who he is, and it is worked for from now on."""
    guest = scope.get("extensions", {}).get(GUEST)
    if guest is not None:
        book.connections.recognise(guest)
        book.connections.work(guest)


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


async def say_problem(
    error: CallManagerError, scope: Scope, receive: Receive, send: Send, *, language: str, close: bool = False
) -> None:
    """A problem document; a WebSocket is closed before it is accepted, which its client sees as 403. `close`: what
    the client still sends is not read, so the connection ends."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"connection", b"close")] if close else []
    headers += [(name.lower().encode(), value.encode()) for name, value in headers_of_error(error).items()]
    await _say(error_to_wire(error, language), send, language, headers)


async def say_incident(incident: str, send: Send, *, language: str) -> None:
    """The problem document of an error that nobody expected."""
    await _say(incident_to_wire(incident, language), send, language, [])


async def _say(told: dict[str, Any], send: Send, language: str, more_headers: list[tuple[bytes, bytes]]) -> None:
    status, request_id = told["status"], secrets.token_hex(6)
    document = {"type": f"/docs/errors#{told['code']}", "title": HTTPStatus(status).phrase, **told}
    body = orjson.dumps({**document, "request_id": request_id}, default=str)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"content-language", language.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", request_id.encode()),
        *more_headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
