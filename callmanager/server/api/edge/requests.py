"""What happens around every request: its id, its checks before routing, its headers, and its line in the log."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from time import perf_counter

from flask import Flask, Response, current_app, g, request

from callmanager.domain.errors import Forbidden, Invalid
from callmanager.domain.texts import N_
from callmanager.server.api.edge import routing
from callmanager.server.api.edge.counts import COUNTS, RequestCounts
from callmanager.server.logs import get_log
from callmanager.server.security import hosts
from callmanager.server.services import Services

_log = get_log("request")
IMPORT_PATHS = frozenset({"/import", "/import/preview"})
_QUIET = frozenset({"/health", "/health/ready", "/metrics"})

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def install(app: Flask, services: Services) -> None:
    """Put the checks and the log line around every request of `app`."""

    def begin() -> None:
        g.started = perf_counter()
        g.request_id = secrets.token_hex(6)
        g.language = services.rules.language
        _check_origin(services)
        _check_size(services)

    app.extensions[COUNTS] = RequestCounts()
    routing.install(app)
    app.before_request(begin)
    app.after_request(_finish)


def _check_origin(services: Services) -> None:
    """Pages of other sites get nothing, and neither do names that were rebound to this server."""
    origin = request.headers.get("Origin")
    if origin is not None and not hosts.is_same_origin(origin, request.host, services.rules.allowed_origins):
        raise Forbidden(
            "origin_not_allowed",
            N_("Pages of another site may not use this server. IT can allow it with ALLOWED_ORIGINS."),
        )
    if not hosts.is_allowed_host(request.host, services.rules.allowed_hosts):
        raise Forbidden(
            "host_not_allowed",
            N_("This server is not known by that name. IT can allow it with ALLOWED_HOSTS."),
        )


def _check_size(services: Services) -> None:
    rules = services.rules
    limit = rules.max_import_bytes if request.path in IMPORT_PATHS else rules.max_body_bytes
    if (request.content_length or 0) > limit:
        raise Invalid(
            "body_too_large",
            N_("The request is larger than %(megabytes)s MB, the most this server takes."),
            megabytes=limit // 1_048_576,
        )


def _finish(response: Response) -> Response:
    given = {name.lower() for name, _value in response.headers}
    for name, value in _HEADERS.items():
        if name.lower() not in given:
            response.headers.add(name, value)
    response.headers.add("X-Request-Id", g.request_id)
    end = _ending(response)
    if response.is_streamed:  # its work is done while it is being sent
        response.call_on_close(end)
    else:
        end()
    return response


def _ending(response: Response) -> Callable[[], None]:
    """What counts and logs the request that is being answered. It may run when the request is no longer at hand."""
    counts: RequestCounts = current_app.extensions[COUNTS]
    route = request.url_rule.rule if request.url_rule else ""
    method, path, status, started = request.method, request.path, response.status_code, g.started
    actor, request_id = g.get("actor"), g.request_id
    level = _log.debug if path in _QUIET else _log.info

    def end() -> None:
        seconds = perf_counter() - started
        counts.add(route, method, status, seconds)
        user = actor.name if actor else "-"
        level("done", method=method, path=path, status=status, user=user, ms=round(seconds * 1000, 1), id=request_id)

    return end
