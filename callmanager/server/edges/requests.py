"""What happens around every request: its id, its checks before routing, its headers, and its line in the log."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from flask import Flask, Request, Response, current_app, g, request

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.edges import routing
from callmanager.server.edges.callers import check_origin, note_forwarding
from callmanager.server.edges.counts import COUNTS, RequestCounts
from callmanager.server.edges.identity import caller_of
from callmanager.server.edges.sizes import check_size
from callmanager.server.edges.texts import check_address
from callmanager.server.logs import get_log
from callmanager.server.pace import Pace
from callmanager.server.services import Rules, Services
from callmanager.server.wsgi_exchange import FULL

_log = get_log("request")
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_QUIET = frozenset({"/health", "/health/ready", "/metrics"})

_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    (
        "Content-Security-Policy",
        (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    ("Cache-Control", "no-store"),
]


def install(app: Flask, services: Services) -> None:
    """Put the checks and the log line around every request of `app`."""

    def begin() -> None:
        # The proxies `g` and `request` look up the context each time they are touched; once is enough here.
        kept, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]
        kept.started = perf_counter()
        kept.request_id = secrets.token_hex(6)
        kept.language = services.rules.language
        note_forwarding(services, caller_of(asked))
        _check_origin(services.rules, asked)
        check_address(asked.path, asked.environ.get("QUERY_STRING", ""))
        _check_room(asked)
        check_size(services.rules, asked)

    app.extensions[COUNTS] = RequestCounts()
    routing.install(app)
    app.before_request(begin)
    app.after_request(_finish)
    app.wsgi_app = _guarded(app.wsgi_app, services.pace)  # type: ignore[method-assign, assignment]  # as Flask's documents say


def _guarded(app: WsgiApp, pace: Pace) -> WsgiApp:
    """`app` with the headers of every answer, and long work giving way to it.

    Added here headers cost nothing; as response headers each is parsed.
    """

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            own_cache = any(name == "Cache-Control" for name, _value in headers)
            return start(status, headers + (_HEADERS[:-1] if own_cache else _HEADERS), error)

        if environ["PATH_INFO"] in _QUIET:
            return app(environ, begin)
        with pace.answering():
            return app(environ, begin)

    return answer


def _check_origin(rules: Rules, request: Request) -> None:
    check_origin(rules, request.headers.get("Origin"), request.host)


def _check_room(request: Request) -> None:
    if FULL in request.environ:
        raise Unavailable("sign_in_busy", N_("Many people are signing in at this moment. Try again in a few seconds."))


def _finish(response: Response) -> Response:
    kept = g._get_current_object()
    response.headers["X-Request-Id"] = kept.request_id
    end = _ending(response, kept, request._get_current_object())  # type: ignore[attr-defined]
    if response.is_streamed:  # its work is done while it is being sent
        response.call_on_close(end)
    else:
        end()
    return response


def _ending(response: Response, kept: Any, request: Request) -> Callable[[], None]:
    """What counts and logs the request that is being answered. It may run when the request is no longer at hand."""
    counts: RequestCounts = current_app.extensions[COUNTS]
    route = request.url_rule.rule if request.url_rule else ""
    method, path, status, started = request.method, request.path, response.status_code, kept.started
    actor, request_id = kept.get("actor"), kept.request_id
    level = _log.debug if path in _QUIET else _log.info

    def end() -> None:
        seconds = perf_counter() - started
        counts.add(route, method, status, seconds)
        user = actor.name if actor else "-"
        level("done", method=method, path=path, status=status, user=user, ms=round(seconds * 1000, 1), id=request_id)

    return end
