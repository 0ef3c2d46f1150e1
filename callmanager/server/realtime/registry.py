"""How a socket event is declared: name, permission and model on one line. What is not declared does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission
from callmanager.server.queries.identities import Identity
from callmanager.server.realtime.live import Live
from callmanager.server.realtime.live_sockets import LiveSocket
from callmanager.server.services import Services

M = TypeVar("M", bound=BaseModel)
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One authorised event, as its handler gets it. Handlers run in a thread and may use the database."""

    services: Services
    live: Live
    socket: LiveSocket

    @property
    def who(self) -> Identity:
        return self.socket.identity

    @property
    def actor(self) -> Actor:
        return self.socket.identity.actor


@dataclass(frozen=True, slots=True)
class DeclaredEvent:
    """What an event said of itself; authorisation, the matrix of permissions and the documents are made from these."""

    name: str
    permission: Permission
    body: type[BaseModel]
    answer: type[BaseModel] | None
    handler: Callable[[Asked, Any], Answer]

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or "").strip().partition("\n")[0]


EVENTS: dict[str, DeclaredEvent] = {}


def event(
    name: str, permission: Permission, body: type[M], *, answer: type[BaseModel] | None = None
) -> Callable[[Callable[[Asked, M], Answer]], Callable[[Asked, M], Answer]]:
    """Register `handler(asked, body)`. What it returns is acknowledged as `{"ok": true, **returned}`.

    Errors of ours that it raises are acknowledged as `{"ok": false, "error": {status, code, detail, fields}}`.
    """

    def declare(handler: Callable[[Asked, M], Answer]) -> Callable[[Asked, M], Answer]:
        if name in EVENTS:
            raise ValueError(f"the event {name} is declared twice")
        EVENTS[name] = DeclaredEvent(name, permission, body, answer, handler)
        return handler

    return declare
