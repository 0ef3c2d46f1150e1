"""Reads the phones of one cell, which may hold several. Keeps every digit: what is in doubt stays as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from callmanager.domain.errors import Invalid
from callmanager.domain.phone_cells import split_cell
from callmanager.server.actions.contact_fields import check_phones
from callmanager.server.lists.broken_cells import broken_phone, is_broken

_MAY_BE_SEVERAL = re.compile(r"[\n\t|/\\,;:&•·<]| (?:y|e|o|ó|u|and|or|[ye]/o) ", re.IGNORECASE)
_LINES = re.compile(r"\s*(?:[\n\t|]|:::|<br ?/?>)\s*", re.IGNORECASE)
"""What certainly stands between two entries."""
_SHORTEST_TWO = 14
"""Fewer characters are one number, if no sign stands among them."""
_MOST_WORDS = 12

Phone = dict[str, Any]


class Place(NamedTuple):
    """Of which country and area a number is that does not say so: what stands beside it in the row, or else the
    region."""

    region: str
    country: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class CellPhones:
    """The numbers of a cell as they are stored, and the whole cell as `rest` where more stands in it."""

    phones: list[Phone]
    rest: str = ""


def read_cell(text: str, label: str, place: Place) -> CellPhones:
    """The cell as several numbers when each part of it is one by itself, or else as one. Raises Invalid."""
    if is_broken(text):
        raise broken_phone(text)
    labels = _LINES.split(label) if "\n" in label else [label]
    if len(text) < _SHORTEST_TWO and not _MAY_BE_SEVERAL.search(text):
        return CellPhones([_phone(text, labels[0], place)])
    by_lines = _all_valid(_LINES.split(text), labels, place)
    if by_lines:
        return CellPhones(by_lines)
    return _read_doubtful(text, _first_label(labels), place)


def _read_doubtful(text: str, label: str, place: Place) -> CellPhones:
    whole, problem = _try(text, label, place)
    if whole is not None and whole["valid"]:
        return CellPhones([whole])
    parts = split_cell(text)
    if several := _all_of(parts, label, place) or _all_of(text.split("-"), label, place):
        return CellPhones(several)
    if whole is not None:
        return CellPhones([whole])
    good = [phone for part in parts if (phone := _try(part, label, place)[0]) and phone["valid"]]
    if not good:
        assert problem is not None
        raise problem
    return CellPhones(good, rest=text if _says_more(parts, len(good)) else "")


def _all_of(parts: list[str], label: str, place: Place) -> list[Phone]:
    """The numbers when there are several and nothing else; between those of one part stand only blanks."""
    found: list[Phone] = []
    for part in parts:
        if any(map(str.isalnum, part)):
            phones = _all_valid([part], [label], place) or _between_blanks(part.split(), label, place)
            if not phones:
                return []
            found += phones
    return found if len(found) > 1 else []


def _between_blanks(words: list[str], label: str, place: Place) -> list[Phone]:
    """The only way to read all words as numbers, each of one word or more; nothing when there are two ways."""
    if not 1 < len(words) <= _MOST_WORDS:
        return []
    ways: list[list[list[Phone]]] = [[[]]]
    for end in range(1, len(words) + 1):
        ways.append(
            [
                [*before, phone]
                for start in range(end)
                if ways[start] and (phone := _valid(" ".join(words[start:end]), label, place))
                for before in ways[start]
            ][:_MOST_WORDS]
        )
    found = {tuple(phone["key"] for phone in way): way for way in ways[-1]}
    return next(iter(found.values())) if len(found) == 1 else []


def _valid(text: str, label: str, place: Place) -> Phone | None:
    phone = _try(text, label, place)[0]
    return phone if phone and phone["valid"] else None


def _all_valid(parts: list[str], labels: list[str], place: Place) -> list[Phone]:
    """The parts as phones, or nothing when one of them is none. A label for each part is its own."""
    filled = [part for part in parts if any(map(str.isalnum, part))]
    own = labels if len(labels) == len(filled) else [_first_label(labels)] * len(filled)
    found = [_try(part, name, place)[0] for part, name in zip(filled, own, strict=True)]
    return [phone for phone in found if phone] if all(phone and phone["valid"] for phone in found) else []


def _says_more(parts: list[str], good: int) -> bool:
    return sum(any(map(str.isalnum, part)) for part in parts) > good


def _first_label(labels: list[str]) -> str:
    return labels[0].strip()


def _try(text: str, label: str, place: Place) -> tuple[Phone | None, Invalid | None]:
    try:
        return _phone(text, label, place), None
    except Invalid as error:
        return None, error


def _phone(text: str, label: str, place: Place) -> Phone:
    given = {"number": text, "label": label}
    if place.country or place.area:
        given |= {"country": place.country, "area": place.area}
    return check_phones([given], place.region)[0]
