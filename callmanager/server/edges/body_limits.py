"""Who may send how large a body, by path and by who asks, before any of it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Request

from callmanager.domain.errors import CallManagerError
from callmanager.domain.people import Actor
from callmanager.domain.permissions import reach
from callmanager.server.edges.identity import identify
from callmanager.server.edges.routing import DECLARED
from callmanager.server.edges.sizes import IMPORT_PATHS
from callmanager.server.edges.wsgi_bodies import SMALL_BYTES, Admission
from callmanager.server.services import Services

STRANGER = Admission(known=False, most=0)


def build_admit(services: Services) -> Callable[[dict[str, Any]], Admission]:
    """What the caller of a WSGI environment may send: nothing as a stranger, but where one signs in; the size of an
    import only if he may import, and only there."""
    public = frozenset(d.path for d in DECLARED.values() if d.permission is None and d.body is not None)

    def admit(environ: dict[str, Any]) -> Admission:
        path = environ["PATH_INFO"]
        try:
            actor = identify(services, Request(environ)).actor
        except CallManagerError:
            return Admission(known=False, most=SMALL_BYTES) if path in public else STRANGER
        return Admission(known=True, most=_most(services, actor, path))

    return admit


def _most(services: Services, actor: Actor, path: str) -> int:
    permission = IMPORT_PATHS.get(path)
    if permission is not None and reach(actor, permission) is not None:
        return services.rules.max_import_bytes
    return services.rules.max_body_bytes
