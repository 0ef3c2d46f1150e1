"""How a refusal is told at every edge: the same status, code, sentence and fields, by HTTP and by socket."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from callmanager.domain import errors
from callmanager.domain.texts import N_
from callmanager.i18n import sentence

INTERNAL = (
    "internal_error",
    N_("Something went wrong on the server. Nothing was changed. Tell IT the number %(incident)s."),
)
"""Code and sentence for what nobody expected; the log has the rest under the incident."""

RETRY_SECONDS = 5
"""When to try again what could not be done just now, unless the refusal says it."""

# Most specific first: some codes have a status of their own.
_BY_CODE = {
    "version_conflict": HTTPStatus.PRECONDITION_FAILED,
    "if_match_missing": HTTPStatus.PRECONDITION_REQUIRED,
    "lease_token_missing": HTTPStatus.PRECONDITION_REQUIRED,
    "disk_full": HTTPStatus.INSUFFICIENT_STORAGE,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body_too_slow": HTTPStatus.REQUEST_TIMEOUT,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "bad_request": HTTPStatus.BAD_REQUEST,
    "websocket_needed": HTTPStatus.BAD_REQUEST,
}
_BY_KIND: dict[type[errors.CallManagerError], HTTPStatus] = {
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Gone: HTTPStatus.GONE,
    errors.Locked: HTTPStatus.LOCKED,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: errors.CallManagerError) -> int:
    """The HTTP status of an error; what is told by socket bears it too."""
    found = _BY_CODE.get(error.code) or next(status for kind, status in _BY_KIND.items() if isinstance(error, kind))
    return int(found)


def headers_of_error(error: errors.CallManagerError) -> dict[str, str]:
    """The headers that go with a refusal: how to sign in, and after how many seconds to try again."""
    status = status_of(error)
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="callmanager"'}
    if isinstance(error, errors.TooMany):
        return {"Retry-After": str(error.retry_after_seconds)}
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE):
        return {"Retry-After": str(RETRY_SECONDS)}
    return {}


def error_to_wire(error: errors.CallManagerError, language: str) -> dict[str, Any]:
    """`{status, code, detail, fields}` in the language of the caller; `retry_after` in seconds when waiting helps."""
    told: dict[str, Any] = {
        "status": status_of(error),
        "code": error.code,
        "detail": sentence(error.message, language, error.params),
        "fields": error.fields,
    }
    if isinstance(error, errors.TooMany):
        told["retry_after"] = error.retry_after_seconds
    return told


def incident_to_wire(incident: str, language: str) -> dict[str, Any]:
    """What is told of an error that nobody expected."""
    code, message = INTERNAL
    detail = sentence(message, language, {"incident": incident})
    status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
    return {"status": status, "code": code, "detail": detail, "fields": {"incident": incident}}
