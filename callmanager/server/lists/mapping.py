"""Applies a mapping of columns to fields: from a row of a file to what it says of a contact. Phones stay text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from callmanager.domain.contact_fields import FIELDS, FieldKind
from callmanager.domain.contacts import (
    EXTRA_FIELDS,
    EXTRA_LENGTH,
    EXTRA_NAME_LENGTH,
    PHONE_LABEL_LENGTH,
)
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.beside_phones import AREA, BESIDE, COUNTRY, EXTENSION
from callmanager.server.lists.broken_cells import is_broken
from callmanager.server.lists.rows import Row

SINGLE_TARGETS = frozenset({"phone", *BESIDE, *(field.name for field in FIELDS if field.is_imported)})
TARGETS = SINGLE_TARGETS | {"first_name", "last_name", "skip"}
_WITH_A_NAME = {"phone": PHONE_LABEL_LENGTH, "extra": EXTRA_NAME_LENGTH, **dict.fromkeys(BESIDE, PHONE_LABEL_LENGTH)}

MAX_LENGTHS = {
    **{field.name: field.length for field in FIELDS if field.length},
    "phone": 400,  # several numbers may stand in a cell
    "status": EXTRA_LENGTH,  # a word that is none is kept as an extra field
    "zone": EXTRA_LENGTH,  # so is what is no time zone
    "extra": EXTRA_LENGTH,
}
MAX_LABEL = PHONE_LABEL_LENGTH
MAX_EXTRA_NAME = EXTRA_NAME_LENGTH
MAX_EXTRA_FIELDS = EXTRA_FIELDS
MAX_PHONES = 20
NAME_IN_PARTS = "nombre"  # the extra field for parts that a whole name does not hold; lists are in Spanish
_LINES = frozenset(
    {"extra", "phone", "phone_label", *(field.name for field in FIELDS if field.kind is FieldKind.LINES)}
)
_ONE_NUMBER = re.compile(r"[+(]?\d[\d ().\-]*")
_BLANKS = " \t\n\ufeff\u200b\xa0"
_LABELS = re.compile(r"\s*(?:\n|:::)\s*")


@dataclass(slots=True)
class Draft:
    """What a row says of a contact. `values` (by field, such as name and note) and `extra` hold only what is not
    empty, so that an empty cell never wipes; `phones` are (text, label) in the order of the columns, `phone` first.
    `country` is what stands beside them, `own` what stands beside one of them (by its place and what it is: country,
    area, label). `broken` are the cells (column and text) whose formula failed: they say nothing."""

    phones: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    country: str = ""
    own: dict[tuple[int, str], str] = field(default_factory=dict)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, name: str, text: str) -> None:
        """Keep as an extra field what has no other place, beside one of that name if there is one already."""
        free = name[:MAX_EXTRA_NAME].strip()
        copy = 2
        while self.extra.get(free, text) != text:
            free = f"{name[: MAX_EXTRA_NAME - 6].strip()} ({copy})"
            copy += 1
        _put_extra(self, free, text)


def check_mapping(mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raises Invalid for a column that the file does not have, a target that does not exist, two columns for one
    field, or no column of phones. Targets: those of TARGETS, `phone:LABEL`, `extension:LABEL` and the others of
    BESIDE, and `extra:NAME`."""
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
        if count > 1 and (target in SINGLE_TARGETS or target.partition(":")[0] in ("extra", *BESIDE)):
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
    longest = _WITH_A_NAME.get(kind, 0)
    return 0 < len(rest.strip()) <= len(rest) <= longest


def apply_mapping(row: Row, mapping: Mapping[str, str]) -> Draft:
    """The draft of a contact that `row` holds; columns without a target are left out.

    Raises Invalid with `fields["field"]` for a text that is too long, and the row's own error when it has one.
    """
    if row.error is not None:
        raise row.error
    draft, rest = Draft(), _Rest()
    for column, target in mapping.items():
        if target == COUNTRY:
            _put_country(draft, column, row.cells.get(column, ""))
        elif target != "skip" and row.cells.get(column):
            _put(draft, rest, column, target, row.cells[column])
    _put_all(draft, row)
    if rest.first or rest.last:
        _put_name(draft, rest)
    for (kind, label), (column, text) in sorted(rest.beside.items()):
        _put_beside(draft, kind, label, column, text)
    return draft


