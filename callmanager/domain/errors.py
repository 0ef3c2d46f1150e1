"""The few errors of the program. Raised anywhere, translated once at the edge into a status and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CallManagerError(Exception):
    """An error that its caller can act on.

    `code` is stable English for programs, `message` an English msgid for people whose %(name)s placeholders are
    filled from `params`, and `fields` carries what a program needs (for example `{"field": "phone"}`).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.params = params
        self.fields: dict[str, Any] = dict(fields or {})

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class NotFound(CallManagerError):
    """The record does not exist, or the caller may not know that it does."""


class Invalid(CallManagerError):
    """The input is wrong; nothing was changed."""


class Unauthenticated(CallManagerError):
    """Nobody is signed in, or the credential is no longer good."""


class Forbidden(CallManagerError):
    """The caller is known and may not do this."""


class Conflict(CallManagerError):
    """Somebody else changed the same thing first."""


class Gone(CallManagerError):
    """What the caller remembers no longer exists; it must start from a snapshot."""


class Locked(CallManagerError):
    """Somebody else holds the record."""


class TooMany(CallManagerError):
    """Too many requests; `retry_after_seconds` says when to come back."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after_seconds: int,
        fields: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code, message, fields=fields, seconds=retry_after_seconds, **params)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(CallManagerError):
    """The server cannot do it now (busy, stopping, disk full); reading may still work."""
