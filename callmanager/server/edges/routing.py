"""How a route is declared: path, permission, models and answers on one line. What is not declared does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Request, Response, current_app, g, request
from pydantic import BaseModel
from werkzeug.routing import IntegerConverter, Rule

from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, require
from callmanager.server.edges.bodies import read_given
from callmanager.server.edges.callers import check_password_changed
from callmanager.server.edges.headers import find_idempotency_key
from callmanager.server.edges.identity import identify, is_local
from callmanager.server.edges.sending import begin_stream
from callmanager.server.edges.sizes import check_stranger_size
from callmanager.server.queries.identities import Identity
from callmanager.server.security.passwords import Passwords
from callmanager.server.services import Services
from callmanager.server.wsgi_exchange import IDENTIFIED

PUBLIC = None


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request. `identity` is absent on public routes only. `arrived_at`: before it was looked at."""

    services: Services
    identity: Identity | None
    request: Request
    arrived_at: datetime
    hashing: bool = False

    @property
    def who(self) -> Identity:
        assert self.identity is not None, "a public route has no identity"
        return self.identity

    @property
    def actor(self) -> Actor:
        return self.who.actor

    @property
    def user_id(self) -> int:
        """Whose request it is; 0 on a public route."""
        return self.identity.actor.id if self.identity else 0

    @property
    def passwords(self) -> Passwords:
        """What hashes and verifies passwords. For routes declared `hashing` alone: others would hold up everybody."""
        if not self.hashing:
            raise RuntimeError("a route that hashes passwords must be declared hashing=True")
        return self.services.passwords

    def waited_seconds(self, now: datetime) -> float:
        """How long it has waited, at `now` of its transaction: others may have been writing when it arrived."""
        return max(0.0, (now - self.arrived_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route said of itself; the permission matrix and the documents are made from these."""

    method: str
    path: str
    permission: Permission | None
    before_password_change: bool
    bucket: str
    errors: tuple[int, ...]
    versioned: bool
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answers: Mapping[int, type[BaseModel] | None]
    media: Mapping[str, Any] | None
    or_local: bool = False
    under_lease: bool = False
    hashing: bool = False

    @property
    def repeatable(self) -> bool:
        """Whether the route reads Idempotency-Key. One's own account needs none: a repeat changes nothing."""
        return self.method == "POST" and self.permission not in (PUBLIC, Permission.ACCOUNT_OWN)


DECLARED: dict[str, Declared] = {}

Handler = Callable[..., Response]


class Routes(Blueprint):
    """A blueprint on which every route names the permission it needs (PUBLIC for none)."""

    def __init__(self, name: str) -> None:
        super().__init__(name, __name__)

    def route_for(
        self,
        method: str,
        path: str,
        permission: Permission | None,
        *,
        answers: Mapping[int, type[BaseModel] | None],
        query: type[BaseModel] | None = None,
        body: type[BaseModel] | None = None,
        media: Mapping[str, Any] | None = None,
        errors: tuple[int, ...] = (),
        bucket: str | None = None,
        versioned: bool = False,
        before_password_change: bool = False,
        or_local: bool = False,
        under_lease: bool = False,
        hashing: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register `handler(call, *, query, body, **path)`.

        `answers` maps each good status to its model (None: no JSON), `errors` names the statuses this route can refuse
        with beside those that every route can; `versioned` routes read If-Match, `under_lease` Lease-Token. `media`
        names types that are not JSON, of bodies and answers: `{"body": ("text/csv", ...), "answer": ...}`; a dict gives
        each type its JSON schema. `or_local`: programs on this PC need no credential. `hashing` routes hash or verify
        passwords, and wait for it apart from others (server/hashing.py).
        """
        if versioned:
            errors = tuple(sorted({*errors, 404, 409, 412, 423, 428}))

        def declare(handler: Handler) -> Handler:
            @wraps(handler)
            def guarded(**path_values: Any) -> Response:
                call = _admit(declared)
                response = handler(call, **read_given(request, query, body), **path_values)
                return begin_stream(call.services.guests.streams, call.user_id, response)

            declared = Declared(
                method=method,
                path=path,
                permission=permission,
                before_password_change=before_password_change,
                bucket=bucket or ("read" if method == "GET" else "write"),
                errors=errors,
                versioned=versioned,
                query=query,
                body=body,
                answers=answers,
                media=media,
                or_local=or_local,
                under_lease=under_lease,
                hashing=hashing,
            )
            DECLARED[f"{self.name}.{handler.__name__}"] = declared
            self.add_url_rule(path, handler.__name__, guarded, methods=[method])
            return handler

        return declare


class RecordNumber(IntegerConverter):
    """`<int:...>` in a path: plain digits that any database and JSON reader can hold; anything else is not found."""

    regex = "[0-9]{1,15}"


class ReadRule(Rule):
    """A path that is read and never written: nobody asks for the address of a route.

    Werkzeug compiles two functions for each rule that write it; that is half of what an application takes to build.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        del append_unknown
        return _unwritten


def _unwritten(*_values: object, **_named: object) -> tuple[str, str]:
    raise NotImplementedError("routes are not written from their values")


def build_hashing() -> Callable[[str, str], bool]:
    """Whether a method and a path lead to a route that hashes passwords. For when all routes are declared."""
    number = re.compile(r"<int:\w+>")
    patterns = [
        (declared.method, re.compile(number.sub(RecordNumber.regex, declared.path)))
        for declared in DECLARED.values()
        if declared.hashing
    ]

    def is_hashing(method: str, path: str) -> bool:
        return any(method == one and pattern.fullmatch(path) for one, pattern in patterns)

    return is_hashing


def install(app: Flask) -> None:
    """Let paths of `app` name records, and be read alone. Call it before the blueprints are registered."""
    app.url_rule_class = ReadRule
    app.url_map.converters = {**app.url_map.converters, "int": RecordNumber}


def current_services() -> Services:
    """The services of the application that answers this request."""
    services: Services = current_app.extensions["callmanager"]
    return services


def _admit(declared: Declared) -> Call:
    """Identify, authorise and count the caller, in this order, before anything of the request is read."""
    services = current_services()
    arrived_at = services.clock.now()
    if declared.permission is None:
        check_stranger_size(request)
    if declared.permission is None or (declared.or_local and _is_bare_local(services)):
        return Call(services, None, request, arrived_at, declared.hashing)
    identity = identify(services, request)
    g.actor = identity.actor
    request.environ[IDENTIFIED] = True
    if not declared.before_password_change:
        check_password_changed(identity)
    require(identity.actor, declared.permission)
    if declared.repeatable:
        find_idempotency_key(request.headers)
    services.limits.check(str(identity.actor.id), declared.bucket)
    return Call(services, identity, request, arrived_at, declared.hashing)


def _is_bare_local(services: Services) -> bool:
    """Whether a program of this PC asks as nobody; who shows a credential is treated as whom it names."""
    bare = "Authorization" not in request.headers and "X-API-Key" not in request.headers
    return bare and is_local(services, request)
