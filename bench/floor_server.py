"""The floor of HTTP: a Flask route that answers ready bytes, in the program's own loop and adapter, or under a2wsgi.

Run: python -m bench.floor_server ours|a2wsgi BODY PORT
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flask import Flask, Response

from callmanager.server.asgi import Parts
from callmanager.server.edges.wsgi_bodies import Admission
from callmanager.server.guests.book import GuestBook
from callmanager.server.guests.shares import Shares
from callmanager.server.process.listening import bind_listener
from callmanager.server.process.loop import run_loop
from callmanager.server.wsgi import FlaskUnderAsgi

BOOK = GuestBook(Shares())
THREADS = 8  # WORKER_THREADS, and a2wsgi is given as many


def trivial_app(body: bytes) -> Flask:
    """Flask with nothing of the program in it."""
    app = Flask("floor", static_folder=None)

    def answer() -> Response:
        return Response(body, mimetype="application/json")

    app.add_url_rule("/contacts", "contacts", answer)
    app.add_url_rule("/health", "health", lambda: "ok")
    return app


def adapted(kind: str, app: Flask) -> Any:
    """`app` as an ASGI application."""
    if kind == "a2wsgi":
        from a2wsgi import WSGIMiddleware  # noqa: PLC0415  # only this floor needs it

        return WSGIMiddleware(app.wsgi_app, workers=THREADS)
    threads = ThreadPoolExecutor(THREADS)
    return FlaskUnderAsgi(app, threads, admit=lambda _: Admission(known=True, most=1_048_576), book=BOOK, language="es")


def main() -> None:
    kind, body, port = sys.argv[1:]
    app = Parts(adapted(kind, trivial_app(Path(body).read_bytes())))
    with bind_listener("127.0.0.1", int(port)) as listener:
        run_loop(app, listener, None, book=BOOK, on_started=lambda: None)


if __name__ == "__main__":
    main()
