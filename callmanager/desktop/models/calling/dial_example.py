"""How the form of numbers that is being typed would dial a number everybody knows. Pure; it dials nothing."""

from __future__ import annotations

import phonenumbers

from callmanager.desktop.speech import Speech
from callmanager.domain.errors import Invalid
from callmanager.domain.phones import check_region, format_national, parse_phone
from callmanager.domain.texts import N_
from callmanager.softphones.formats import DialFormat, to_dial

HOME, WRITTEN = "CR", "8888-8888"


def dial_example(form: DialFormat, speech: Speech) -> tuple[str, bool]:
    """A sentence with a number of the phone's country and its digits, and whether the form can be used."""
    try:
        written, e164 = _number_of(check_region(form.region))
        digits = to_dial(written, e164, form).digits
    except Invalid as error:
        return speech.explain(error), False
    return speech.say(N_("The contact %(written)s would be dialled %(digits)s."), written=written, digits=digits), True


def _number_of(region: str) -> tuple[str, str]:
    """The number of the example: the usual one at home, elsewhere that of the country's numbering plan."""
    if region == HOME:
        return WRITTEN, str(parse_phone(WRITTEN, HOME).e164)
    known = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    found = known or phonenumbers.example_number(region)
    assert found is not None, "every country of the plan has an example"
    e164 = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    return format_national(e164, region), e164
