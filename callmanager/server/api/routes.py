"""The whole API on one screen. A blueprint that is not listed here does not exist."""

from __future__ import annotations

from callmanager.server.api import auth, changes, contacts, health, sync
from callmanager.server.api.edge.routing import Routes

ALL_ROUTES: tuple[Routes, ...] = (
    health.routes,
    auth.routes,
    contacts.routes,
    changes.routes,
    sync.routes,
)
