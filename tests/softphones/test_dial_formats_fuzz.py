"""No input makes a phone dial digits that are not the contact's number in that form."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmanager.domain.errors import Invalid
from callmanager.domain.phones import parse_phone
from callmanager.softphones.formats import DialFormat, DialStyle, to_dial

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
PREFERRED = ["CR", "ES", "MX", "AR", "CO", "CL", "PA", "US", "BR", "IT", "GB"]
KINDS = [
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
]

regions = st.sampled_from(PREFERRED) | st.sampled_from(REGIONS)
forms = st.builds(
    DialFormat,
    regions,
    st.sampled_from(DialStyle),
    st.sampled_from(["", "", "9", "0", "8"]),
    st.sampled_from(["", "", "00", "011", "009"]),
)
examples = st.builds(phonenumbers.example_number_for_type, regions, st.sampled_from(KINDS))
spelled = st.builds(
    lambda number, style: phonenumbers.format_number(number, style) if number else "0",
    examples,
    st.sampled_from([phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.NATIONAL]),
)
changed = st.builds(
    lambda text, at, sign: text[: at % len(text)] + sign + text[at % len(text) :],
    spelled,
    st.integers(0, 20),
    st.sampled_from([*"0123456789+-/ x,", "00", " ext 5"]),
)
random_text = st.text("0123456789+-() x/٣", min_size=1, max_size=24)


def line_reached(digits: str, form: DialFormat, prefix: str) -> str:
    """What an exchange makes of the digits: an oracle of its own, by the plan and the form alone."""
    assert digits.startswith(form.outside_line)
    rest = digits[len(form.outside_line) :]
    if rest.startswith("+"):
        return rest
    if prefix and rest.startswith(prefix):
        return f"+{rest.removeprefix(prefix)}"
    parsed = phonenumbers.parse(rest, form.region)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@settings(max_examples=400, deadline=None)
@given(text=spelled | changed | random_text, region=regions, form=forms, as_written=st.booleans())
def test_digits_lead_to_the_number_of_the_contact_or_are_those_written(
    text: str, region: str, form: DialFormat, *, as_written: bool
) -> None:
    try:
        phone = parse_phone(text, region)
        found = to_dial(phone.number, phone.e164, form, as_written=as_written)
    except Invalid:
        return
    reached = line_reached(found.digits, form, form.international_prefix)
    spoken = "".join(filter(str.isdecimal, phone.number)).removesuffix(found.extension)
    if phone.e164 is not None:
        assert reached == phone.e164
    elif "+" in phone.number or spoken.startswith("00"):
        assert reached == f"+{spoken.removeprefix('00')}"
    else:
        assert as_written
        assert spoken == found.digits.removeprefix(form.outside_line)


@pytest.mark.parametrize("region", REGIONS)
def test_every_country_can_be_called_from_costa_rica_and_from_itself(region: str) -> None:
    for kind in KINDS:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None or not phonenumbers.is_valid_number(number):
            continue
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        home = DialFormat(region)
        assert line_reached(to_dial(e164, e164, home).digits, home, "") == e164
        if region != "CR":
            assert to_dial(e164, e164, DialFormat("CR")).digits == f"00{e164[1:]}"
