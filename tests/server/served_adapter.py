"""The adapter between Flask and uvicorn on a port, with any application behind it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from typing import Any

import uvicorn

from callmanager.server.edges.wsgi_bodies import Admission
from callmanager.server.guests.book import GuestBook
from callmanager.server.guests.shares import Shares
from callmanager.server.process.connections import BoundedConnection
from callmanager.server.wsgi import FlaskUnderAsgi

ORDINARY = 100_000
LARGE = 3_000_000
Environ = dict[str, Any]


@dataclass
class Served:
    port: int

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        connection = self.connection()
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    @contextmanager
    def raw(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            yield connection


@contextmanager
def serving(app: Callable[..., Iterable[bytes]], **how: Any) -> Iterator[Served]:
    """uvicorn on a thread, with our connections and our adapter; `how` says what is not as usual with the latter."""
    with ThreadPoolExecutor(4) as threads:
        book = GuestBook(Shares())
        adapter = FlaskUnderAsgi(app, threads, admit=admit, book=book, language="es", **how)
        http: Any = partial(BoundedConnection, book=book)
        config = uvicorn.Config(
            adapter, http=http, ws="none", lifespan="off", log_config=None, access_log=False,
            timeout_graceful_shutdown=5,
        )  # fmt: skip
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield Served(listener.getsockname()[1])
            finally:
                server.should_exit = True
                thread.join(20)


def admit(environ: Environ) -> Admission:
    return Admission(known=True, most=LARGE if environ["PATH_INFO"] == "/import" else ORDINARY)
