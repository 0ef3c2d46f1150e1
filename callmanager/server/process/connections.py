"""Bounds what a connection may cost: its place, its headers and their time, and answers that nobody takes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from callmanager.server.edges.outlets import GUEST, HANG_UP
from callmanager.server.guests.book import GuestBook
from callmanager.server.guests.connections import Guest
from callmanager.server.process.websockets import OutletWebSocket

MOST_HEADER_BYTES = 32_768
MOST_HEADERS = 100  # each costs a hundred times its bytes in memory
MOST_PIPELINED = 64
HEADER_SECONDS = 20.0
STALL_SECONDS = 30.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_UNREADABLE = {
    "type": "/docs/errors#bad_request",
    "title": "Bad Request",
    "status": 400,
    "detail": "La petición no se pudo leer. Revise su dirección y su contenido.",
    "code": "bad_request",
    "fields": {},
}

_OF_UPGRADES = (b"upgrade", b"http2-settings")


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's HTTP over httptools, whose parser collects headers without end and whose clients may take for ever."""

    def __init__(self, *args: Any, book: GuestBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = book.connections
        self._slowest = book.shares.slowest
        self._guest: Guest | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._unread_header_bytes = 0
        self._in_body = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self._guest is None:
            self._guest = self._places.arrive(self.client[0] if self.client else "", self.hang_up)
        else:
            self._guest.drop = self.hang_up
        if self._guest is None:
            self.hang_up()
            return
        self._await_headers()

    def take_place(self, guest: Guest) -> None:
        """The place that this connection has had since before its handshake (process/handshakes.py)."""
        self._guest = guest

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def hang_up(self) -> None:
        """End the connection without waiting for the other side, which TLS would do for half a minute."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching()
        if self._guest is not None:
            self._places.depart(self._guest)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._unread_header_bytes += len(data)
            if self._patience is None:
                self._await_headers()
        self._unset_keepalive_if_required()
        self._read(data)
        if not self._in_body and self._unread_header_bytes > MOST_HEADER_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _read(self, data: bytes) -> None:
        """As uvicorn does it, but for changes of protocol that are none."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("")
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._read_without_upgrade(data[upgrade.args[0] :])

    def _should_upgrade(self) -> bool:
        """WebSockets are begun with GET; on any other request the library behind would keep silent for ever."""
        return self.parser.get_method() == b"GET" and super()._should_upgrade()

    @property
    def _passes_over_upgrade(self) -> bool:
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _read_without_upgrade(self, rest: bytes) -> None:
        """A wish to change to a protocol that we do not speak is passed over, and the request read without it.

        The parser leaves the body out then and takes what comes next for a new request: behind a proxy, one that the
        proxy has not seen, with whatever it likes in X-Forwarded-For.
        """
        head = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        kept = b"".join(b"%b: %b\r\n" % header for header in _without_upgrade(self.headers))
        self.parser = httptools.HttpRequestParser(self)
        self._read(head + kept + b"\r\n" + rest)

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MOST_HEADERS:
            raise httptools.HttpParserError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.get_method() == b"CONNECT":
            raise httptools.HttpParserError("no tunnels here")
        if self._passes_over_upgrade:
            return
        if len(self.pipeline) >= MOST_PIPELINED:
            raise httptools.HttpParserError("too many requests before the first answer")
        self._unread_header_bytes = 0
        self._in_body = True
        self._stop_waiting()
        # the types of uvicorn know the extensions of ASGI only
        extensions: dict[str, Any] = {HANG_UP: self.hang_up, GUEST: self._guest}
        self.scope["extensions"] = extensions
        try:
            super().on_headers_complete()
        except (httptools.HttpParserInvalidURLError, UnicodeDecodeError) as error:
            raise httptools.HttpParserError("the address cannot be read") from error

    def on_message_complete(self) -> None:
        if self._passes_over_upgrade:
            return
        self._in_body = False
        if self._guest is not None:
            self._places.work(self._guest)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_unsent()
        if self._guest is not None and not self.pipeline:
            self._places.wait(self._guest)

    def handle_websocket_upgrade(self) -> None:
        """The place goes with the connection to the protocol that takes it over."""
        super().handle_websocket_upgrade()
        follower = self.transport.get_protocol()
        if isinstance(follower, OutletWebSocket) and self._guest is not None:
            follower.take_place(self._places, self._guest)
            self._guest = None

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stall is None:
            self._watch_stall()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_unsent()

    def _watch_unsent(self) -> None:
        """A connection that is to close keeps what was not taken, and would do so for ever."""
        if self._stall is None and self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._watch_stall()

    def _watch_stall(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(STALL_SECONDS, self._look_at_stall, unsent)

    def _look_at_stall(self, before: int) -> None:
        """Whoever takes less than the slowest rate of an answer, which is kept for him, is hung up on."""
        if before - self.transport.get_write_buffer_size() < self._slowest * STALL_SECONDS:
            self.hang_up()
        else:
            self._watch_stall()

    def _stop_watching(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

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


def _without_upgrade(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers:
        if name == b"connection":
            tokens = (token.strip() for token in value.split(b","))
            yield name, b", ".join(token for token in tokens if token.lower() not in _OF_UPGRADES)
        elif name not in _OF_UPGRADES:
            yield name, value
