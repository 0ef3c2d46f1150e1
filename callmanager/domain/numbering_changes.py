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


_MX = "IFT, Plan Técnico Fundamental de Numeración: no 1 after +52, no 01, 044, 045 before ten digits, since 2019-08-03"
_BR = "Anatel, Resolução 553/2010: a 9 before the eight digits of mobiles, in all areas since 2016-11-06"
_CO = "CRC, Resolución 5826 de 2019: 60 before the area code of fixed lines, ten digits since 2021-09-01"
_CI = "ARTCI, basculement à 10 chiffres, 2021-01-31: two digits of the operator in front of the eight"
_BJ = "ARCEP Bénin, plan national de numérotation à 10 chiffres, 2024-11-30: 01 in front of the eight"

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
