"""Makes lines of the rows of a register's file, in whatever shape lists of contacts may have. Knows no database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from callmanager.domain.contacts import check_text
from callmanager.domain.errors import Invalid
from callmanager.domain.phones import line_of
from callmanager.domain.prohibitions import check_day, check_days
from callmanager.domain.texts import N_
from callmanager.server.imports.cell_phones import Place, read_cell
from callmanager.server.lists.heading_words import plain
from callmanager.server.lists.mapping import Draft, apply_mapping
from callmanager.server.lists.rows import Row
from callmanager.server.registers.reports import Report

_HEADINGS = {
    "reference": "referencia, reference, expediente, folio, numero de registro, id de registro, radicado",
    "listed_on": "listed on, fecha de inscripcion, fecha inscripcion, fecha de alta, fecha alta, inscrito el, desde, "
    "registration date, registered on, date added, fecha de registro, fecha registro",
    "expires_on": "expires on, expires, vence, vence el, vencimiento, fecha de vencimiento, vigente hasta, hasta, "
    "valido hasta, expiry, expiry date, expiration date, fecha de baja, caduca, caducidad",
}
_FIELD_OF = {heading: name for name, text in _HEADINGS.items() for heading in text.split(", ")}
_DAY_FIRST = re.compile(r"(\d\d?)[/.-](\d\d?)[/.-](\d{4})(?:[ T].*)?")
_MONTH_FIRST = frozenset({"US", "PH", "PR"})
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T].*)?")


class Line(NamedTuple):
    """A line as its register says it. The days are written as 2026-11-22; the last one still counts."""

    key: str
    reference: str = ""
    listed_on: str | None = None
    expires_on: str | None = None


@dataclass(frozen=True, slots=True)
class LineRules:
    """How rows are read: `mapping` as for contacts, `region` where numbers without a country are, and what is said of
    all lines that say nothing of it themselves."""

    mapping: Mapping[str, str]
    region: str
    said: Line

    @classmethod
    def of(
        cls,
        mapping: Mapping[str, str],
        region: str,
        *,
        reference: str = "",
        listed_on: str | None = None,
        expires_on: str | None = None,
    ) -> LineRules:
        """Raises Invalid for a day that is none."""
        first, last = check_days(listed_on, expires_on)
        return cls(mapping, region, Line("", check_text("note", reference), first, last))


def read_lines(rows: Iterable[Row], rules: LineRules, report: Report) -> Iterator[Line]:
    """The lines of the file; what cannot be read is counted and told in the report."""
    for row in rows:
        report.rows += 1
        try:
            draft = apply_mapping(row, rules.mapping)
            yield from list(_lines(draft, rules, report))
        except Invalid as error:
            report.refuse(row.number, error)


def _lines(draft: Draft, rules: LineRules, report: Report) -> Iterator[Line]:
    if not draft.phones:
        raise Invalid("phone_missing", N_("There is no phone number in this row."), fields={"field": "phone"})
    said = _said(draft, rules, report)
    place = Place(rules.region, draft.country)
    for text, label in draft.phones:
        for phone in read_cell(text, label, place).phones:
            lines = phone.get("lines") or [line_of(phone["key"])]
            report.unclear += not phone["valid"]
            for line in lines:
                yield said._replace(key=line)


def _said(draft: Draft, rules: LineRules, report: Report) -> Line:
    """What the row says of its lines, over what is said of all. A day that cannot be read frees nobody."""
    said = rules.said
    found = {_FIELD_OF[name]: text for heading, text in draft.extra.items() if (name := plain(heading)) in _FIELD_OF}
    if not found:
        return said
    merged = said._replace(reference=found.get("reference", said.reference)[:200])
    try:
        days = {name: _day(name, found[name], rules.region) for name in ("listed_on", "expires_on") if name in found}
        first, last = check_days(days.get("listed_on", said.listed_on), days.get("expires_on", said.expires_on))
    except Invalid:
        report.days_unread += 1
        return merged._replace(listed_on=None, expires_on=None)
    return merged._replace(listed_on=first, expires_on=last)


def _day(name: str, text: str, region: str) -> str | None:
    """A day as people or programs write it: 2026-11-22, with or without a time; 22/11/2026, in the USA 11/22/2026."""
    if iso := _ISO.fullmatch(text.strip()):
        return check_day(name, iso[1])
    if found := _DAY_FIRST.fullmatch(text.strip()):
        first, second, year = map(int, found.groups())
        day, month = (second, first) if region in _MONTH_FIRST else (first, second)
        with suppress(ValueError):
            return date(year, month, day).isoformat()
    return check_day(name, text)
