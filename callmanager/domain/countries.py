"""Reads which country or area a cell beside a number names (Nicaragua, NI, NIC, +505), and the number with it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache

from callmanager.domain.country_names import NAMES, THREE_LETTERS
from callmanager.domain.errors import Invalid
from callmanager.domain.phones import Phone, extension_of, parse_phone, phone_library
from callmanager.domain.search_text import fold

_CODE = re.compile(r"\(?(?:\+|00)? ?([1-9]\d{0,2})\)?")


@lru_cache(maxsize=4_096)
def find_region(text: str) -> str | None:
    """The region that a cell names: its ISO letters, its calling code with or without +, its name; else None.

    Of a code that several countries share the largest one: its numbers are read alike.
    """
    written = " ".join(text.split())
    code = _CODE.fullmatch(written)
    if code is not None:
        region = phone_library().region_code_for_country_code(int(code[1]))
        return None if region in ("ZZ", "001") else str(region)
    return _regions().get(_plain(written))


def parse_phone_of(text: str, country: str, region: str, area: str = "") -> Phone:
    """Read what was written beside the name of a country or an area code, in the default `region`. Raises as
    `parse_phone` does.

    What is kept bears the country, so that it is the same number wherever it is read again. A number that is not one
    of that country is unclear, though it might be valid by itself: one of the two is wrong. So is one that is none
    with its area.
    """
    alone = _parse_in_country(text, country, region)
    code = "".join(filter(str.isdecimal, area)).lstrip("0")
    plain = parse_phone(text, region)
    if not code or _is_abroad(plain) or _begins_with(plain.number, code):
        return alone
    joined = alone
    with suppress(Invalid):  # too long with it
        joined = _parse_in_country(f"({code}) {text.strip()}", country, region)
    return joined if joined.valid and joined is not alone else _unclear(joined)


def parses_abroad(text: str) -> bool:
    """Whether this is, with its +, a number that can be dialled."""
    try:
        return parse_phone(text, "US").valid
    except Invalid:
        return False


def _begins_with(number: str, code: str) -> bool:
    """Whether the area stands in the number already, with a sign behind it."""
    return re.match(rf"\W*0?{code}\W", number) is not None


def _parse_in_country(text: str, country: str, region: str) -> Phone:
    home = find_region(country)
    plain = parse_phone(text, region)
    if home is None:
        return plain
    code = f"+{phone_library().country_code_for_region(home)}"
    if plain.e164 is not None and _is_abroad(plain):
        return plain if plain.e164.startswith(code) else _unclear(plain)
    there = parse_phone(text, home)
    if there.e164 is None or not there.e164.startswith(code):
        # of the country as it stands, so that nobody takes it for one of the office's own
        return plain if home == region else _unclear(_with_code(text, code, region, plain))
    if plain.e164 == there.e164:
        return plain
    full = _with_code(text, code, region, plain)
    if full.e164 == there.e164:
        return full
    extension = extension_of(there.key)
    return parse_phone(f"{there.e164} ext. {extension}" if extension else there.e164, region)


def _with_code(text: str, code: str, region: str, plain: Phone) -> Phone:
    """The number with its country in front, if it has room there."""
    return plain if _is_abroad(plain) else parse_phone(f"{code} {text.strip()}", region)


def _is_abroad(phone: Phone) -> bool:
    """Whether it says its country itself."""
    return phone.number.lstrip(" (").startswith(("+", "00"))


def _unclear(phone: Phone) -> Phone:
    key = phone.key if phone.e164 is None else f"00{phone.key[1:]}"
    return replace(phone, e164=None, valid=False, key=key)


@cache
def _regions() -> dict[str, str]:
    found = {_plain(name): region for region, names in NAMES.items() for name in names.split(", ")}
    found |= {letters.casefold(): region for region, letters in THREE_LETTERS.items()}
    return found | {region.casefold(): region for region in phone_library().SUPPORTED_REGIONS}


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split())
