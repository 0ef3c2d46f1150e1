"""The digits a phone is given: a table of people's numbers in each form, and what is refused."""

import pytest

from callmanager.domain.errors import Invalid
from callmanager.domain.phones import parse_phone
from callmanager.softphones.formats import DialFormat, DialStyle, check_dialable, check_format, to_dial, to_test

NATIONAL, INTERNATIONAL, E164 = DialStyle

CR = DialFormat("CR")
CR_OUTSIDE = DialFormat("CR", outside_line="9")
CR_INTERNATIONAL = DialFormat("CR", INTERNATIONAL)
CR_E164 = DialFormat("CR", E164)
ES = DialFormat("ES")
MX = DialFormat("MX")
AR = DialFormat("AR")
CO = DialFormat("CO", international_prefix="009")
CL = DialFormat("CL", international_prefix="00")
PA = DialFormat("PA")
US = DialFormat("US")
US_OUTSIDE = DialFormat("US", outside_line="8")

TABLE = [
    ("+506 5123-4567", "CR", CR, "51234567"),
    ("5123-4567", "CR", CR, None),
    ("2217 9878", "CR", CR, "22179878"),
    ("00506 8812 3456", "CR", CR, "88123456"),
    ("8812-3456 ext 12", "CR", CR, "88123456"),
    ("800-572-6762", "CR", CR, "8005726762"),
    ("+34 612 345 678", "CR", CR, "0034612345678"),
    ("+1 555 123 4567", "CR", CR, "0015551234567"),
    ("+1 212 555 0123", "CR", CR, "0012125550123"),
    ("+507 8812 3456", "CR", CR, "0050788123456"),
    ("+506 1234", "CR", CR, None),
    ("+507 6123-4567", "CR", CR, "0050761234567"),
    ("+52 55 1234 5678", "CR", CR, "00525512345678"),
    ("+54 9 11 2345-6789", "CR", CR, "005491123456789"),
    ("+39 02 1234 5678", "CR", CR, "00390212345678"),
    ("+506 5123-4567", "CR", CR_OUTSIDE, "951234567"),
    ("+34 612 345 678", "CR", CR_OUTSIDE, "90034612345678"),
    ("+506 5123-4567", "CR", CR_INTERNATIONAL, "0050651234567"),
    ("+34 612 345 678", "CR", CR_INTERNATIONAL, "0034612345678"),
    ("8812-3456", "CR", CR_E164, "+50688123456"),
    ("+34 612 345 678", "CR", CR_E164, "+34612345678"),
    ("612 34 56 78", "ES", ES, "612345678"),
    ("+34 912 34 56 78", "ES", ES, "912345678"),
    ("+506 5123-4567", "ES", ES, "0050651234567"),
    ("55 1234 5678", "MX", MX, "5512345678"),
    ("+506 5123-4567", "MX", MX, "0050651234567"),
    ("11 2345-6789", "AR", AR, "01123456789"),
    ("+54 9 11 2345-6789", "AR", AR, "0111523456789"),
    ("+34 612 345 678", "AR", AR, "0034612345678"),
    ("321 123 4567", "CO", CO, "3211234567"),
    ("601 2345678", "CO", CO, "6012345678"),
    ("+506 5123-4567", "CO", CO, "00950651234567"),
    ("9 6123 4567", "CL", CL, "961234567"),
    ("+54 9 11 2345-6789", "CL", CL, "005491123456789"),
    ("6123-4567", "PA", PA, "61234567"),
    ("+506 5123-4567", "PA", PA, "0050651234567"),
    ("(212) 555-0123", "US", US, "2125550123"),
    ("+1 809 234 5678", "US", US, "18092345678"),
    ("(212) 555-0123", "US", DialFormat("US", INTERNATIONAL), "12125550123"),
    ("+506 5123-4567", "US", US, "01150651234567"),
    ("+506 5123-4567", "US", US_OUTSIDE, "801150651234567"),
    ("0121 234 5678", "GB", DialFormat("GB"), "01212345678"),
    ("+39 02 1234 5678", "IT", DialFormat("IT"), "0212345678"),
]
"""As written, the contact's country, the phone's form, and the digits; None where it is refused."""


