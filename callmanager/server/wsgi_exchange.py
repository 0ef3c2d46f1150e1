"""One call of a WSGI application (PEP 3333), made on worker threads; knows nothing of ASGI."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

Environ = dict[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

IDENTIFIED = "callmanager.identified"
"""Set in the environment by the application when the caller has shown who he is."""

LARGE_PAGE = 1_000
"""Rows: who asks for so many at once makes the others wait, and can wait himself."""

FULL = "callmanager.full"
"""In the environment of a request for which there is no place to wait."""

_BODILESS = frozenset({204, 304})
_LIMIT = re.compile(r"(?:^|&)limit=(\d{1,9})(?:&|$)")


class Exchange:
    """`run` gives the first pieces, `next_piece` the others, `close` ends it when none is being made any more."""

    def __init__(self, app: WsgiApp, environ: Environ) -> None:
        self._app = app
        self._environ = environ
        self._result: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] = iter(())
        self._sent = False
        self._turn = threading.RLock()
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.closed = False

    @property
    def path(self) -> str:
        return str(self._environ["PATH_INFO"])

    @property
    def method(self) -> str:
        return str(self._environ["REQUEST_METHOD"])

    @property
    def is_read(self) -> bool:
        """Whether the request only reads."""
        return self.method in ("GET", "HEAD")

    @property
    def is_large(self) -> bool:
        """Whether the request asks for a large page."""
        found = _LIMIT.search(self._environ["QUERY_STRING"])
        return found is not None and int(found[1]) >= LARGE_PAGE

    @property
    def identified(self) -> bool:
        """Whether the application knows who has asked."""
        return IDENTIFIED in self._environ

    @property
    def body_bytes(self) -> int:
        """How long the body is that was sent."""
        return int(self._environ["CONTENT_LENGTH"])

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits to be told before it sends its body."""
        return "HTTP_EXPECT" in self._environ

    def mark_full(self) -> None:
        """Let the application know that too many wait for what this request asks; it refuses in its own words."""
        self._environ[FULL] = True

    def run(self) -> tuple[list[bytes], bool]:
        """The first pieces of the answer, all of them when it states its length, and whether more will come.

        They are not put together: the copy of a large page would keep everybody from the interpreter meanwhile.
        """
        with self._turn:
            return self._first_pieces()

    def _first_pieces(self) -> tuple[list[bytes], bool]:
        self._result = self._app(self._environ, self._start)
        self._pieces = iter(self._result)
        piece = self._next()  # an application may call start_response as late as here
        if not self.status:
            raise RuntimeError("the application answered without start_response")
        self._sent = True
        if piece is None or self._is_bodiless() or self._is_whole():
            pieces = [b""] if piece is None or self._is_bodiless() else [piece, *self._pieces]
            self.close()
            return pieces, False
        return [piece], True

    def next_piece(self) -> tuple[bytes, bool]:
        """The next bytes, and False with the last ones."""
        with self._turn:
            piece = None if self.closed else self._next()
            if piece is None:
                self.close()
                return b"", False
            return piece, True

    def close(self) -> None:
        """Let the application clean up; once."""
        with self._turn:
            if self.closed:
                return
            self.closed = True
            close = getattr(self._result, "close", None)
            if close is not None:
                close()

    def _next(self) -> bytes | None:
        """The next piece that holds anything: an empty one would end a chunked answer too early."""
        return next((piece for piece in self._pieces if piece), None)

    def _is_bodiless(self) -> bool:
        return self._environ["REQUEST_METHOD"] == "HEAD" or self.status in _BODILESS

    def _is_whole(self) -> bool:
        return any(name == b"content-length" for name, _value in self.headers)

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        if exc_info is not None and self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.status and exc_info is None:
            raise RuntimeError("start_response was called twice")
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _no_write


def _no_write(_data: bytes) -> object:
    raise NotImplementedError("Flask answers with an iterable; the old write() is not offered")
