"""Which digits a phone is given for a contact's number.

Nothing is ever cut or guessed: the digits are built from the number with its country code, read back with the numbering
plan, and refused when they do not lead to the same number. What bears no country code and is not valid is dialled
exactly as written, and only when the agent says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from callmanager.domain.errors import Invalid
from callmanager.domain.phone_spellings import Spelling, read_spelling
from callmanager.domain.phones import check_region
from callmanager.domain.texts import N_

# Plans that offer several prefixes; this one works from every line there.
_PREFIXES = {"MX": "00"}
_SIMPLE_PREFIX = re.compile(r"[0-9~]+")
_OUTSIDE_LINE = re.compile(r"[0-9]{0,4}")
_NORTH_AMERICA = 1
_DIALABLE = re.compile(r"\+?[0-9]{2,24}", re.ASCII)


class DialStyle(StrEnum):
    """How a phone wants numbers of its own country. Abroad is dialled with the prefix, or with + in `e164`."""

    NATIONAL = "national"
    INTERNATIONAL = "international"
    E164 = "e164"


@dataclass(frozen=True, slots=True)
class DialFormat:
    """The form that one phone wants.

    region:               ISO code of the country where the phone dials ("CR").
    outside_line:         digits before every number, to leave an exchange ("9"); not used with + by any exchange known.
    international_prefix: "00", "011"; without it, the one of the region's numbering plan.
    """

    region: str
    style: DialStyle = DialStyle.NATIONAL
    outside_line: str = ""
    international_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Dialable:
    """What may be dialled: `digits` for the phone, `extension` ("" without one) for the agent to ask for or key in.

    valid: whether the numbering plan knows the number; without it the call may well end at the exchange's voice.
    """

    digits: str
    extension: str
    valid: bool


def check_format(form: DialFormat) -> DialFormat:
    """Return `form` with its region in capitals. Raises Invalid (region_unknown, dial_prefix)."""
    fit = _OUTSIDE_LINE.fullmatch(form.outside_line) and _OUTSIDE_LINE.fullmatch(form.international_prefix)
    if not fit or (form.outside_line and form.style is DialStyle.E164):
        raise Invalid(
            "dial_prefix",
            N_("A prefix is up to four digits, and none goes before numbers with +."),
            fields={"field": "outside_line"},
        )
    return DialFormat(check_region(form.region), form.style, form.outside_line, form.international_prefix)


def to_dial(written: str, e164: str | None, form: DialFormat, *, as_written: bool = False) -> Dialable:
    """Give the digits for a contact's number: `written` as stored, `e164` its known form or None.

    `as_written`: the agent has seen that the number is not valid and wants it dialled digit by digit.
    Raises Invalid: number_not_valid (may be tried again with as_written), number_not_dialable, number_unclear,
    international_prefix_needed, number_emergency, and those of `domain.phones`.
    """
    form = check_format(form)
    spelling = read_spelling(written)
    if e164:
        digits = _from_plan(_parsed(e164, valid=True), form)
    elif full := _written_in_full(spelling):
        digits = _from_plan(_parsed(full, valid=False), form)
    else:
        digits = _as_written(spelling, form, allowed=as_written)
    dialled = form.outside_line + digits
    if form.outside_line or not e164:
        _check_no_emergency(dialled, form.region)
    return Dialable(dialled, spelling.extension, bool(e164))


def check_dialable(number: str) -> str:
    """Return `number` when it is digits, with a + in front at most. Raises Invalid (number_not_dialable)."""
    if not _DIALABLE.fullmatch(number):
        raise _refusal()
    return number


def to_test(typed: str, form: DialFormat) -> str:
    """Give the digits of a test call, typed for this very phone (an extension, the laboratory): nothing is put before
    them. Raises Invalid (number_not_dialable, number_emergency, region_unknown)."""
    digits = check_dialable(re.sub(r"[ ()/.-]", "", typed))
    _check_no_emergency(digits, check_format(form).region)
    return digits


def _from_plan(number: PhoneNumber, form: DialFormat) -> str:
    digits = _built(number, form)
    if not digits.startswith("+") and _at_home(number, form):
        _check_same(digits, number, form)
    return digits


def _written_in_full(spelling: Spelling) -> str | None:
    """Return "+" and the digits when a country is written: it may be a range that the plan does not know yet."""
    if not spelling.single or not (spelling.plus or spelling.digits.startswith("00")):
        return None
    return f"+{spelling.digits.removeprefix('00')}"


def _parsed(full: str, *, valid: bool) -> PhoneNumber:
    """Read a number with its country code, whole: of the right length at least, and known to the plan if `valid`."""
    try:
        number = phonenumbers.parse(check_dialable(full), None)
    except phonenumbers.NumberParseException:
        raise _refusal() from None
    exact = phonenumbers.format_number(number, PhoneNumberFormat.E164) == full
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not exact or not possible or (valid and not phonenumbers.is_valid_number(number)):
        raise _refusal()
    return number


def _built(number: PhoneNumber, form: DialFormat) -> str:
    e164: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if form.style is DialStyle.E164:
        return e164
    if not _at_home(number, form):
        return _prefix(form) + e164[1:]
    if form.style is DialStyle.INTERNATIONAL:
        return e164[1:] if number.country_code == _NORTH_AMERICA else _prefix(form) + e164[1:]
    if number.country_code == _NORTH_AMERICA and phonenumbers.region_code_for_number(number) != form.region:
        return e164[1:]
    return "".join(filter(str.isdigit, phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)))


def _at_home(number: PhoneNumber, form: DialFormat) -> bool:
    """Whether both share a country code: Canada from Panama is abroad, Canada from Florida is not."""
    return bool(number.country_code == phonenumbers.country_code_for_region(form.region))


def _prefix(form: DialFormat) -> str:
    if form.international_prefix:
        return form.international_prefix
    plan = phonenumbers.PhoneMetadata.metadata_for_region(form.region)
    named = plan and (plan.preferred_international_prefix or plan.international_prefix)
    prefix = _PREFIXES.get(form.region) or named or ""
    if not _SIMPLE_PREFIX.fullmatch(prefix):
        raise Invalid(
            "international_prefix_needed",
            N_("In %(region)s the prefix for calls abroad depends on the operator. Set it in the phone's settings."),
            fields={"field": "international_prefix"},
            region=form.region,
        )
    return prefix.replace("~", "")


def _check_same(digits: str, number: PhoneNumber, form: DialFormat) -> None:
    """Read the digits back as the numbering plan of the phone's country does, with its own prefix for abroad."""
    prefix = form.international_prefix
    abroad = bool(prefix) and digits.startswith(prefix)
    try:
        read = _e164(f"+{digits.removeprefix(prefix)}", None) if abroad else _e164(digits, form.region)
    except phonenumbers.NumberParseException:
        raise _refusal() from None
    if read != phonenumbers.format_number(number, PhoneNumberFormat.E164):
        raise _refusal()


