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
    """The error of an acknowledgement that is not ok: `{status, code, detail, fields}`."""
    document = error if isinstance(error, Mapping) else {}
    status = document.get("status")
    return build_error(status if isinstance(status, int) else 422, document, str(document.get("retry_after", "")))


def _sentence(document: Mapping[str, Any], how: dict[str, Any]) -> str:
    detail = document.get("detail")
    if isinstance(detail, str) and detail:
        how["detail"] = detail
        return _DETAIL
    return N_("The server gave an answer that this program does not understand. Check the address and the versions.")


def _seconds(text: str) -> int:
    return int(text) if text.isdecimal() else RETRY_SECONDS