@dataclass(slots=True)
class _Rest:
    """What cannot be put before the whole row is seen: parts of a name, and what stands beside a phone (by target and
    label of the phone, with its column)."""

    first: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    beside: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


def clean(text: str, *, lines: bool = False) -> str:
    """Composed (NFC), without control characters and surrounding blanks; line ends and tabs are kept with `lines`."""
    if text.isprintable():
        return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip(_BLANKS)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = text.replace("\n", " ").replace("\t", " ")
    kept = (
        c for c in text if c in "\n\t" or c.isprintable() or unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"}
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip(_BLANKS)


def _put(draft: Draft, rest: _Rest, column: str, target: str, cell: str) -> None:
    kind, _, label = target.partition(":")
    text = clean(cell, lines=kind in _LINES)
    if not text:
        return
    if text[0] in "#=" and kind != "phone" and is_broken(text):
        draft.broken.append((column, text))
    elif kind == "phone":
        _put_phone(draft, text, label, first=not label)
    elif kind == "extra":
        _put_extra(draft, label, text)
    elif kind == "first_name":
        rest.first.append(text)
    elif kind == "last_name":
        rest.last.append(text)
    elif kind in BESIDE:
        rest.beside[kind, label] = (column, text)
    else:
        draft.values[kind] = _checked(text, kind)


def _put_country(draft: Draft, column: str, cell: str) -> None:
    """It stays an extra field, too: what it says of a number that is unclear is not lost."""
    draft.country = clean(cell)
    if draft.country:
        draft.keep(column, draft.country)


def _put_name(draft: Draft, rest: _Rest) -> None:
    """The parts are the name, unless there is a whole one: of that they may say more."""
    joined = " ".join(rest.first + rest.last)
    whole = draft.values.setdefault("name", _checked(joined, "name"))
    if not set(joined.casefold().split()) <= set(whole.casefold().split()):
        draft.keep(NAME_IN_PARTS, joined)


def _shown_label(text: str) -> str:
    """Google marks the first of several with a star. Of a cell with several phones each line has one of its own."""
    return "\n".join(part.removeprefix("*").strip()[:MAX_LABEL] for part in _LABELS.split(text))


def _put_beside(draft: Draft, kind: str, label: str, column: str, text: str) -> None:
    """Let a column say more of its phone; what it cannot say of it is kept as an extra field. So is its country or
    area: what either says of a number that is unclear is not lost."""
    place = next((place for place, phone in enumerate(draft.phones) if phone[1] == label), None)
    if place is None:
        draft.keep(column, text)
    elif kind == "phone_label":
        draft.own[place, "label"] = _shown_label(text)
        if any(len(part) > MAX_LABEL for part in _LABELS.split(text)):
            draft.keep(column, text)
        draft.phones[place] = (draft.phones[place][0], draft.own[place, "label"] or label)
    elif kind == "extension" and (found := EXTENSION.fullmatch(text)) and _ONE_NUMBER.fullmatch(draft.phones[place][0]):
        draft.phones[place] = (f"{draft.phones[place][0]} ext. {found[1]}", label)
    else:
        draft.keep(column, text)
        if kind == COUNTRY or (kind == "area" and AREA.fullmatch(text)):
            draft.own[place, kind] = text


def _put_all(draft: Draft, row: Row) -> None:
    known = {text for text, _ in draft.phones}
    for text, label in row.phones:
        if (phone := clean(text)) and phone not in known:
            known.add(phone)
            _put_phone(draft, phone, clean(label)[:MAX_LABEL], first=False)
    for name, text in row.extra.items():
        value = clean(text, lines=True)
        if is_broken(value):
            draft.broken.append((name, value))
        elif value and clean(name) in draft.extra:
            draft.keep(clean(name), value)
        elif value:
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
