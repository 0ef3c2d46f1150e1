"""Makes a row of a list ready: its fields checked as everywhere else, its numbers read. Knows no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callmanager.domain.contact_fields import FIELDS, TEXTS, FieldKind, names_of
from callmanager.domain.contacts import PHONES, check_extra, check_text, check_zone
from callmanager.domain.dispositions import check_status
from callmanager.domain.errors import Invalid
from callmanager.domain.phone_spellings import MIN_DIGITS
from callmanager.domain.search_text import fold
from callmanager.domain.texts import N_
from callmanager.server.imports.cell_phones import Place, read_cell
from callmanager.server.imports.remarks import CANNOT_BE_DIALLED, CELL_BROKEN, STATUS_UNKNOWN, STRAY_CELL
from callmanager.server.lists.broken_cells import is_broken
from callmanager.server.lists.mapping import Draft, apply_mapping
from callmanager.server.lists.rows import Row

UNREAD_ZONE = "zona"
UNREAD = "teléfono"  # the extra field for what is no number; lists are in Spanish
_TEXTS = tuple(field.name for field in FIELDS if field.is_imported and field.kind in TEXTS)
_ZONES = names_of(FieldKind.ZONE)


class Doubt(NamedTuple):
    """Something of a row that was taken and that somebody should look at: its code in remarks.py, the field or column
    it concerns, and what stands there."""

    code: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What a row says of a contact, as it would be stored. `values` and `extra` hold only what is not empty."""

    number: int
    phones: list[dict[str, Any]]
    values: dict[str, Any]
    extra: dict[str, str]
    doubts: tuple[Doubt, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the numbers (by key) whose kind a column tells."""

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
    doubtful: list[CheckedRow] = field(default_factory=list)
    """Those of the good rows that hold doubts."""


@dataclass(frozen=True, slots=True)
class RowRules:
    """How rows are checked. `given` are values that count as if they stood in every row, `statuses` the codes there
    are, `words` what the list calls them (folded); with `is_strict` a row with another word is refused."""

    mapping: Mapping[str, str]
    given: Mapping[str, Any]
    region: str
    statuses: Collection[str]
    words: Mapping[str, str]
    is_strict: bool


def check_rows(rows: Iterable[Row], rules: RowRules) -> Piece:
    """Check each row."""
    piece = Piece()
    for row in rows:
        piece.size += 1
        try:
            checked = check_row(row, rules)
        except Invalid as error:
            piece.refused.append(RefusedRow(row, error))
            continue
        piece.good.append(checked)
        piece.rows[row.number] = row
        if checked.doubts:
            piece.doubtful.append(checked)
    return piece


def check_row(row: Row, rules: RowRules) -> CheckedRow:
    """The row ready to be matched. An e-mail stays as written, even an odd one. Raises Invalid."""
    draft = apply_mapping(row, rules.mapping)
    doubts = [Doubt(CELL_BROKEN, column, text) for column, text in draft.broken]
    phones, labels = _read_phones(draft, rules.region, doubts)
    values: dict[str, Any] = {}
    for name in _TEXTS:
        if name in draft.values and (text := check_text(name, draft.values[name])):
            values[name] = text
    if "status" in draft.values:
        _read_status(draft, rules, values, doubts)
    for name in _ZONES:
        if name in draft.values:
            _read_zone(name, draft, values)
    values.update(rules.given)
    if row.strays:
        doubts += [Doubt(STRAY_CELL, name, text) for name, text in row.extra.items()]
    extra = check_extra(draft.extra) if draft.extra else draft.extra
    return CheckedRow(row.number, phones, values, extra, tuple(doubts), labels)


def _read_status(draft: Draft, rules: RowRules, values: dict[str, Any], doubts: list[Doubt]) -> None:
    """A word that is no status of ours is kept as an extra field under its heading: the contact is as one without."""
    text = draft.values["status"]
    try:
        values["status"] = check_status(rules.words.get(fold(text), text), rules.statuses)
    except Invalid:
        if rules.is_strict:
            raise
        column = next((column for column, target in rules.mapping.items() if target == "status"), "status")
        draft.keep(column, text)
        doubts.append(Doubt(STATUS_UNKNOWN, column, text))


def _read_zone(name: str, draft: Draft, values: dict[str, Any]) -> None:
    """What is no time zone (`Norte`) is kept as an extra field: a heading that says no more means many things."""
    try:
        values[name] = check_zone(draft.values[name])
    except Invalid:
        draft.keep(UNREAD_ZONE, draft.values[name])


def _read_phones(draft: Draft, region: str, doubts: list[Doubt]) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
    """The numbers, and the labels of those whose kind a column tells. What stood where a further number was expected
    ("no tiene") is kept as an extra field.

    Raises Invalid with the first reason when nothing in the row is a number.
    """
    if not draft.phones:
        raise Invalid("phone_missing", N_("There is no phone number in this row."), fields={"field": "phone"})
    read: dict[str, dict[str, Any]] = {}
    labels: dict[str, str] = {}
    problem: Invalid | None = None
    for number, (text, label) in enumerate(draft.phones):
        try:
            cell = read_cell(text, label, _place_of(draft, number, region))
        except Invalid as error:
            problem = problem or error
            _keep_unread(draft, label, text, doubts)
            continue
        for phone in cell.phones:
            kept = read.setdefault(phone["key"], phone)
            if (number, "label") in draft.own:
                _take_label(draft, kept, phone, labels)
            if not phone["valid"]:
                doubts.append(Doubt(CANNOT_BE_DIALLED, "phone", phone["number"]))
        if "\n" in label and label.count("\n") + 1 != len(cell.phones):
            draft.keep(f"{UNREAD} {label.splitlines()[0]}", label)
        if cell.rest:
            _keep_unread(draft, label, cell.rest, doubts)
    if not read and problem is not None:
        raise problem
    check_room(len(read))
    return list(read.values()), labels


def _take_label(draft: Draft, kept: dict[str, Any], phone: dict[str, Any], labels: dict[str, str]) -> None:
    """The same number may stand in the row twice, as two kinds of phone."""
    label = phone["label"]
    if label and labels.setdefault(phone["key"], label) != label:
        draft.keep(f"{UNREAD} {label}", phone["number"])
    else:
        kept["label"] = label or kept["label"]


def _place_of(draft: Draft, number: int, region: str) -> Place:
    """Where the phone of this number in the row is; what stands beside it goes before what stands for the row."""
    if not draft.own:
        return Place(region, draft.country)
    return Place(region, draft.own.get((number, "country"), draft.country), draft.own.get((number, "area"), ""))


def _keep_unread(draft: Draft, label: str, text: str, doubts: list[Doubt]) -> None:
    if is_broken(text):
        doubts.append(Doubt(CELL_BROKEN, f"phone {label}".strip(), text))
    elif any(map(str.isalnum, text)):
        name = f"{UNREAD} {label}".strip()
        draft.keep(name, text)
        if sum(map(str.isdigit, text)) >= MIN_DIGITS:
            doubts.append(Doubt(CANNOT_BE_DIALLED, name, text))


def check_room(phones: int) -> None:
    """Raises Invalid for more numbers than a contact can have."""
    if phones > PHONES:
        raise Invalid(
            "phones_too_many",
            N_("A contact has at most %(limit)s phone numbers."),
            fields={"field": "phones", "limit": PHONES},
            limit=PHONES,
        )
