"""Knows the headings people write over their columns, in Spanish and English, and guesses which field each one is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from callmanager.domain.contact_fields import FIELDS, FieldKind, names_of
from callmanager.domain.contacts import EXTRA_NAME_LENGTH, check_zone
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.i18n import LANGUAGES, sentence
from callmanager.server.lists.beside_phones import find_beside, is_beside_heading, is_country_heading
from callmanager.server.lists.heading_words import (
    UNCERTAIN,
    is_phone_heading,
    may_head_phones,
    phone_label,
    plain,
    plainest,
    words_of,
)
from callmanager.server.lists.mapping import MAX_LENGTHS

OWN_LABELS = {
    **{field.name: field.label for field in FIELDS if field.is_exported and not field.is_imported},
    "created_at": N_("Created"),
    "updated_at": N_("Updated"),
    "id": N_("Id"),
}
"""What an export tells of the server's own work, by field, in its order."""


def own_heading(label: str, language: str) -> str:
    """How an export heads a column of the server's own work: an import passes over whatever ends like this."""
    return f"{sentence(label, language)} (CM)"


_PARTS_OF_A_NAME = {
    "first_name": "nombre s, primer nombre, segundo nombre, nombre de pila, first name, firstname, given name, "
    "forename, middle name, middle initial",
    "last_name": "apellido, apellidos, apellido s, primer apellido, segundo apellido, apellido 1, apellido 2, "
    "apellido paterno, apellido materno, last name, lastname, last names, surname, family name",
}


def _field_headings() -> dict[str, str]:
    """The field that each heading means. An export's own headings are the labels, in every language."""
    written = {**{field.name: field.headings for field in FIELDS if field.is_imported}, **_PARTS_OF_A_NAME}
    known = {heading: name for name, text in written.items() for heading in text.split(", ")}
    labels = {
        plain(text): field.name
        for field in FIELDS
        if field.is_imported
        for text in (sentence(field.label, language) for language in LANGUAGES)
    }
    return {**labels, **known}


_FIELD_OF = _field_headings()

_KEPT_BY_THE_SERVER = (
    *("id", "version", "seq", "created_at", "updated_at", "archived_at"),
    *(field.name for field in FIELDS if not field.is_imported and field.name != "phone"),
)

# Columns that this program wrote itself, known by all the headings on the left: others have an `id` or `motivo` too.
_OWN_COLUMNS: dict[frozenset[str], frozenset[str]] = {
    frozenset({"fila", "motivo"}): frozenset({"fila", "motivo"}),
    frozenset({"id", "version", "seq"}): frozenset(map(plain, (*_KEPT_BY_THE_SERVER, "lock"))),
}
# What an export tells of the server's own work; each is passed over wherever it stands.
_EXPORTED = {plain(own_heading(label, language)) for label in OWN_LABELS.values() for language in LANGUAGES}
_OWN_COLUMNS |= {frozenset({heading}): frozenset({heading}) for heading in _EXPORTED}
_ZONES = names_of(FieldKind.ZONE)
_EXTRA_MARK = "extra:"


_EMAIL_WORDS = frozenset({"mail", "email", "correo"})
_NOT_ADDRESSES = frozenset({"label", "type", "etiqueta", "tipo", "name", "nombre", "fecha", "date"})
_LATER_NAMES = frozenset({"segundo nombre", "middle name", "middle initial"})
_JOINED = frozenset({"first_name", "last_name"})

_PHONE_SHAPE = re.compile(r"[\s'\u2019+(\d][\d\s\xa0().+/\-]*")
_BETWEEN_PHONES = re.compile(r"[/\\,;|&\n•·]|:::|<br ?/?>|\s{2,}|\s(?:[-–—]+|y|e|o|ó|u|and|or|[ye]/o)\s", re.IGNORECASE)
_EXCEL_DAMAGE = re.compile(r"\d[.,]\d+[eE]\+?\d+|\d{7,15}[.,]0+")
_DATE_SHAPE = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?.*|\d\d?[-/.]\d\d?[-/.]\d{4}.*", re.DOTALL)
_EMAIL_SHAPE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def is_known(heading: str) -> bool:
    """Whether the heading is one that people write over a column of contacts."""
    name = plain(heading)
    return name in _FIELD_OF or name in UNCERTAIN or is_phone_heading(heading) or is_country_heading(heading)


def looks_like_phone(text: str) -> bool:
    """Whether the text may be meant as a phone number (7 to 15 digits, or what Excel makes of them)."""
    bare = text.strip()
    if len(bare) > 40 or _DATE_SHAPE.fullmatch(bare):
        return False
    if _EXCEL_DAMAGE.fullmatch(bare):
        return True
    return bool(_PHONE_SHAPE.fullmatch(bare)) and 7 <= sum(map(str.isdigit, bare)) <= 15


def holds_phones(text: str) -> bool:
    """Whether one phone may stand in the cell, or several. A sentence that speaks of one is none."""
    if looks_like_phone(text):
        return True
    bare = text[: MAX_LENGTHS["phone"]].strip()
    if not (bare[:1].isdigit() or bare.startswith(("+", "("))):
        return False
    return any(map(looks_like_phone, _BETWEEN_PHONES.split(bare))) or all(map(looks_like_phone, bare.split()))


