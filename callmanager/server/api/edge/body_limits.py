"""How large a body may be, by path and by who asks, before any of it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Request

from callmanager.domain.errors import CallManagerError
from callmanager.domain.permissions import Permission, require
from callmanager.server.api.edge.identity import identify
from callmanager.server.api.edge.requests import IMPORT_PATHS
from callmanager.server.services import Services


def build_max_body(services: Services) -> Callable[[dict[str, Any]], int]:
    """The bound in bytes for a WSGI environment: only who may import may send the size of an import, and only there."""
    rules = services.rules

    def max_body(environ: dict[str, Any]) -> int:
        if environ["PATH_INFO"] in IMPORT_PATHS and _may_import(services, environ):
            return rules.max_import_bytes
        return rules.max_body_bytes

    return max_body


def _may_import(services: Services, environ: dict[str, Any]) -> bool:
    try:
        require(identify(services, Request(environ)).actor, Permission.CONTACT_IMPORT)
    except CallManagerError:
        return False
    return True
