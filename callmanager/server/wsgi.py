"""Runs the Flask application under ASGI: one hop to a thread for an ordinary answer, true streaming for others.

A response is buffered unless it declares itself a stream (no Content-Length and more than one piece): then its pieces
are sent as the client takes them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import Executor
from io import BytesIO
from typing import Any

from callmanager.server.logs import get_log

_log = get_log("asgi")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_TOO_LARGE = (
    b'{"type":"/docs/errors#body_too_large","title":"Content Too Large","status":413,'
    b'"detail":"La petici\xc3\xb3n es demasiado grande para este servidor.","code":"body_too_large","fields":{}}'
)


class FlaskUnderAsgi:
    """The adapter. `max_body` (bytes) bounds what is read before any route is asked."""

    def __init__(self, app: WsgiApp, threads: Executor, *, max_body: int) -> None:
        self._app = app
        self._threads = threads
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self._read(receive)
        if body is None:
            await _refuse_large(send)
            return
        loop = asyncio.get_running_loop()
        exchange = _Exchange(self._app, build_environ(scope, body))
        try:
            first, more = await loop.run_in_executor(self._threads, exchange.run)
            await send({"type": "http.response.start", "status": exchange.status, "headers": exchange.headers})
            await send({"type": "http.response.body", "body": first, "more_body": more})
            while more:
                piece, more = await loop.run_in_executor(self._threads, exchange.next_piece)
                await send({"type": "http.response.body", "body": piece, "more_body": more})
        finally:
            if not exchange.closed:
                await loop.run_in_executor(self._threads, exchange.close)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body; None when it is larger than allowed."""
        pieces, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b""
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self._max_body:
                return None
            more = message.get("more_body", False)
        return b"".join(pieces)


class _Exchange:
    """One call of the application, on worker threads."""

    def __init__(self, app: WsgiApp, environ: dict[str, Any]) -> None:
        self._app = app
        self._environ = environ
        self._result: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] = iter(())
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.closed = False

    def run(self) -> tuple[bytes, bool]:
        """The first bytes of the answer and whether more will come."""
        self._result = self._app(self._environ, self._start)
        if self._is_whole():
            body = b"".join(self._result)
            self.close()
            return body, False
        self._pieces = iter(self._result)
        return self.next_piece()

    def next_piece(self) -> tuple[bytes, bool]:
        piece = next(self._pieces, None)
        if piece is None:
            self.close()
            return b"", False
        return piece, True

    def close(self) -> None:
        self.closed = True
        close = getattr(self._result, "close", None)
        if close is not None:
            close()

    def _is_whole(self) -> bool:
        return any(name == b"content-length" for name, _value in self.headers)

    def _start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,
    ) -> Callable[[bytes], object]:
        if exc_info is not None and self.headers:
            raise exc_info[1].with_traceback(exc_info[2])
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _no_write


def _no_write(_data: bytes) -> object:
    raise NotImplementedError("Flask answers with an iterable; the old write() is not offered")


def build_environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """The WSGI environment (PEP 3333) of an ASGI HTTP scope."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for raw_name, raw_value in scope["headers"]:
        _add_header(environ, raw_name.decode("latin-1"), raw_value.decode("latin-1"))
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if name == "content-type":
        environ["CONTENT_TYPE"] = value
    elif name != "content-length" and "_" not in name:  # a_b would become one with a-b
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value


async def _refuse_large(send: Send) -> None:
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(_TOO_LARGE)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE})