def guess_mapping(columns: Sequence[str], sample_rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """A target for every column (see `mapping.check_mapping`), by its heading and, where that leaves doubt, its values.

    Of two columns for one field the first has it and the second becomes an extra field; names in parts are joined.
    """
    samples = _samples(columns, sample_rows)
    own = _own_columns(columns)
    phones = _phone_columns([column for column in columns if column not in own], samples)
    beside = find_beside(phones, {column: samples[column] for column in columns if column not in own})
    targets: dict[str, str] = {}
    for column in sorted(columns, key=str.isdigit):  # what a column without a heading is goes by what is left
        if column in own:
            targets[column] = "skip"
        elif column in phones or column in beside:
            targets[column] = phones.get(column) or beside[column]
        else:
            targets[column] = _field_target(column, samples[column], set(targets.values()))
    return _with_name_in_parts({column: targets[column] for column in columns})


def _own_columns(columns: Sequence[str]) -> set[str]:
    headings = {column: plain(column) for column in columns}
    found = [own for marks, own in _OWN_COLUMNS.items() if marks <= set(headings.values())]
    return {column for column, heading in headings.items() if any(heading in own for own in found)}


def _samples(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    samples: dict[str, list[str]] = {column: [] for column in columns}
    for row in rows:
        for column, text in row.items():
            if column in samples and text.strip():
                samples[column].append(text.strip())
    return samples


def _phone_columns(columns: Sequence[str], samples: Mapping[str, list[str]]) -> dict[str, str]:
    certain = [column for column in columns if is_phone_heading(column)]
    doubtful = [column for column in columns if column not in certain and may_head_phones(column)]
    doubtful = [column for column in doubtful if not is_beside_heading(column)]
    holding = [column for column in doubtful if _mostly_phones(samples[column])]
    found = [column for column in columns if column in certain or column in holding]
    if not found:
        found = [column for column in doubtful if plain(column) in UNCERTAIN and not samples[column]][:1]
    if not found:
        unknown = (c for c in columns if plain(c) not in _FIELD_OF and _mostly_phones(samples[c]))
        found = list(unknown)[:1]
    first = next(iter(plainest(certain) or found), None)
    return {column: "phone" if column == first else f"phone:{phone_label(column)}" for column in found}


def _mostly_phones(values: Sequence[str]) -> bool:
    return bool(values) and sum(map(holds_phones, values)) * 2 > len(values)


def _field_target(column: str, values: Sequence[str], taken: set[str]) -> str:
    if column.startswith(_EXTRA_MARK) and len(column) > len(_EXTRA_MARK) and column not in taken:
        return column[: len(_EXTRA_MARK) + EXTRA_NAME_LENGTH]
    target = _FIELD_OF.get(plain(column)) or _email_target(column, values) or _by_values(column, values, taken)
    if target in _ZONES and values and sum(map(_is_zone, values)) * 2 <= len(values):
        target = None  # `Zona` with Norte and Sur
    if target and (target == "skip" or target in _JOINED or target not in taken):
        return target
    return _extra_target(column, taken)


def _email_target(column: str, values: Sequence[str]) -> str | None:
    """`E-mail 1 - Value` and other columns whose heading speaks of e-mail and that hold addresses."""
    words = set(words_of(column))
    is_about_email = bool(words & _EMAIL_WORDS) and not words & _NOT_ADDRESSES
    return "email" if is_about_email and (not values or _mostly_emails(values)) else None


def _mostly_emails(values: Sequence[str]) -> bool:
    return sum(bool(_EMAIL_SHAPE.fullmatch(value)) for value in values) * 2 > len(values)


def _is_zone(text: str) -> bool:
    try:
        return check_zone(text) is not None
    except Invalid:
        return False


def _extra_target(column: str, taken: set[str]) -> str:
    name = column[:64].strip()
    copy = 2
    while f"extra:{name}" in taken:
        name = f"{column[:58].strip()} ({copy})"
        copy += 1
    return f"extra:{name}"


def _by_values(column: str, values: Sequence[str], taken: set[str]) -> str | None:
    """What a column without a heading (named by its position) holds."""
    if not column.isdigit():
        return None
    if not values:
        return "skip"
    if _mostly_emails(values):
        return "email"
    if "name" not in taken and sum(any(map(str.isalpha, value)) for value in values) * 2 > len(values):
        return "name"
    return None


def _with_name_in_parts(targets: dict[str, str]) -> dict[str, str]:
    """`Nombre` beside `Apellidos` is the first name only."""
    first = {plain(column) for column, target in targets.items() if target == "first_name"}
    if "last_name" not in targets.values() or first - _LATER_NAMES:
        return targets
    return {column: _first_name_if_short(column, target) for column, target in targets.items()}


def _first_name_if_short(column: str, target: str) -> str:
    return "first_name" if target == "name" and plain(column) in {"nombre", "nombres", "name"} else target
