"""How the values of a contact's fields are cleaned and checked. Which there are: contact_fields.py."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from callmanager.domain.contact_fields import BY_NAME, FieldKind
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

EXTRA_NAME_LENGTH = 80
EXTRA_LENGTH = 2_000
EXTRA_FIELDS = 100
PHONES = 10
PHONE_LABEL_LENGTH = 40

ROW_COLUMNS = (
    *("id", "seq", "name_key", "words", "phone", "status", "team_id", "campaign_id", "assigned_to"),
    *("last_called_at", "next_call_at", "updated_at", "phone_valid", "do_not_call"),
)
"""What a client's list searches, filters and sorts by, in their order on the wire. `words`: see search_text.py;
`phone`: in E.164 where it has such a form."""
ROWS_TYPE = "application/vnd.callmanager.rows-1"
"""The media type of a page of the feed whose contacts are rows of ROW_COLUMNS. Other columns are another type."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b\u2028\u2029\ufeff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


def clean_text(text: str, *, lines: bool = False) -> str:
    """NFC without control characters or outer blanks; line ends are kept, as LF, when `lines`."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _SURROGATE.sub("\ufffd", unicodedata.normalize("NFC", text))
    if lines:
        return _CONTROL_BUT_LINES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return _CONTROL.sub(" ", text).strip()


def check_text(name: str, value: str) -> str:
    """`value` cleaned for the field of text `name`. Raises Invalid when it is too long."""
    field = BY_NAME[name]
    text = clean_text(value, lines=field.kind is FieldKind.LINES)
    if len(text) > field.length:
        raise too_long(name, field.length)
    return text


def check_email(value: str, name: str = "email") -> str:
    """An address that could be written to, or empty. Raises Invalid."""
    text = check_text(name, value)
    if text and not _EMAIL.fullmatch(text):
        raise Invalid(
            "email_invalid",
            N_("%(email)s is not an e-mail address. Example: ana@example.com."),
            fields={"field": name},
            email=text[:80],
        )
    return text


def check_zone(value: str | None) -> str | None:
    """The time zone that is meant, as tzdata spells it; None for none. Raises Invalid."""
    text = clean_text(value or "").replace(" ", "_")
    if not text:
        return None
    name = _zones().get(text.casefold())
    if name is None:
        raise Invalid(
            "zone_unknown",
            N_("%(zone)s is no time zone. Write it like America/Costa_Rica or Europe/Madrid."),
            fields={"field": "zone"},
            zone=text[:80],
        )
    return name


@cache
def _zones() -> dict[str, str]:
    """Every zone by its name in small letters."""
    return {name.casefold(): name for name in available_timezones()}


def check_extra(value: Mapping[str, Any]) -> dict[str, str]:
    """Extra fields: an object of strings, each name and value cleaned and bounded. Raises Invalid."""
    if len(value) > EXTRA_FIELDS:
        raise Invalid(
            "extra_too_many",
            N_("A contact has at most %(limit)s extra fields."),
            fields={"field": "extra"},
            limit=EXTRA_FIELDS,
        )
    return {name: text for name, text in (_check_extra_field(*item) for item in value.items()) if text}


def _check_extra_field(name: str, value: str) -> tuple[str, str]:
    clean_name, text = clean_text(name), clean_text(value, lines=True)
    if not clean_name or len(clean_name) > EXTRA_NAME_LENGTH:
        raise too_long("extra", EXTRA_NAME_LENGTH)
    if len(text) > EXTRA_LENGTH:
        raise too_long(f"extra.{clean_name}", EXTRA_LENGTH)
    return clean_name, text


def too_long(field: str, limit: int) -> Invalid:
    """The refusal of a value that is longer than its field."""
    return Invalid(
        "text_too_long",
        N_("%(field)s has more than %(limit)s characters. Shorten it."),
        fields={"field": field, "limit": limit},
        field=field,
        limit=limit,
    )
