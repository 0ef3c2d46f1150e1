"""Reads the body of a request: who may send how much is asked before it is read, and how long it may take is bounded.

What a stranger may send is little. A request that needs somebody who is signed in is refused unread without one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

from callmanager.server.edges.scopes import Receive, Scope, recognise
from callmanager.server.guests.bodies import Body
from callmanager.server.guests.book import GuestBook
from callmanager.server.wsgi_exchange import Environ

BODY = "callmanager.body"
"""Where the WSGI environment carries the Body of the request; none when it has no body."""

SMALL_BYTES = 16_384
"""A body of at most so much is read before anybody asks who sends it, if it comes in one piece."""

PAUSE_SECONDS = 30.0  # a client that sends nothing for so long is given up

_ANNOUNCES_BODY = frozenset({b"content-length", b"transfer-encoding"})


class Admission(NamedTuple):
    """Whether the caller has shown who he is, and how many bytes he may send there. With 0 the application refuses."""

    known: bool
    most: int


Admit = Callable[[Environ], Admission]


class ClientLeft(Exception):
    """The client has left, or takes nothing any more."""


class TooLarge(Exception):
    """The body is, or will be, larger than this caller may send."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Bodies:
    """Reads bodies. `admit` is asked on a thread, once, for what is large or does not come in one piece."""

    def __init__(self, threads: Executor, admit: Admit, book: GuestBook) -> None:
        self._threads = threads
        self._admit = admit
        self._book = book

    async def read(self, scope: Scope, environ: Environ, receive: Receive) -> Body | None:
        """The whole body, at its beginning; None for a request that announces none (RFC 9112, 6.3).

        Raises TooLarge, Gone, TimeoutError when it does not come in time, and Unavailable.
        """
        if not any(name in _ANNOUNCES_BODY for name, _value in scope["headers"]):
            return None
        reading = _Reading(self._book.shares.stranger_seconds, self._book.shares.slowest, receive)
        declared = _declared_length(scope)
        first, more = b"", True
        if declared is not None and declared <= SMALL_BYTES:
            first, more = await reading.next_piece()
        if not more:
            return await self._collect(reading, first, size=len(first), most=len(first), more=False)
        admission = await self._ask(scope, environ, declared)
        reading.known = admission.known
        size = admission.most if declared is None else declared
        return await self._collect(reading, first, size=size, most=admission.most, more=True)

    async def _ask(self, scope: Scope, environ: Environ, declared: int | None) -> Admission:
        admission = await asyncio.get_running_loop().run_in_executor(self._threads, self._admit, environ)
        if admission.known:
            recognise(self._book, scope)
        if (declared or 0) > admission.most or not admission.most:
            self._book.counts.unread += 1
            raise TooLarge(declared or 1)
        return admission

    async def _collect(self, reading: _Reading, first: bytes, *, size: int, most: int, more: bool) -> Body:
        """`first` and what comes after it, if there is `more`. Whatever goes wrong, its room is given back."""
        body = await self._book.bodies.open(size)
        try:
            await self._append(body, first)
            while more:
                piece, more = await reading.next_piece()
                if body.size + len(piece) > most:
                    raise TooLarge(body.size + len(piece))
                await self._append(body, piece)
            body.file.seek(0)
        except BaseException:
            body.close()
            raise
        return body

    async def _append(self, body: Body, piece: bytes) -> None:
        if body.on_disk:
            await asyncio.get_running_loop().run_in_executor(self._threads, body.write, piece)
        else:
            body.write(piece)


class _Reading:
    """How long one body may take. Only time in which the client was waited for counts."""

    def __init__(self, stranger_seconds: float, slowest: int, receive: Receive) -> None:
        self._stranger_seconds = stranger_seconds
        self._slowest = slowest
        self._receive = receive
        self._waited = 0.0
        self._size = 0
        self.known = False

    async def next_piece(self) -> tuple[bytes, bool]:
        """The next bytes, and whether there are more. Raises TimeoutError and Gone."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(min(PAUSE_SECONDS, self._allowed_seconds() - self._waited)):
            message = await self._receive()
        self._waited += loop.time() - began
        if message["type"] == "http.disconnect":
            raise ClientLeft
        piece: bytes = message.get("body", b"")
        self._size += len(piece)
        return piece, message.get("more_body", False)

    def _allowed_seconds(self) -> float:
        return PAUSE_SECONDS + self._size / self._slowest if self.known else self._stranger_seconds


def _declared_length(scope: Scope) -> int | None:
    """What Content-Length says; None without one. The parser has refused what is no number."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
    return None
