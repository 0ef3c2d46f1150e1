"""Bounds what a connection may cost before it has made a request: bytes of headers, and time to send them."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from callmanager.server.edges.outlets import HANG_UP

MOST_HEADER_BYTES = 65_536
HEADER_SECONDS = 20.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_UNREADABLE = {
    "type": "/docs/errors#bad_request",
    "title": "Bad Request",
    "status": 400,
    "detail": "La petición no se pudo leer. Revise su dirección y su contenido.",
    "code": "bad_request",
    "fields": {},
}


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's HTTP over httptools, whose parser collects headers without end and whose clients may take for ever."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread_header_bytes = 0
        self._in_body = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._await_headers()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def hang_up(self) -> None:
        """End the connection without waiting for the other side, which TLS would do for half a minute."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._unread_header_bytes += len(data)
            if self._patience is None:
                self._await_headers()
        super().data_received(data)
        if not self._in_body and self._unread_header_bytes > MOST_HEADER_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._unread_header_bytes = 0
        self._in_body = True
        self._stop_waiting()
        extensions: dict[str, Any] = {HANG_UP: self.hang_up}  # the types of uvicorn know those of ASGI only
        self.scope["extensions"] = extensions
        try:
            super().on_headers_complete()
        except (httptools.HttpParserInvalidURLError, UnicodeDecodeError) as error:
            raise httptools.HttpParserError("the address cannot be read") from error

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is refused as everything is: uvicorn would answer in plain text."""
        del msg
        request_id = secrets.token_hex(6)
        body = orjson.dumps({**_UNREADABLE, "request_id": request_id})
        head = f"content-type: application/problem+json\r\ncontent-length: {len(body)}\r\nx-request-id: {request_id}"
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n{head}\r\n\r\n".encode() + body)
        self.transport.close()

    def _await_headers(self) -> None:
        self._patience = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()
