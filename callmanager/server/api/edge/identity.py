"""Who is asking: a Bearer token or an API key, taken in the same places everywhere. Nothing else says who one is."""

from __future__ import annotations

import dataclasses

from flask import Request

from callmanager.domain.errors import Forbidden, Unauthenticated
from callmanager.domain.people import LOCAL_USER
from callmanager.domain.texts import N_
from callmanager.server.queries.identities import Identity
from callmanager.server.security import hosts, local_pass
from callmanager.server.security.keys import EXAMPLE_KEYS
from callmanager.server.services import Services


def is_local(services: Services, request: Request) -> bool:
    """Whether the caller sits at the server's own PC and came by its own name (no proxy, no rebound name)."""
    return hosts.is_loopback(request.remote_addr or "", dict(request.headers), services.rules.trusted_proxies)


def client_address(services: Services, request: Request) -> str:
    """The address of the caller; a forwarded one only from a configured proxy."""
    return hosts.client_address(request.remote_addr or "", dict(request.headers), services.rules.trusted_proxies)


def identify(services: Services, request: Request) -> Identity:
    """The caller. Raises Unauthenticated, or Forbidden for a credential that is good on the server's PC only."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == local_pass.SCHEME:
        return _by_local_pass(services, request, token.strip())
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    credential = bearer or request.headers.get("X-API-Key", "").strip()
    if credential:
        return _by_credential(services, request, credential)
    if not services.rules.auth_required and is_local(services, request):
        return services.identities.by_username(LOCAL_USER)
    raise Unauthenticated("not_signed_in", N_("Sign in first: send Authorization: Bearer <token> or X-API-Key: <key>."))


def _by_credential(services: Services, request: Request, text: str) -> Identity:
    """Tokens and keys are taken in both headers: programs often know only one of the two."""
    if text.startswith("eyJ"):
        return services.identities.by_token(text)
    if text in EXAMPLE_KEYS and not is_local(services, request):
        raise Forbidden(
            "development_key",
            N_("The example key works only on the server's own PC. Ask an administrator for a key of your own."),
        )
    return services.identities.by_key(text)


def _by_local_pass(services: Services, request: Request, text: str) -> Identity:
    """The command line on this PC. From elsewhere, or by way of a proxy, the same text opens nothing."""
    if not is_local(services, request):
        raise Forbidden(
            "local_pass_from_afar",
            N_("Run this command on the server's own PC, and let SERVER_HOST be 0.0.0.0 or 127.0.0.1."),
        )
    local_pass.check_pass(services.tokens, text, request.method, request.path, now=services.clock.now())
    return dataclasses.replace(services.identities.by_username(LOCAL_USER), origin="cli")
