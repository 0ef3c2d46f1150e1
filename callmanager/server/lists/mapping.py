"""Applies a mapping of columns to fields: from a row of a file to what it says of a contact. Phones stay text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from callmanager.domain.contact_fields import FIELDS, Kind
from callmanager.domain.contacts import (
    EXTRA_FIELDS,
    EXTRA_LENGTH,
    EXTRA_NAME_LENGTH,
    PHONE_LABEL_LENGTH,
)
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.rows import Row

COUNTRY = "country"
"""The target of a column that says of which country a row's numbers are: its name, its ISO code or its prefix."""
SINGLE_TARGETS = frozenset({"phone", COUNTRY, *(field.name for field in FIELDS if field.is_imported)})
TARGETS = SINGLE_TARGETS | {"first_name", "last_name", "skip"}

MAX_LENGTHS = {
    **{field.name: field.length for field in FIELDS if field.length},
    "phone": 64,
    "status": 64,
    "extra": EXTRA_LENGTH,
}
MAX_LABEL = PHONE_LABEL_LENGTH
MAX_EXTRA_NAME = EXTRA_NAME_LENGTH
MAX_EXTRA_FIELDS = EXTRA_FIELDS
MAX_PHONES = 20
_LINES = frozenset({"extra", *(field.name for field in FIELDS if field.kind is Kind.LINES)})
_UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(slots=True)
class Draft:
    """What a row says of a contact. `values` (by field, such as name and note) and `extra` hold only what is not
    empty, so that an empty cell never wipes; `phones` are (text, label) in the order of the columns, `phone` first.
    `country` is what stands beside them."""

    phones: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    country: str = ""


def check_mapping(mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raises Invalid for a column that the file does not have, a target that does not exist, two columns for one
    field, or no column of phones. Targets: those of TARGETS, `phone:LABEL` and `extra:NAME`."""
    for column, target in mapping.items():
        if column not in columns:
            raise Invalid(
                "mapping_unknown_column",
                N_("The file has no column %(column)s."),
                fields={"column": column},
                column=column,
            )
        if not _is_target(target):
            raise Invalid(
                "mapping_unknown_target",
                N_("%(target)s is not a field that a column can be put into."),
                fields={"column": column, "target": target},
                target=target,
            )
    _check_single(mapping.values())
    if not any(target.partition(":")[0] == "phone" for target in mapping.values()):
        raise Invalid("mapping_no_phone", N_("No column holds the phone numbers. Say which one does."))


def _check_single(targets: Iterable[str]) -> None:
    for target, count in Counter(targets).items():
        if count > 1 and (target in SINGLE_TARGETS or target.startswith("extra:")):
            raise Invalid(
                "mapping_repeated_target",
                N_("Two columns go to %(target)s. Choose one of them."),
                fields={"target": target},
                target=target,
            )


def _is_target(target: str) -> bool:
    kind, colon, rest = target.partition(":")
    if not colon:
        return target in TARGETS
    longest = {"phone": MAX_LABEL, "extra": MAX_EXTRA_NAME}.get(kind, 0)
    return 0 < len(rest.strip()) <= len(rest) <= longest


def apply_mapping(row: Row, mapping: Mapping[str, str]) -> Draft:
    """The draft of a contact that `row` holds; columns without a target are left out.

    Raises Invalid with `fields["field"]` for a text that is too long, and the row's own error when it has one.
    """
    if row.error is not None:
        raise row.error
    draft = Draft()
    parts: dict[str, list[str]] = {"first_name": [], "last_name": []}
    for column, target in mapping.items():
        if target == COUNTRY:
            _put_country(draft, column, row.cells.get(column, ""))
        elif target != "skip" and row.cells.get(column):
            _put(draft, parts, target, row.cells[column])
    _put_all(draft, row)
    joined = " ".join(parts["first_name"] + parts["last_name"])
    if joined and "name" not in draft.values:
        draft.values["name"] = _checked(joined, "name")
    return draft


def clean(text: str, *, lines: bool = False) -> str:
    """Composed (NFC), without control characters and surrounding blanks; line ends and tabs are kept with `lines`."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = text.replace("\n", " ").replace("\t", " ")
    kept = (
        c for c in text if c in "\n\t" or c.isprintable() or unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"}
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip(" \t\n\ufeff\u200b\xa0")


def _put(draft: Draft, parts: dict[str, list[str]], target: str, cell: str) -> None:
    kind, _, rest = target.partition(":")
    text = clean(cell, lines=kind in _LINES)
    if not text:
        return
    if kind == "phone":
        _put_phone(draft, text, rest, first=not rest)
    elif kind == "extra":
        _put_extra(draft, rest, text)
    elif kind in parts:
        parts[kind].append(text)
    else:
        draft.values[kind] = _checked(text, kind)


def _put_country(draft: Draft, column: str, cell: str) -> None:
    """It stays an extra field, too: what it says of a number that is unclear is not lost."""
    draft.country = clean(cell)
    if draft.country:
        _put_extra(draft, column[:MAX_EXTRA_NAME].strip(), draft.country)


def _put_all(draft: Draft, row: Row) -> None:
    known = {text for text, _ in draft.phones}
    for text, label in row.phones:
        if (phone := clean(text)) and phone not in known:
            known.add(phone)
            _put_phone(draft, phone, clean(label)[:MAX_LABEL], first=False)
    for name, text in row.extra.items():
        if value := clean(text, lines=True):
            _put_extra(draft, clean(name), value)


def _put_phone(draft: Draft, text: str, label: str, *, first: bool) -> None:
    phone = (_checked(text, "phone"), label)
    draft.phones.insert(0 if first else len(draft.phones), phone)
    if len(draft.phones) > MAX_PHONES:
        raise Invalid("too_many_phones", N_("This row has too many phone numbers."), fields={"field": "phone"})


def _put_extra(draft: Draft, name: str, text: str) -> None:
    if not 0 < len(name) <= MAX_EXTRA_NAME:
        raise _too_long("extra", MAX_EXTRA_NAME)
    draft.extra[name] = _checked(text, "extra")
    if len(draft.extra) > MAX_EXTRA_FIELDS:
        raise Invalid("too_many_extra", N_("This row has too many extra fields."), fields={"field": "extra"})


def _checked(text: str, name: str) -> str:
    if len(text) > MAX_LENGTHS[name]:
        raise _too_long(name, MAX_LENGTHS[name])
    return text


def _too_long(name: str, longest: int) -> Invalid:
    return Invalid(
        "too_long",
        N_("This text is too long: at most %(characters)s characters."),
        fields={"field": name, "max": longest},
        characters=longest,
    )