def _e164(digits: str, region: str | None) -> str:
    return phonenumbers.format_number(phonenumbers.parse(digits, region), PhoneNumberFormat.E164)


def _as_written(spelling: Spelling, form: DialFormat, *, allowed: bool) -> str:
    """Give the digits as written; no country is put before them, so only a phone that dials nationally takes them."""
    if not spelling.single or form.style is not DialStyle.NATIONAL:
        raise Invalid(
            "number_unclear",
            N_("It is not clear which number is meant. Correct it in the contact before calling."),
            fields={"field": "phone"},
        )
    if not allowed:
        raise Invalid(
            "number_not_valid",
            N_("This is not a valid number. Check it, or call it exactly as it is written."),
            fields={"field": "phone", "digits": spelling.digits},
        )
    return check_dialable(spelling.digits)


def _check_no_emergency(dialled: str, region: str) -> None:
    """An outside line of 9 before a number that begins with 11 calls the police: never."""
    if phonenumbers.connects_to_emergency_number(dialled, region):
        raise Invalid(
            "number_emergency",
            N_("These digits would reach an emergency service. Check the number and the phone's prefix."),
            fields={"field": "phone"},
        )


def _refusal() -> Invalid:
    return Invalid(
        "number_not_dialable",
        N_("This number cannot be dialled from this phone. Check it in the contact."),
        fields={"field": "phone"},
    )
