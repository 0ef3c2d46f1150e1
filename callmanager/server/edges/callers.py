"""Who is asking: a Bearer token or an API key, taken in the same places everywhere. Nothing else says who one is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache

from callmanager.domain.errors import Forbidden, Invalid, Unauthenticated
from callmanager.domain.people import LOCAL_USER
from callmanager.domain.texts import N_
from callmanager.server.edges.scopes import Scope
from callmanager.server.queries.identities import Identity
from callmanager.server.security import hosts, local_pass
from callmanager.server.security.keys import EXAMPLE_KEYS, FEWEST_CHARACTERS, is_no_secret
from callmanager.server.services import Rules, Services

CLIENT_HEADER = "callmanager-client"
CLIENTS = ("api", "console", "desktop")
"""What a program may call itself; its changes bear it as their origin. It opens nothing. Without a word it is `api`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """What a connection says of itself: the address of its TCP peer, its headers by lower-case name, what it asks."""

    peer: str
    headers: Mapping[str, str]
    method: str
    path: str
    http_version: str = "1.1"


def caller_of(scope: Scope, headers: Mapping[str, str]) -> Caller:
    """Who opens a live connection (an ASGI scope) and shows `headers`."""
    peer = (scope.get("client") or ("",))[0]
    return Caller(peer, headers, "GET", scope["path"], scope.get("http_version", "1.1"))


def is_local(services: Services, caller: Caller) -> bool:
    """Whether the caller sits at the server's own PC and came by its own name (no proxy, no rebound name).

    Every right of "this PC" hangs on this one answer: the first password, keys that are no secret, /metrics without a
    key, the pass of the command line, and everything where ENABLE_AUTH is off.
    """
    return is_near(caller, services.rules.trusted_proxies)


def is_near(caller: Caller, trusted_proxies: tuple[str, ...] = ()) -> bool:
    """The same without the proxies of the settings: for the command line, which proves itself in another way."""
    return hosts.is_loopback(caller.peer, caller.headers, trusted_proxies, http_version=caller.http_version)


def note_forwarding(services: Services, caller: Caller) -> None:
    """Let IT know of a proxy that the settings do not name. Every edge calls it for every caller."""
    services.forwarders.note(caller.peer, caller.headers, caller.http_version)


def client_address(services: Services, caller: Caller) -> str:
    """The address of the caller; a forwarded one only from a configured proxy."""
    return hosts.client_address(caller.peer, caller.headers, services.rules.trusted_proxies)


def check_origin(rules: Rules, origin: str | None, host: str) -> None:
    """Pages of other sites get nothing, and neither do names that were rebound to this server. Raises Forbidden."""
    if not hosts.is_same_origin(origin, host, rules.allowed_origins):
        raise Forbidden(
            "origin_not_allowed",
            N_("Pages of another site may not use this server. IT can allow it with ALLOWED_ORIGINS."),
        )
    if not _is_own_name(host, rules.allowed_hosts):
        raise Forbidden(
            "host_not_allowed",
            N_("This server is not known by that name. IT can allow it with ALLOWED_HOSTS."),
        )


@lru_cache(maxsize=256)
def _is_own_name(host: str, allowed: tuple[str, ...]) -> bool:
    return hosts.is_allowed_host(host, allowed)


def identify(services: Services, caller: Caller) -> Identity:
    """The caller. Raises Unauthenticated, Forbidden for a credential that is good on the server's PC only, and Invalid
    for a program that calls itself what there is not."""
    who = _by_what_is_given(services, caller)
    client = caller.headers.get(CLIENT_HEADER, "")
    if not client:
        return who
    if client not in CLIENTS:
        raise Invalid(
            "client_unknown",
            N_("There is no kind of client %(name)s. There are: %(known)s."),
            fields={"field": "client", "allowed": CLIENTS},
            name=client[:40],
            known=", ".join(CLIENTS),
        )
    return who if who.origin != "api" else dataclasses.replace(who, origin=client)


def _by_what_is_given(services: Services, caller: Caller) -> Identity:
    scheme, _, token = caller.headers.get("authorization", "").partition(" ")
    if scheme == local_pass.SCHEME:
        return _by_local_pass(services, caller, token.strip())
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    credential = bearer or caller.headers.get("x-api-key", "").strip()
    if credential:
        return _by_credential(services, caller, credential)
    if not services.rules.auth_required and is_local(services, caller):
        return services.identities.by_username(LOCAL_USER)
    raise Unauthenticated("not_signed_in", N_("Sign in first: send Authorization: Bearer <token> or X-API-Key: <key>."))


def check_password_changed(who: Identity) -> None:
    """Raises Forbidden for somebody who may do nothing before he has changed his password."""
    if who.actor.must_change_password:
        raise Forbidden(
            "password_change_needed",
            N_("Change your password first (POST /auth/change-password)."),
        )


def _by_credential(services: Services, caller: Caller, text: str) -> Identity:
    """Tokens and keys are taken in both headers: programs often know only one of the two."""
    if text.startswith("eyJ"):
        return services.identities.by_token(text)
    if is_no_secret(text) and not is_local(services, caller):
        raise _no_secret(text)
    return services.identities.by_key(text)


def _no_secret(text: str) -> Forbidden:
    """The same for every short text, whether it is in the settings or not: nobody learns here that he guessed one."""
    if text in EXAMPLE_KEYS:
        return Forbidden(
            "development_key",
            N_("The example key works only on the server's own PC. Ask an administrator for a key of your own."),
        )
    return Forbidden(
        "short_key",
        N_(
            "A key of fewer than %(fewest)s characters works only on the server's own PC. "
            "Ask an administrator for a key of your own."
        ),
        fewest=FEWEST_CHARACTERS,
    )


def _by_local_pass(services: Services, caller: Caller, text: str) -> Identity:
    """The command line on this PC. From elsewhere, or by way of a proxy, the same text opens nothing.

    It proves itself, so it is taken where TRUSTED_PROXIES names this PC, too: the rest of the rule holds for it.
    """
    if not is_near(caller):
        raise Forbidden(
            "local_pass_from_afar",
            N_("Run this command on the server's own PC, and let SERVER_HOST be 0.0.0.0 or 127.0.0.1."),
        )
    local_pass.check_pass(services.tokens, text, caller.method, caller.path, now=services.clock.now())
    return dataclasses.replace(services.identities.by_username(LOCAL_USER), origin="cli")
