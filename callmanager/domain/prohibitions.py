"""The two prohibitions of a call: a LINE is barred for everybody, a PERSON on all phones of that contact. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.domain.phones import line_of
from callmanager.domain.texts import N_

_LAST_PLACE = timedelta(hours=12)


class Kind(StrEnum):
    """What an entry of the do-not-call list bars."""

    LINE = "line"
    """That line in every spelling and with every extension, for everybody. Another phone of the contact is free."""
    PERSON = "person"
    """All phones of one contact; others who share a line with it are free."""


def last_day_over(now: datetime) -> str:
    """The earliest day on which an entry may expire and still be in force: a day ends with its last place on earth."""
    return (now - _LAST_PLACE).date().isoformat()


def lines_of(phones: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The lines that these phones ring on; of a cell that may hold several numbers, those of each of them."""
    return frozenset(line for phone in phones for line in (line_of(phone["key"]), *phone.get("lines", ())))


def is_listed(phone: Mapping[str, Any], barred: Collection[str]) -> bool:
    """Whether a phone rings, or may ring, on a barred line."""
    return not lines_of([phone]).isdisjoint(barred)


def is_marked(phones: Collection[Mapping[str, Any]], barred: Collection[str], *, is_person: bool) -> bool:
    """Whether a contact is not to be called at all: it is barred itself, or no line that could be dialled is left."""
    if is_person or not barred:
        return is_person
    found = [phone for phone in phones if is_listed(phone, barred)]
    left = [phone for phone in phones if phone not in found and phone.get("valid", True)]
    return bool(found) and not left


def check_day(name: str, text: str | None) -> str | None:
    """A day as it is stored, 2026-11-22; None for none. Raises Invalid."""
    plain = (text or "").strip()
    if not plain:
        return None
    try:
        return date.fromisoformat(plain).isoformat()
    except ValueError:
        raise Invalid("day_invalid", N_("Write the day as 2026-11-22."), fields={"field": name}) from None


def check_days(listed_on: str | None, expires_on: str | None) -> tuple[str | None, str | None]:
    """The first and the last day as they are stored. Raises Invalid."""
    first, last = check_day("listed_on", listed_on), check_day("expires_on", expires_on)
    if first is not None and last is not None and last < first:
        raise Invalid(
            "expiry_before_listing",
            N_("It would end before it begins. Choose a later day for expires_on."),
            fields={"field": "expires_on"},
        )
    return first, last
