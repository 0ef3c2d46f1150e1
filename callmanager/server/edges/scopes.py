"""Reads ASGI scopes, and refuses a connection in the words that Flask would use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

import orjson

from callmanager.domain.errors import CallManagerError, Forbidden, Gone, TooMany, Unauthenticated, Unavailable
from callmanager.server.edges.failures import error_to_wire

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_STATUSES: tuple[tuple[type[CallManagerError], int], ...] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (Unavailable, 503),
    (TooMany, 429),
    (Gone, 410),
)
_BY_CODE = {"method_not_allowed": 405, "websocket_needed": 400}


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by lower-case name; of one that came twice the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def say_problem(error: CallManagerError, scope: Scope, receive: Receive, send: Send, *, language: str) -> None:
    """A problem document; a WebSocket is closed before it is accepted, which its client sees as 403."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    status = _BY_CODE.get(error.code) or next((found for kind, found in _STATUSES if isinstance(error, kind)), 422)
    told: Mapping[str, Any] = error_to_wire(error, language)
    document = {"type": f"/docs/errors#{error.code}", "title": HTTPStatus(status).phrase, "status": status, **told}
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
