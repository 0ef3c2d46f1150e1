"""An office's application behind a real server in this process, for callers who may harm the account they ask with."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from sqlalchemy import select

from callmanager.domain.errors import Unauthenticated
from callmanager.domain.people import SYSTEM, Actor
from callmanager.server.changes.entities import API_KEY, USER
from callmanager.server.edges.wsgi_bodies import Admission
from callmanager.server.guests.book import GuestBook
from callmanager.server.guests.shares import Shares
from callmanager.server.process.connections import BoundedConnection
from callmanager.server.storage.tables import users
from callmanager.server.wsgi import FlaskUnderAsgi
from tests.web import Web

MEGABYTE = 1_048_576


class Unharmed:
    """The application; before each request the caller's account and key are made good again."""

    def __init__(self, web: Web, who: str) -> None:
        self._web, self._key = web, web.keys[who]
        self._actor = web.services.identities.by_key(self._key).actor
        with web.services.storage.read() as connection:
            row = connection.execute(select(users).where(users.c.id == self._actor.id)).mappings().one()
        self._kept = {name: row[name] for name in ("active", "role", "team_id", "must_change_password")}

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        if self._present() != self._actor:
            self._mend()
        if environ["PATH_INFO"] == "/health/ready":
            self._web.services.write_probe.run()  # the job that does this every few seconds does not run here
        return self._web.client.application(environ, start)

    def _present(self) -> Actor | None:
        try:
            return self._web.services.identities.by_key(self._key).actor
        except Unauthenticated:
            return None

    def _mend(self) -> None:
        with self._web.services.log.write(SYSTEM, "job") as tx:
            tx.update(tx.get(USER, self._actor.id), **self._kept)
            assert self._actor.key_id is not None
            key = tx.get(API_KEY, self._actor.key_id)
            if key["archived_at"] is not None:
                tx.restore(key)


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free port of this PC; gives its address."""
    with ThreadPoolExecutor(4) as threads:
        book = GuestBook(Shares())
        admission = Admission(known=True, most=16 * MEGABYTE)
        adapter = FlaskUnderAsgi(app, threads, admit=lambda _: admission, book=book, language="es")
        http: Any = partial(BoundedConnection, book=book)
        server = uvicorn.Server(uvicorn.Config(adapter, port=0, log_config=None, lifespan="off", http=http))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(10)
