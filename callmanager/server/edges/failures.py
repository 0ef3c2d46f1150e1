"""How a refusal is told outside of HTTP: the same code, sentence and fields as in a problem document."""

from __future__ import annotations

from typing import Any

from callmanager.domain.errors import CallManagerError, TooMany
from callmanager.domain.texts import N_
from callmanager.i18n import sentence

INTERNAL = (
    "internal_error",
    N_("Something went wrong on the server. Nothing was changed. Tell IT the number %(incident)s."),
)
"""Code and sentence for what nobody expected; the log has the rest under the incident."""


def error_to_wire(error: CallManagerError, language: str) -> dict[str, Any]:
    """`{code, detail, fields}` in the language of the caller; `retry_after` in seconds when waiting helps."""
    told: dict[str, Any] = {
        "code": error.code,
        "detail": sentence(error.message, language, error.params),
        "fields": error.fields,
    }
    if isinstance(error, TooMany):
        told["retry_after"] = error.retry_after_seconds
    return told