@pytest.mark.parametrize(("written", "region", "form", "digits"), TABLE)
def test_a_number_becomes_the_digits_that_the_phone_wants(
    written: str, region: str, form: DialFormat, digits: str | None
) -> None:
    phone = parse_phone(written, region)
    if digits is None:
        with pytest.raises(Invalid):
            to_dial(phone.number, phone.e164, form)
        return
    assert to_dial(phone.number, phone.e164, form).digits == digits


def test_the_table_holds_the_promised_forty_cases() -> None:
    assert len({(written, form) for written, _, form, _ in TABLE}) >= 40


def test_an_extension_is_kept_for_the_agent_and_never_dialled() -> None:
    phone = parse_phone("2217-9878 ext. 45", "CR")
    found = to_dial(phone.number, phone.e164, CR)
    assert (found.digits, found.extension, found.valid) == ("22179878", "45", True)


def test_a_number_that_is_not_valid_is_dialled_as_written_and_only_when_the_agent_says_so() -> None:
    with pytest.raises(Invalid) as refused:
        to_dial("555123456", None, CR)
    assert refused.value.code == "number_not_valid"
    assert refused.value.fields["digits"] == "555123456"
    found = to_dial("555123456", None, CR, as_written=True)
    assert (found.digits, found.valid) == ("555123456", False)
    assert to_dial("555123456", None, CR_OUTSIDE, as_written=True).digits == "9555123456"


def test_a_number_written_with_its_country_is_whole_even_where_the_plan_does_not_know_it_yet() -> None:
    found = to_dial("+506 5123-4567", None, CR)
    assert (found.digits, found.valid) == ("51234567", False)


@pytest.mark.parametrize("written", ["+506 1234", "00506 12345", "8812-3456 / 57", "+44 (0)12"])
def test_a_number_whose_meaning_is_unclear_is_never_dialled_as_written(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_dial(written, None, CR, as_written=True)
    assert refused.value.code in {"number_unclear", "number_not_dialable"}


@pytest.mark.parametrize("form", [CR_INTERNATIONAL, CR_E164])
def test_a_number_as_written_gets_no_country_that_nobody_wrote(form: DialFormat) -> None:
    with pytest.raises(Invalid, match="not clear"):
        to_dial("555123456", None, form, as_written=True)


@pytest.mark.parametrize("e164", ["50651234567", "+50651234567890", "+", "", "+506 5123-4567", "+999123456789", "+0"])
def test_what_is_not_an_exact_valid_e164_is_refused(e164: str) -> None:
    with pytest.raises(Invalid):
        to_dial("5123-4567", e164, CR)


@pytest.mark.parametrize("region", ["CO", "CL", "BR"])
def test_where_the_operator_decides_the_prefix_it_must_be_set(region: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_dial("+34612345678", "+34612345678", DialFormat(region))
    assert refused.value.code == "international_prefix_needed"


def test_an_outside_line_never_makes_an_emergency_call() -> None:
    with pytest.raises(Invalid) as refused:
        to_dial("1123456", None, DialFormat("US", outside_line="9"), as_written=True)
    assert refused.value.code == "number_emergency"


@pytest.mark.parametrize(
    "form",
    [
        DialFormat("XX"),
        DialFormat("CR", outside_line="9,"),
        DialFormat("CR", outside_line="12345"),
        DialFormat("CR", international_prefix="+"),
        DialFormat("CR", E164, outside_line="9"),
    ],
)
def test_a_form_that_no_phone_has_is_refused(form: DialFormat) -> None:
    with pytest.raises(Invalid):
        check_format(form)


@pytest.mark.parametrize(
    "number", ["", "+", "5123-4567", "5123 4567", "5123a", "*31#", "٥١٢٣٤٥٦٧", "1" * 25, "51234567\n", "++5"]
)
def test_only_digits_reach_a_phone(number: str) -> None:
    with pytest.raises(Invalid):
        check_dialable(number)


@pytest.mark.parametrize(("typed", "digits"), [("600", "600"), (" 7000 ", "7000"), ("+506 8812-3456", "+50688123456")])
def test_a_test_call_dials_what_is_typed_with_nothing_before_it(typed: str, digits: str) -> None:
    assert to_test(typed, DialFormat("CR", outside_line="9")) == digits


@pytest.mark.parametrize("typed", ["911", "9-1-1", "", "abc", "600;600", "6"])
def test_a_test_call_never_reaches_the_police_nor_dials_what_is_no_number(typed: str) -> None:
    with pytest.raises(Invalid):
        to_test(typed, DialFormat("CR"))
