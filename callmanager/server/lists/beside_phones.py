"""Finds the columns that say something of a phone that stands in another one: its country or area, its extension, what
kind of phone it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice, product

from callmanager.domain.countries import find_region, parses_abroad
from callmanager.server.lists.heading_words import CERTAIN, MOBILE_WORDS, PHONE_WORDS, PLACE_WORDS, words_of

COUNTRY = "country"
"""The target of a column that says of which country a row's numbers are: its name, its ISO code or its prefix."""
BESIDE = ("area", COUNTRY, "extension", "phone_label")
"""What a column can say of one phone: `extension` of `phone`, `extension:LABEL` of `phone:LABEL`. A `country` without
a label is that of every number of the row that has none of its own."""
EXTENSION = re.compile(
    r"(?:(?:ext(?:ensi[oó]n)?|extn|anexo|interno|int|ramal|x|#)[ .:#]*)?(\d{1,9})(?:\.0)?", re.IGNORECASE
)
AREA = re.compile(r"\(?(\d{1,5})(?:\.0)?\)?")


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split(", "))


_EXTENSION_WORDS = frozenset({"ext", "extn", "extension", "extensiones", "anexo", "interno", "ramal"})
_SURE_WORDS = frozenset({"ext", "extn", "extension"})
_BESIDE_EXTENSIONS = frozenset({"int", "telefonica", "telefonico", "linea", "line"})
_LABEL_WORDS = frozenset({"label", "type", "etiqueta", "tipo"})
_COUNTRIES = _phrases("pais, pais residencia, country, country name, country iso, iso country, pais iso")
_COUNTRY_CODES = _phrases(
    "codigo pais, cod pais, codigo internacional, prefijo, prefijo internacional, prefijo pais, indicativo, "
    "indicativo pais, country code, code, codigo, cod, dial code, dialing code, calling code, country calling code, "
    "prefix, country prefix, international prefix, isd, isd code, ddi, pais codigo"
)
_ONLY_OF_A_PHONE = frozenset({"code", "codigo", "cod"})
_AREAS = _phrases(
    "codigo area, cod area, area code, lada, clave lada, ddd, caracteristica, codigo ciudad, cod ciudad, city code, "
    "indicativo ciudad, prefijo area, prefijo, prefix, indicativo"
)
_MAY_BE_AREAS = _AREAS & _COUNTRY_CODES
"""Digits alone below them may be either: 351 is Córdoba, and Portugal."""
_MOST_PAIRS = 400


def find_beside(phones: Mapping[str, str], samples: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Targets of such columns. `samples` are the values of each column, in the order of the file; `phones` the targets
    of the columns of phones. A column belongs to the phone with its number or its words, or else to the next one."""
    numbers = [number for phone in phones for number in samples[phone]]
    others = [column for column in samples if column not in phones]
    kinds = {column: kind for column in others if (kind := _kind(column, samples[column], numbers))}
    several = sum(kind == COUNTRY for kind in kinds.values()) > 1
    found: dict[str, str] = {}
    for column, kind in sorted(kinds.items(), key=lambda one: not _says_code(one[0])):
        target = _target(kind, column, list(samples), phones, is_alone=not several)
        if target and target not in found.values():
            found[column] = target
    return found


def is_beside_heading(heading: str) -> bool:
    """Whether a column with this heading speaks of the phone in another one, and is none itself."""
    return _is_label_heading(heading) or is_country_heading(heading) or _bare(heading) in _AREAS


def is_country_heading(heading: str) -> bool:
    """Whether people write this over a country or its prefix."""
    return _without_phone(heading) in _COUNTRIES or _says_code(heading)


def _kind(heading: str, values: Sequence[str], numbers: Sequence[str]) -> str | None:
    if _is_label_heading(heading):
        return "phone_label"
    if is_country_heading(heading) and _are_countries(heading, values, numbers):
        return COUNTRY
    if _bare(heading) in _AREAS and 2 * _matches(AREA, values) > len(values):
        return "area"
    return "extension" if _holds_extensions(heading, values) else None


def _is_label_heading(heading: str) -> bool:
    words = set(words_of(heading))
    return bool(words & _LABEL_WORDS and words & CERTAIN) and all(
        word in _LABEL_WORDS | PHONE_WORDS | MOBILE_WORDS or word.isdigit() for word in words
    )


def _holds_extensions(heading: str, values: Sequence[str]) -> bool:
    words = set(words_of(heading))
    if not words & _EXTENSION_WORDS:
        return False
    known = _EXTENSION_WORDS | _BESIDE_EXTENSIONS | PHONE_WORDS | MOBILE_WORDS | PLACE_WORDS
    if not all(word in known or word.isdigit() for word in words):
        return False
    return 2 * _matches(EXTENSION, values) > len(values) if values else bool(words & _SURE_WORDS)


def _matches(shape: re.Pattern[str], values: Sequence[str]) -> int:
    return sum(bool(shape.fullmatch(value)) for value in values)


def _without_phone(heading: str) -> str:
    words = (word for word in words_of(heading) if not word.isdigit())
    return " ".join(word for word in words if word not in PHONE_WORDS | MOBILE_WORDS)


def _bare(heading: str) -> str:
    return " ".join(word for word in _without_phone(heading).split() if word not in PLACE_WORDS)


def _says_code(heading: str) -> bool:
    bare = _bare(heading)
    return bare in _COUNTRY_CODES and (bare not in _ONLY_OF_A_PHONE or bool(CERTAIN & set(words_of(heading))))


def _are_countries(heading: str, values: Sequence[str], numbers: Sequence[str]) -> bool:
    is_doubtful = _bare(heading) in _MAY_BE_AREAS
    named = Counter(value for value in values if find_region(value) is not None)
    if is_doubtful:
        digits = [value for value in named if value.isdecimal() and not value.startswith("00")]
        calling = _calling_codes(digits, numbers)
        named = Counter({value: rows for value, rows in named.items() if value not in digits or value in calling})
    return named.total() * 2 > len(values)


def _calling_codes(codes: Sequence[str], numbers: Sequence[str]) -> set[str]:
    """Those of the codes that make some number of the list one that can be dialled."""
    tried = islice(product(codes, numbers), _MOST_PAIRS)
    return {code for code, number in tried if parses_abroad(f"+{code} {number}")}


def _target(kind: str, column: str, columns: Sequence[str], phones: Mapping[str, str], *, is_alone: bool) -> str | None:
    own = _named_alike(column, phones)
    if kind == COUNTRY and is_alone and not own:
        return COUNTRY
    phone = _nearest(kind, columns, columns.index(column), own or list(phones))
    return f"{kind}{phones[phone].removeprefix('phone')}" if phone else None


def _named_alike(column: str, phones: Mapping[str, str]) -> list[str]:
    """The phones that a column speaks of by their number, or else by their words."""
    words = set(words_of(column))
    numbers = {word for word in words if word.isdigit()}
    found = [phone for phone in phones if numbers & set(words_of(phone))]
    if numbers == {"1"} and not found:
        found = [phone for phone in phones if not any(word.isdigit() for word in words_of(phone))]
    named = words & (PLACE_WORDS | MOBILE_WORDS)
    return found or [phone for phone in phones if named & set(words_of(phone))]


def _nearest(kind: str, columns: Sequence[str], place: int, phones: Sequence[str]) -> str | None:
    """An extension stands behind its phone, everything else in front of it."""
    left = [column for column in reversed(columns[:place]) if column in phones]
    right = [column for column in columns[place + 1 :] if column in phones]
    near = [*left, *right] if kind == "extension" else [*right, *left]
    return near[0] if near else None
