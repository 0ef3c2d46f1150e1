"""Runs the Flask application under ASGI: one hop to a thread for an ordinary answer, true streaming for others.

A response is buffered when it states its length; any other is sent piece by piece, as fast as the client takes it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import nullcontext, suppress
from functools import partial
from io import BytesIO

from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.texts import N_
from callmanager.i18n import choose_language
from callmanager.server.edges.scopes import (
    Message,
    Receive,
    Scope,
    Send,
    hang_up,
    headers_of,
    recognise,
    say_incident,
    say_problem,
)
from callmanager.server.edges.wsgi_bodies import BODY, Admit, Bodies, ClientLeft, TooLarge
from callmanager.server.guests.bodies import Body
from callmanager.server.guests.book import GuestBook
from callmanager.server.hashing import Full, HashingLane, Left
from callmanager.server.lanes import Lane
from callmanager.server.logs import get_log
from callmanager.server.wsgi_exchange import Environ, Exchange, WsgiApp

_log = get_log("asgi")

TAKE_SECONDS = 30.0  # a client that takes nothing of an answer for so long is given up: pieces of it are kept for him
DISCARD_SECONDS = 5.0
LARGE_SECONDS = 1.0  # large pages come one after the other; one that takes so long lets the next begin
LARGE_REST = 0.5  # when several programs want large pages, the others have the processor a third of the time
LARGE_AT_ONCE = 16  # and so many of them are kept until they are taken
HEAVY_BYTES = 1_048_576  # a body that is a file of a list
HEAVY_AT_ONCE = 2
HEAVY_SECONDS = 3_600.0
SLICE_BYTES = 65_536

_OURS = frozenset({"content-length", "transfer-encoding"})  # what the body was on the wire is not what it is here


class FlaskUnderAsgi:
    """The adapter. How much a caller may send is asked of `admit`, on a thread (wsgi_bodies.py). Of what is larger the
    application gets the length and no body, and must refuse it. `language` is for callers that ask for none.
    """

    def __init__(
        self,
        app: WsgiApp,
        threads: Executor,
        *,
        admit: Admit,
        book: GuestBook,
        language: str,
        hashing: HashingLane | None = None,
        large_seconds: float = LARGE_SECONDS,
    ) -> None:
        self._app = app
        self._threads = threads
        self._lane = Lane(threads)
        self._hashing = hashing
        self._large = Lane(threads, at_once=1, young_seconds=large_seconds, rest=LARGE_REST)
        self._heavy = Lane(threads, at_once=HEAVY_AT_ONCE, young_seconds=HEAVY_SECONDS)
        self._kept_pages = asyncio.Semaphore(LARGE_AT_ONCE)
        self._bodies = Bodies(threads, admit, book)
        self._book = book
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = build_environ(scope)
        try:
            body = await self._bodies.read(scope, environ, receive)
        except TooLarge as found:
            environ["CONTENT_LENGTH"] = str(found.size)
            await self._refuse(Exchange(self._app, environ), receive, send)
        except TimeoutError:
            self._book.counts.too_slow += 1
            await self._say(_too_slow(), scope, receive, send)
        except CallManagerError as error:
            await self._say(error, scope, receive, send)
        except ClientLeft:
            return
        else:
            await self._answer_with(body, environ, scope, receive, send)

    async def _answer_with(
        self, body: Body | None, environ: Environ, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if body is None:
            await self._answer(Exchange(self._app, environ), scope, receive, send)
            return
        environ |= {"wsgi.input": body.file, "CONTENT_LENGTH": str(body.size), BODY: body}
        try:
            await self._answer(Exchange(self._app, environ), scope, receive, send)
        finally:
            if not body.kept:
                body.close()

    async def _say(self, error: CallManagerError, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a body that was not read to its end, and hang up."""
        await say_problem(error, scope, receive, send, language=self._spoken(scope), close=True)

    def _spoken(self, scope: Scope) -> str:
        return choose_language(headers_of(scope).get("accept-language"), default=self._language)

    async def _refuse(self, exchange: Exchange, receive: Receive, send: Send) -> None:
        """Let the application say no, in its own words, to a length without a body; then hang up.

        What the client still sends is thrown away for a moment, so that it comes to read the answer.
        """
        loop = asyncio.get_running_loop()
        pieces, _more = await loop.run_in_executor(self._threads, exchange.run)
        await loop.run_in_executor(self._threads, exchange.close)
        headers = [*exchange.headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": exchange.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"".join(pieces), "more_body": True})
        if not exchange.expects_continue:
            await _discard(receive)
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._kept_pages if exchange.is_large else nullcontext():
            try:
                await self._run_and_send(exchange, scope, receive, send)
            except ClientLeft:
                _log.info("client_gone", path=exchange.path)
                await hang_up(scope, receive)
            finally:
                if not exchange.closed:
                    loop = asyncio.get_running_loop()
                    await asyncio.shield(loop.run_in_executor(self._threads, exchange.close))

    async def _run_and_send(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            first, more = await self._run(exchange, receive)
        except ClientLeft:
            raise
        except Exception:  # noqa: BLE001  # nothing was sent yet: whatever it was, the client is told in our words
            await self._say_incident(exchange, scope, send)
            return
        if exchange.identified:
            recognise(self._book, scope)
        await send({"type": "http.response.start", "status": exchange.status, "headers": exchange.headers})
        for piece, is_last in _sliced(first):
            await _send_soon(send, {"type": "http.response.body", "body": piece, "more_body": more or not is_last})
        if more:
            await self._stream(exchange, receive, send)

    async def _say_incident(self, exchange: Exchange, scope: Scope, send: Send) -> None:
        incident = secrets.token_hex(4)
        _log.exception("failed", incident=incident, path=exchange.path)
        await say_incident(incident, send, language=self._spoken(scope))

    async def _run(self, exchange: Exchange, receive: Receive) -> tuple[list[bytes], bool]:
        """Reads keep to their lanes. Writes spend their time waiting for the disk, and share commits meanwhile; files
        of lists, and what hashes a password, wait their turn."""
        if exchange.is_read:
            return await (self._large if exchange.is_large else self._lane).run(exchange.run)
        if self._hashing is not None and self._hashing.takes(exchange.method, exchange.path):
            return await self._run_hashing(self._hashing, exchange, receive)
        if exchange.body_bytes > HEAVY_BYTES:
            return await self._heavy.run(exchange.run)
        return await asyncio.get_running_loop().run_in_executor(self._threads, exchange.run)

    async def _run_hashing(self, lane: HashingLane, exchange: Exchange, receive: Receive) -> tuple[list[bytes], bool]:
        """Its turn comes when it comes, unless the client leaves; who finds no place is told so by the application."""
        try:
            return await lane.run(exchange.run, partial(_departure, receive))
        except Left:
            raise ClientLeft from None
        except Full:
            exchange.mark_full()
            return await asyncio.get_running_loop().run_in_executor(self._threads, exchange.run)

    async def _stream(self, exchange: Exchange, receive: Receive, send: Send) -> None:
        """The pieces after the first, until the client leaves."""
        loop = asyncio.get_running_loop()
        leaving = asyncio.ensure_future(_departure(receive))
        try:
            more = True
            while more:
                piece, more = await loop.run_in_executor(self._threads, exchange.next_piece)
                if leaving.done():
                    raise ClientLeft
                await _send_soon(send, {"type": "http.response.body", "body": piece, "more_body": more})
        finally:
            leaving.cancel()


def _sliced(pieces: list[bytes]) -> Iterator[tuple[bytes | memoryview, bool]]:
    """Small slices, and whether it is the last: what the connection has not taken yet stays one slice, not a page."""
    for left, piece in zip(range(len(pieces) - 1, -1, -1), pieces, strict=True):
        if len(piece) <= SLICE_BYTES:
            yield piece, left == 0
            continue
        whole = memoryview(piece)
        for start in range(0, len(piece), SLICE_BYTES):
            yield whole[start : start + SLICE_BYTES], left == 0 and start + SLICE_BYTES >= len(piece)


async def _send_soon(send: Send, message: Message) -> None:
    try:
        async with asyncio.timeout(TAKE_SECONDS):
            await send(message)
    except TimeoutError:
        raise ClientLeft from None


async def _departure(receive: Receive) -> None:
    """Return when the client has left. What comes before is the end of a body that nobody waits for."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _too_slow() -> Invalid:
    return Invalid("body_too_slow", N_("The request did not come whole in time. Send it again."))


async def _discard(receive: Receive) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def build_environ(scope: Scope) -> Environ:
    """The WSGI environment (PEP 3333) of an ASGI HTTP scope, with an empty body."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": "0",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(),
        "wsgi.errors": LoggedErrors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for raw_name, raw_value in scope["headers"]:
        _add_header(environ, raw_name.decode("latin-1"), raw_value.decode("latin-1"))
    return environ


def _add_header(environ: Environ, name: str, value: str) -> None:
    if name == "content-type":
        environ["CONTENT_TYPE"] = value
    elif name not in _OURS and "_" not in name:  # a_b would become one with a-b
        key = f"HTTP_{name.upper().replace('-', '_')}"
        separator = ";" if name == "cookie" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value


class LoggedErrors:
    """`wsgi.errors` on the log: a Windows service has no stderr."""

    def write(self, text: str) -> int:
        if text.strip():
            _log.error("application_said", message=text.strip())
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Each line is written at once."""
