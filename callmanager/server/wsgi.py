"""Runs the Flask application under ASGI: one hop to a thread for an ordinary answer, true streaming for others.

A response is buffered when it states its length; any other is sent piece by piece, as fast as the client takes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from io import BytesIO

from callmanager.server.edges.scopes import Message, Receive, Scope, Send, hang_up
from callmanager.server.hashing import Full, HashingLane, Left
from callmanager.server.lanes import Lane
from callmanager.server.logs import get_log
from callmanager.server.wsgi_exchange import Environ, Exchange, WsgiApp

_log = get_log("asgi")

MaxBody = Callable[[Environ], int]

BODY_PAUSE_SECONDS = 30.0  # a client that sends nothing for so long is given up
TAKE_SECONDS = 60.0  # and so is one that takes nothing of a stream, which holds a snapshot of the database open
DISCARD_SECONDS = 5.0
LARGE_SECONDS = 1.0  # large pages come one after the other; one that takes so long lets the next begin
LARGE_REST = 0.5  # when several programs want large pages, the others have the processor a third of the time

_TOO_SLOW = (
    b'{"type":"/docs/errors#body_too_slow","title":"Request Timeout","status":408,'
    b'"detail":"La petici\xc3\xb3n no ha llegado entera.","code":"body_too_slow","fields":{},"request_id":""}'
)


_ANNOUNCES_BODY = frozenset({b"content-length", b"transfer-encoding"})
_OURS = frozenset({"content-length", "transfer-encoding"})  # what the body was on the wire is not what it is here


class _Gone(Exception):
    """The client has left, or takes nothing any more."""


class FlaskUnderAsgi:
    """The adapter. A body of up to `ordinary_body` bytes is read for anyone; for a larger one `max_body` is asked, on
    a thread, how much this caller may send there. Of what is larger the application gets the length and no body, and
    must refuse it.
    """

    def __init__(
        self,
        app: WsgiApp,
        threads: Executor,
        *,
        ordinary_body: int,
        max_body: MaxBody,
        hashing: HashingLane | None = None,
    ) -> None:
        self._app = app
        self._threads = threads
        self._lane = Lane(threads)
        self._hashing = hashing
        self._large = Lane(threads, at_once=1, young_seconds=LARGE_SECONDS, rest=LARGE_REST)
        self._ordinary_body = ordinary_body
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = build_environ(scope)
        try:
            body = await self._read(scope, environ, receive)
        except _TooLarge as found:
            environ["CONTENT_LENGTH"] = str(found.size)
            await self._refuse(Exchange(self._app, environ), receive, send)
        except TimeoutError:
            await _say_too_slow(send)
        except _Gone:
            return
        else:
            environ["wsgi.input"] = body
            environ["CONTENT_LENGTH"] = str(body.getbuffer().nbytes)
            await self._answer(Exchange(self._app, environ), scope, receive, send)

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
        loop = asyncio.get_running_loop()
        try:
            first, more = await self._run(exchange, receive)
            await send({"type": "http.response.start", "status": exchange.status, "headers": exchange.headers})
            for left, piece in zip(range(len(first) - 1, -1, -1), first, strict=True):
                await send({"type": "http.response.body", "body": piece, "more_body": more or left > 0})
            if more:
                await self._stream(exchange, receive, send)
        except _Gone:
            _log.info("client_gone", path=exchange.path)
            await hang_up(scope, receive)
        finally:
            if not exchange.closed:
                await asyncio.shield(loop.run_in_executor(self._threads, exchange.close))

    async def _run(self, exchange: Exchange, receive: Receive) -> tuple[list[bytes], bool]:
        """Reads keep to their lanes. Writes spend their time waiting for the disk, and share commits meanwhile."""
        if exchange.is_read:
            return await (self._large if exchange.is_large else self._lane).run(exchange.run)
        if self._hashing is not None and self._hashing.takes(exchange.method, exchange.path):
            return await self._run_hashing(self._hashing, exchange, receive)
        return await asyncio.get_running_loop().run_in_executor(self._threads, exchange.run)

    async def _run_hashing(self, lane: HashingLane, exchange: Exchange, receive: Receive) -> tuple[list[bytes], bool]:
        """Its turn comes when it comes, unless the client leaves; who finds no place is told so by the application."""
        try:
            return await lane.run(exchange.run, partial(_departure, receive))
        except Left:
            raise _Gone from None
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
                    raise _Gone
                await _send_soon(send, {"type": "http.response.body", "body": piece, "more_body": more})
        finally:
            leaving.cancel()

    async def _read(self, scope: Scope, environ: Environ, receive: Receive) -> BytesIO:
        """The whole body, at its beginning. A request that announces none (RFC 9112, 6.3) is not asked for one."""
        if not any(name in _ANNOUNCES_BODY for name, _value in scope["headers"]):
            return BytesIO()
        limit = await self._limit(_declared_length(scope), environ, self._ordinary_body)
        body, more = BytesIO(), True
        while more:
            async with asyncio.timeout(BODY_PAUSE_SECONDS):
                message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            limit = await self._limit(body.tell() + len(message.get("body", b"")), environ, limit)
            body.write(message.get("body", b""))
            more = message.get("more_body", False)
        body.seek(0)
        return body

    async def _limit(self, size: int, environ: Environ, known: int) -> int:
        """The bound that holds for this request, once `size` bytes are known of. Raises _TooLarge."""
        if size <= known:
            return known
        if known > self._ordinary_body:
            raise _TooLarge(size)
        allowed = await asyncio.get_running_loop().run_in_executor(self._threads, self._max_body, environ)
        if size > allowed:
            raise _TooLarge(size)
        return allowed


class _TooLarge(Exception):
    """The body is, or will be, larger than this caller may send."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


async def _send_soon(send: Send, message: Message) -> None:
    try:
        async with asyncio.timeout(TAKE_SECONDS):
            await send(message)
    except TimeoutError:
        raise _Gone from None


async def _departure(receive: Receive) -> None:
    """Return when the client has left. What comes before is the end of a body that nobody waits for."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say_too_slow(send: Send) -> None:
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(_TOO_SLOW)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 408, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_SLOW})


async def _discard(receive: Receive) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def _declared_length(scope: Scope) -> int:
    """What Content-Length says; 0 without one. The parser has refused what is no number."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
    return 0


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
