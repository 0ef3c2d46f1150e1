"""Makes a row of a list ready: its fields checked as everywhere else, its numbers read. Knows no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from callmanager.domain.contact_fields import FIELDS, TEXTS, Kind, names_of
from callmanager.domain.contacts import PHONES, check_extra, check_text, check_zone
from callmanager.domain.dispositions import STATUSES, check_status
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.actions.contact_fields import check_phones
from callmanager.server.lists.mapping import Draft, apply_mapping
from callmanager.server.lists.rows import Row

UNREAD_ZONE = "zona"
UNREAD = "teléfono"  # the extra field for what is no number; lists are in Spanish
_TEXTS = tuple(field.name for field in FIELDS if field.is_imported and field.kind in TEXTS)
_ZONES = names_of(Kind.ZONE)


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What a row says of a contact, as it would be stored. `values` and `extra` hold only what is not empty."""

    number: int
    phones: list[dict[str, Any]]
    values: dict[str, Any]
    extra: dict[str, str]

    @property
    def keys(self) -> list[str]:
        return [phone["key"] for phone in self.phones]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be taken as it stands, and why."""

    row: Row
    error: Invalid


@dataclass(slots=True)
class Piece:
    """Some rows of the list, checked: those that may be taken and those that may not."""

    size: int = 0
    good: list[CheckedRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    rows: dict[int, Row] = field(default_factory=dict)


def check_rows(
    rows: Iterable[Row],
    mapping: Mapping[str, str],
    given: Mapping[str, Any],
    region: str,
    statuses: Collection[str] = STATUSES,
) -> Piece:
    """Check each row; `given` are values that count as if they stood in every row, `statuses` the codes there are."""
    piece = Piece()
    for row in rows:
        piece.size += 1
        try:
            piece.good.append(check_row(row, mapping, given, region, statuses))
            piece.rows[row.number] = row
        except Invalid as error:
            piece.refused.append(RefusedRow(row, error))
    return piece


def check_row(
    row: Row,
    mapping: Mapping[str, str],
    given: Mapping[str, Any],
    region: str,
    statuses: Collection[str] = STATUSES,
) -> CheckedRow:
    """The row ready to be matched. An e-mail stays as written, even an odd one. Raises Invalid."""
    draft = apply_mapping(row, mapping)
    phones, unread = _read_phones(draft, region)
    values: dict[str, Any] = {}
    for name in _TEXTS:
        if name in draft.values and (text := check_text(name, draft.values[name])):
            values[name] = text
    if "status" in draft.values:
        values["status"] = check_status(draft.values["status"], statuses)
    for name in _ZONES:
        if name in draft.values:
            _read_zone(name, draft.values[name], values, unread)
    values.update(given)
    extra = {**unread, **draft.extra}
    return CheckedRow(row.number, phones, values, check_extra(extra) if extra else extra)


def _read_zone(name: str, text: str, values: dict[str, Any], unread: dict[str, str]) -> None:
    """What is no time zone (`Norte`) is kept as an extra field: a heading that says no more means many things."""
    try:
        values[name] = check_zone(text)
    except Invalid:
        unread[UNREAD_ZONE] = text


def _read_phones(draft: Draft, region: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The numbers, and what stood where a further number was expected ("no tiene"): that is kept as an extra field.

    Raises Invalid with the first reason when nothing in the row is a number.
    """
    if not draft.phones:
        raise Invalid("phone_missing", N_("There is no phone number in this row."), fields={"field": "phone"})
    read: dict[str, dict[str, Any]] = {}
    unread: dict[str, str] = {}
    problem: Invalid | None = None
    for text, label in draft.phones:
        try:
            phone = check_phones([{"number": text, "label": label, "country": draft.country}], region)[0]
            read.setdefault(phone["key"], phone)
        except Invalid as error:
            problem = problem or error
            if any(map(str.isalnum, text)):
                unread[f"{UNREAD} {label}".strip()] = text
    if not read and problem is not None:
        raise problem
    check_room(len(read))
    return list(read.values()), unread


def check_room(phones: int) -> None:
    """Raises Invalid for more numbers than a contact can have."""
    if phones > PHONES:
        raise Invalid(
            "phones_too_many",
            N_("A contact has at most %(limit)s phone numbers."),
            fields={"field": "phones", "limit": PHONES},
            limit=PHONES,
        )
