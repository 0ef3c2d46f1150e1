"""The limits on the size of a body, by path. A body that was too large to be read is refused here, in words."""

from __future__ import annotations

from flask import Request

from callmanager.domain.errors import Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.edges.wsgi_bodies import SMALL_BYTES
from callmanager.server.services import Rules

IMPORT_PATHS = {
    "/import": Permission.CONTACT_IMPORT,
    "/import/preview": Permission.CONTACT_IMPORT,
    "/do-not-call/registers": Permission.DO_NOT_CALL_LOAD,
}
"""Where lists are sent, which may be large, and by whom."""


def check_size(rules: Rules, request: Request) -> None:
    """Refuse what nobody may send there. Raises Invalid: body_too_large."""
    limit = rules.max_import_bytes if request.path in IMPORT_PATHS else rules.max_body_bytes
    if (request.content_length or 0) > limit:
        raise Invalid(
            "body_too_large",
            N_("The request is larger than %(megabytes)s MB, the most this server takes."),
            megabytes=limit // 1_048_576,
        )


def check_stranger_size(request: Request) -> None:
    """Refuse what is too large for a route that needs nobody known. Raises Invalid: body_too_large."""
    if (request.content_length or 0) > SMALL_BYTES:
        raise Invalid("body_too_large", N_("The request is too large for this server."))
