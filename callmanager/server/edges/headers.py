"""Reads the request headers of versions (If-Match, If-None-Match), of the lease and of the Idempotency-Key."""

from __future__ import annotations

import re

from werkzeug.datastructures import Headers

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

MOST_VERSION_DIGITS = 10
MOST_LEASE_DIGITS = 15
MOST_KEY_CHARACTERS = 200
_KEY = re.compile(rf"[!-~]{{1,{MOST_KEY_CHARACTERS}}}")


def find_idempotency_key(headers: Headers) -> str | None:
    """The name that the caller gave to this request. Raises Invalid when it cannot be one."""
    key = headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid(
            "idempotency_key_invalid",
            N_("An Idempotency-Key has 1 to %(limit)s printable characters."),
            fields={"field": "Idempotency-Key"},
            limit=MOST_KEY_CHARACTERS,
        )
    return key


def parse_version(headers: Headers) -> int:
    """The version that `If-Match: "v"` names. Raises Invalid when it is missing (428) or no version (422)."""
    text = headers.get("If-Match")
    if text is None:
        raise Invalid(
            "if_match_missing",
            N_('Send the version you changed as If-Match: "version" (the ETag of GET).'),
            fields={"field": "If-Match"},
        )
    digits = text.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_VERSION_DIGITS):
        raise Invalid(
            "if_match_invalid",
            N_('If-Match must be one version, such as "3".'),
            fields={"field": "If-Match"},
        )
    return int(digits)


def find_lease(headers: Headers) -> int | None:
    """The token of the caller's lease that `Lease-Token` names. Raises Invalid when it cannot be one."""
    text = headers.get("Lease-Token")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_LEASE_DIGITS):
        raise Invalid(
            "lease_token_invalid",
            N_("Lease-Token must be the token of your lock, such as 3."),
            fields={"field": "Lease-Token"},
        )
    return int(text)


def parse_lease(headers: Headers) -> int:
    """The same. Raises Invalid (428) also when it is missing."""
    token = find_lease(headers)
    if token is None:
        raise Invalid(
            "lease_token_missing",
            N_("Send the token of your lock as Lease-Token."),
            fields={"field": "Lease-Token"},
        )
    return token


def has_version(headers: Headers, version: int) -> bool:
    """Whether `If-None-Match` says that the caller holds this version already."""
    text = headers.get("If-None-Match", "")
    return text == "*" or f'"{version}"' in [part.strip().removeprefix("W/") for part in text.split(",")]
