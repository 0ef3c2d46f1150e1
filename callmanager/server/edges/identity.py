"""Who makes an HTTP request. The rules are those of every edge (edges/callers.py)."""

from __future__ import annotations

from flask import Request

from callmanager.server.edges import callers
from callmanager.server.queries.identities import Identity
from callmanager.server.services import Services

_CALLER = "callmanager.caller"


def is_local(services: Services, request: Request) -> bool:
    """Whether the caller sits at the server's own PC and came by its own name (no proxy, no rebound name)."""
    return callers.is_local(services, caller_of(request))


def client_address(services: Services, request: Request) -> str:
    """The address of the caller; a forwarded one only from a configured proxy."""
    return callers.client_address(services, caller_of(request))


def identify(services: Services, request: Request) -> Identity:
    """The caller. Raises Unauthenticated, or Forbidden for a credential that is good on the server's PC only."""
    return callers.identify(services, caller_of(request))


def caller_of(request: Request) -> callers.Caller:
    """What the request says of whoever makes it; put together once for all who ask."""
    kept: callers.Caller | None = request.environ.get(_CALLER)
    if kept is None:
        kept = request.environ[_CALLER] = _read_caller(request)
    return kept


def _read_caller(request: Request) -> callers.Caller:
    headers = {name.lower(): value for name, value in request.headers}
    version = request.environ.get("SERVER_PROTOCOL", "").removeprefix("HTTP/")
    return callers.Caller(request.remote_addr or "", headers, request.method, request.path, version)
