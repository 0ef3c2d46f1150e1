"""Turns what the server refuses (problem documents, acknowledgements) into the errors of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.domain import errors
from callmanager.domain.texts import N_

RETRY_SECONDS = 5
_DETAIL = "%(detail)s"  # the server's own sentence, already in the user's language

_BY_STATUS: dict[int, type[errors.CallManagerError]] = {
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Gone,
    412: errors.Conflict,
    423: errors.Locked,
}
# Acknowledgements of sockets bear no status: the codes that a program acts upon say their kind.
_STATUS_BY_CODE = {
    "not_signed_in": 401,
    "key_invalid": 401,
    "signed_out": 401,
    "token_invalid": 401,
    "token_expired": 401,
    "forbidden": 403,
    "password_change_needed": 403,
    "contact_not_found": 404,
    "snapshot_needed": 410,
    "version_conflict": 412,
    "leases_too_many": 409,
    "contact_not_held": 409,
    "contact_locked": 423,
    "lease_lost": 409,
    "too_many_requests": 429,
    "internal_error": 500,
    "stopping": 503,
}


def build_error(status: int, body: Any, retry_after: str = "") -> errors.CallManagerError:
    """The error that a refusal stands for; `body` is a problem document, or anything else that came instead."""
    document = body if isinstance(body, Mapping) and "code" in body else {}
    code = str(document.get("code", "not_callmanager" if status < 500 else "server_failed"))
    fields = document.get("fields")
    how: dict[str, Any] = {"fields": fields if isinstance(fields, Mapping) else {}}
    message = _sentence(document, how)
    if status == 429:
        return errors.TooMany(code, message, retry_after_seconds=_seconds(retry_after), **how)
    if status >= 500:
        return errors.Unavailable(code, message, **how)
    return _BY_STATUS.get(status, errors.Invalid)(code, message, **how)


def build_refusal(error: Any) -> errors.CallManagerError:
    """The error of an acknowledgement that is not ok: `{code, detail, fields}`, with `status` when it says so."""
    document = error if isinstance(error, Mapping) else {}
    status = document.get("status") or _STATUS_BY_CODE.get(str(document.get("code")), 422)
    return build_error(int(status), document, str(document.get("retry_after", "")))


def _sentence(document: Mapping[str, Any], how: dict[str, Any]) -> str:
    detail = document.get("detail")
    if isinstance(detail, str) and detail:
        how["detail"] = detail
        return _DETAIL
    return N_("The server gave an answer that this program does not understand. Check the address and the versions.")


def _seconds(text: str) -> int:
    return int(text) if text.isdecimal() else RETRY_SECONDS
