"""Numbers of old numbering plans, and what they have become. Only data and how to apply it; validity is for `phones`.

A rule is asked only for what is no valid number today, and its result counts only when it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Change:
    """Of a country code: how numbers were written after it, how at home, and what they are now.

    Patterns match all digits; `new` is a template of the match. An empty pattern matches nothing.
    """

    code: str
    abroad: str
    home: str
    new: str
    source: str


# Looked up in November 2026 in what regulators and newspapers of the country have published.
_MX = (
    "IFT, Plan Técnico Fundamental de Numeración (2018): no 1 after +52, no 01, 044, 045 before ten digits; in force "
    "on 2019-08-03, the old way ended on 2020-08-03"
)
_BR = (
    "Anatel, Resolução 553 of 2010-12-14 (since replaced by Resolução 749/2022): a 9 before the eight digits of "
    "mobiles, area by area until 2016-11-06; fixed lines kept eight"
)
_CO = (
    "CRC, Resolución 5826 of July 2019: 60 before the area code of fixed lines, ten digits from 2021-09-01; the old "
    "way ended some three months later"
)
_CI = (
    "ARTCI, basculement à 10 chiffres, 2021-01-31: 01, 05, 07 before mobiles and 21, 25, 27 before fixed lines, by "
    "operator (Moov, MTN, Orange). Which old numbers were whose is read from their second and third digits, as they "
    "were given out in general; no list of the regulator was at hand, and what the rules do not name stays unclear"
)
_BJ = "ARCEP Bénin, plan national de numérotation à 10 chiffres, 2024-11-30: 01 in front of all eight digits"

_CHANGES = (
    _Change("52", r"1(\d{10})", r"(?:01|044|045)(\d{10})", r"\1", _MX),
    _Change("55", r"(\d\d)([6-9]\d{7})", r"(?:0(?:\d\d)?)?(\d\d)([6-9]\d{7})", r"\g<1>9\2", _BR),
    _Change("57", r"([124-8]\d{7})", r"(?:03?)?([124-8]\d{7})", r"60\1", _CO),
    *(
        _Change("225", pattern, pattern, new, _CI)
        for pattern, new in (
            (r"([04-8][0-3]\d{6})", r"01\1"),
            (r"([04-8][4-6]\d{6})", r"05\1"),
            (r"([04-8][7-9]\d{6})", r"07\1"),
            (r"(2\d8\d{5})", r"21\1"),
            (r"([23]\d0\d{5})", r"25\1"),
            (r"((?:2\d[1-79]|3\d[1-9])\d{5})", r"27\1"),
        )
    ),
    _Change("229", r"(\d{8})", r"(\d{8})", r"01\1", _BJ),
)


def renumbered(text: str, home_code: str) -> Iterator[str]:
    """What an old number may be today, in the form +..., given as +... or as it is dialled in the country of
    `home_code`. There the own code may stand in front without its +."""
    for change in _CHANGES:
        if text.startswith(f"+{change.code}"):
            yield from _applied(change, change.abroad, text[1 + len(change.code) :])
        elif change.code == home_code and not text.startswith("+"):
            yield from _applied(change, change.home, text)
            if text.startswith(change.code):
                yield from _applied(change, change.abroad, text[len(change.code) :])


def _applied(change: _Change, pattern: str, digits: str) -> Iterator[str]:
    match = re.fullmatch(pattern, digits)
    if match is not None:
        yield f"+{change.code}{match.expand(change.new)}"
