"""The whole API on one screen. A blueprint that is not listed here does not exist."""

from __future__ import annotations

from callmanager.server.api import (
    agents,
    auth,
    backups,
    calls,
    changes,
    contacts,
    dispositions,
    do_not_call,
    docs,
    exports,
    groups,
    health,
    import_mappings,
    imports,
    locks,
    registers,
    sync,
    users,
)
from callmanager.server.edges.routing import Routes

ALL_ROUTES: tuple[Routes, ...] = (
    health.routes,
    auth.routes,
    users.routes,
    groups.routes,
    contacts.routes,
    locks.routes,
    agents.routes,
    calls.routes,
    dispositions.routes,
    do_not_call.routes,
    registers.routes,
    imports.routes,
    import_mappings.routes,
    exports.routes,
    changes.routes,
    sync.routes,
    backups.routes,
    docs.routes,
)
