"""The single numbers that may stand in one cell: `8888-7777 y 2222-3333`, `8811-0027 / 28`. Pure.

What is a number by itself is for `phones`; which lines a prohibition is compared with is said here, for every way to a
contact and to the do-not-call list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from callmanager.domain.countries import parse_phone_of
from callmanager.domain.errors import Invalid
from callmanager.domain.phones import Phone, line_of, parse_phone

SIGNS = re.compile(r"\s*(?:[\n\t|/\\,;&•·]|:::|<br ?/?>|\s[-–—]+\s|\s(?:[ye]/o|y|e|o|ó|u|and|or)\s)\s*", re.IGNORECASE)
"""What may stand between two numbers, or in one."""
_END = re.compile(r"\d{1,4}")
_MOST = 20


def split_cell(text: str) -> list[str]:
    """The parts of a cell that may each be a number."""
    return [part for part in SIGNS.split(text) if part]


def lines_said(text: str, region: str, country: str = "") -> list[str]:
    """The lines that a text of several numbers may mean, without an order; empty when it is one number.

    A short part is the end of another number like the one before it: `8811-0027 / 28` speaks of 8811-0028, too. Too
    many rather than too few: nobody is dialled by this, only asked about.
    """
    parts = split_cell(text)[:_MOST]
    return sorted(set(_lines(parts, region, country))) if len(parts) > 1 else []


def _lines(parts: list[str], region: str, country: str) -> Iterator[str]:
    before: Phone | None = None
    for part in parts:
        phone = _read(part, region, country)
        if phone is None and before is not None and _END.fullmatch(part.strip()):
            phone = _read(_with_end(before, part.strip()), region, country)
        if phone is not None:
            before = phone
            yield line_of(phone.key)


def _with_end(phone: Phone, end: str) -> str:
    """The E.164 form of a valid number, with another end."""
    line = line_of(phone.key)
    return line[: -len(end)] + end


def _read(text: str, region: str, country: str) -> Phone | None:
    """A part that is a valid number by itself."""
    try:
        phone = parse_phone_of(text, country, region) if country else parse_phone(text, region)
    except Invalid:
        return None
    return phone if phone.valid else None
