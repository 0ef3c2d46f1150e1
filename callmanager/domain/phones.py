"""Phone numbers: what was written, its E.164 form when it is valid, and the key by which duplicates are found.

It must never cut digits nor give one key to two people: an unclear number is kept as written, marked not valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from callmanager.domain.errors import Invalid
from callmanager.domain.numbering_changes import renumbered
from callmanager.domain.phone_spellings import Spelling, read_spelling
from callmanager.domain.texts import N_

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_HYPHENATED = frozenset({"CR"})  # people there write 8888-8888; phonenumbers would print a blank
_EXTENSION_MARK = ";ext="  # as in RFC 3966
# Digits that must follow 011 outside North America: Buenos Aires, Leeds and Turin have area codes that begin with
# 011, and their longest numbers are shorter than this.
_MIN_AFTER_011 = 11


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone number of a contact.

    number: as written, trimmed, in plain characters, Excel's damage mended; no digit is ever missing.
    e164:   "+50688123456", without extension; None unless phonenumbers calls the number valid.
    valid:  whether there is an e164.
    key:    equal for the same line only: the E.164 form; without it the digits, where 00 stands for a written +.
            An extension follows as ";ext=12", for two extensions of one office are two people.
    search: the written digits and the E.164 digits, a blank between them, once when one contains the other.
    """

    number: str
    e164: str | None
    valid: bool
    key: str
    search: str


def parse_phone(text: str, region: str) -> Phone:
    """Read what a person wrote, in the default `region` (ISO code, "CR").

    A number that is valid in `region` as it stands is read so, even if it could be another country's without its +.
    Raises Invalid: phone_missing phone_too_short phone_letters phone_damaged phone_formula phone_too_long,
    and region_unknown.
    """
    if region not in phone_library().SUPPORTED_REGIONS:
        region = check_region(region)
    spelling = read_spelling(text)
    e164 = _find_e164(spelling, region)
    key = e164 or _digits_key(spelling)
    if spelling.extension:
        key += _EXTENSION_MARK + spelling.extension
    return Phone(spelling.number, e164, e164 is not None, key, _search(spelling.number, e164))


def line_of(key: str) -> str:
    """The key of the line itself: without the extension."""
    return key.partition(_EXTENSION_MARK)[0]


def extension_of(key: str) -> str:
    """The extension in a key; "" for the line itself."""
    return key.partition(_EXTENSION_MARK)[2]


def extensions_of(line: str) -> tuple[str, str]:
    """The keys of all extensions of a line lie from the first of these two until before the second."""
    return line + _EXTENSION_MARK, line + _EXTENSION_MARK[:-1] + chr(ord(_EXTENSION_MARK[-1]) + 1)


def format_national(phone: Phone | str, region: str) -> str:
    """Show a phone (or an E.164 text) to people in `region`: 8888-8888 at home, +34 912 34 56 78 abroad.

    What is not a valid number is shown as it was written.
    """
    e164, written = (phone, phone) if isinstance(phone, str) else (phone.e164, phone.number)
    parsed = _find_valid(e164, region) if e164 and e164.startswith("+") else None
    if parsed is None:
        return written
    library = phone_library()
    if library.region_code_for_number(parsed) != region:
        shown: str = library.format_number(parsed, library.PhoneNumberFormat.INTERNATIONAL)
    else:
        shown = library.format_number(parsed, library.PhoneNumberFormat.NATIONAL)
        shown = shown.replace(" ", "-") if region in _HYPHENATED else shown
    extension = "" if isinstance(phone, str) else extension_of(phone.key)
    return f"{shown} ext. {extension}" if extension else shown


def check_region(text: str) -> str:
    """Return the known ISO region of `text` in capitals ("cr" gives "CR"). Raises Invalid (region_unknown)."""
    region = text.strip().upper()
    if region not in phone_library().SUPPORTED_REGIONS:
        raise Invalid(
            "region_unknown",
            N_("%(region)s is not a known country. Write its two letters, for example CR."),
            fields={"field": "region"},
            region=text.strip()[:20],
        )
    return region


@cache
def phone_library() -> ModuleType:
    """The module phonenumbers."""
    # Imported with the first number: it takes longer than the whole rest of the domain, and a start without a
    # phone number (help, settings, the doctor) should not wait for it.
    import phonenumbers  # noqa: PLC0415

    return phonenumbers


def _find_e164(spelling: Spelling, region: str) -> str | None:
    """Return the one E.164 form on which all valid readings agree, or None. Only what is no number today may be one
    of an older numbering plan."""
    if not spelling.single:
        return None
    readings = _readings(spelling, region)
    found = _valid_forms(readings, region)
    if not found:
        home_code = str(phone_library().country_code_for_region(region))
        found = _valid_forms([new for text in readings for new in renumbered(text, home_code)], region)
    return found.pop() if len(found) == 1 else None


def _valid_forms(texts: list[str], region: str) -> set[str]:
    return {_to_e164(parsed) for text in texts if (parsed := _find_valid(text, region))}


def _readings(spelling: Spelling, region: str) -> list[str]:
    """List what the digits may mean, written as phonenumbers wants them."""
    digits = spelling.digits
    abroad = _after_prefix(spelling)
    if abroad is not None:
        # In Brazil 0055 may be the operator 55 or the country +55: both are read, and must agree.
        return [f"+{abroad}"] if spelling.plus or _dials_out_with_00(region) else [digits, f"+{abroad}"]
    if digits.startswith("011") and len(digits) >= 3 + _MIN_AFTER_011:
        return [digits, f"+{digits[3:]}"]
    return [digits]


def _after_prefix(spelling: Spelling) -> str | None:
    """Return country code and number where + or 00 is written (or both, as some do), else None."""
    if spelling.plus or spelling.digits.startswith("00"):
        return spelling.digits.removeprefix("00")
    return None


def _digits_key(spelling: Spelling) -> str:
    """Return the digits, with 00 for a written +: +51 234567 (Peru, too short) is not 5123-4567 of the own country."""
    abroad = _after_prefix(spelling)
    return spelling.digits if abroad is None else f"00{abroad}"


def _dials_out_with_00(region: str) -> bool:
    metadata = phone_library().PhoneMetadata.metadata_for_region(region)
    return bool(metadata.international_prefix == "00")


def _find_valid(text: str, region: str) -> PhoneNumber | None:
    """Return phonenumbers' PhoneNumber of `text`, or None when it is not valid. A + never depends on `region`."""
    library = phone_library()
    try:
        parsed = library.parse(text, None if text.startswith("+") else region)
    except library.NumberParseException:
        return None
    return parsed if library.is_valid_number(parsed) else None


def _to_e164(parsed: PhoneNumber) -> str:
    return f"+{parsed.country_code}{phone_library().national_significant_number(parsed)}"


def _search(number: str, e164: str | None) -> str:
    written = number if number.isdecimal() else "".join(filter(str.isdecimal, number))
    known = e164[1:] if e164 else ""
    if known in written:
        return written
    return known if written in known else f"{written} {known}"
