"""What must hold for every phone number and for every text, searched by Hypothesis."""

from __future__ import annotations

import unicodedata

import phonenumbers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callmanager.domain.errors import Invalid
from callmanager.domain.phones import Phone, parse_phone

REGIONS = ["AR", "BR", "CO", "CR", "DE", "ES", "FR", "GB", "GT", "IT", "JP", "MX", "NI", "PA", "PE", "US"]
CODES = {"phone_missing", "phone_too_short", "phone_letters", "phone_damaged", "phone_formula", "phone_too_long"}
PHONE_SIGNS = "0123456789 +-().,;/#*'\"=eExX٣３\u00a0\u200b"
unhurried = settings(deadline=None)  # the first number of a region loads its numbering plan
texts = st.text(max_size=45) | st.text(alphabet=PHONE_SIGNS, max_size=30)


def digits_of(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) for char in text if unicodedata.category(char) == "Nd")


def phone_or_none(text: str, region: str) -> Phone | None:
    try:
        return parse_phone(text, region)
    except Invalid as error:
        if error.code not in CODES:
            raise
        return None


@st.composite
def valid_numbers(draw: st.DrawFn, regions: list[str]) -> phonenumbers.PhoneNumber:
    """A valid number near the example of a region: its last four digits are any."""
    region = draw(st.sampled_from(regions))
    kind = draw(st.sampled_from([phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE]))
    example_number = phonenumbers.example_number_for_type(region, kind)
    assert example_number is not None
    text = phonenumbers.format_number(example_number, phonenumbers.PhoneNumberFormat.E164)
    number = phonenumbers.parse(text[:-4] + draw(st.text(alphabet="0123456789", min_size=4, max_size=4)))
    return number if phonenumbers.is_valid_number(number) else example_number


def spell(draw: st.DrawFn, digits: str) -> str:
    """Put blanks, hyphens, dots and brackets anywhere a person might."""
    places = st.lists(st.sampled_from(["", "", "", " ", "-", ".", " - ", "\u00a0"]), min_size=len(digits))
    marks = draw(places)
    spelled = "".join(digit + mark for digit, mark in zip(digits, marks, strict=False))[:36]
    return spelled if digits_of(spelled) == digits else digits


@st.composite
def spellings(draw: st.DrawFn, number: phonenumbers.PhoneNumber) -> tuple[str, str]:
    """One way to write `number`, and the region in which it is written so."""
    home = phonenumbers.region_code_for_number(number)
    assert home is not None
    full = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
    way = draw(st.sampled_from(["+", "00", "bracket", "national"]))
    if way == "national":
        shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        return (draw(st.sampled_from([shown, spell(draw, digits_of(shown))])), home)
    region = draw(st.sampled_from([home, "CR"])) if way != "00" else "CR"
    code = str(number.country_code)
    if way == "bracket":
        return f"(+{code}) {full[len(code) :]}", region
    return way + spell(draw, full), region


@unhurried
@given(st.data())
def test_every_spelling_of_a_valid_number_has_the_same_key(data: st.DataObject) -> None:
    number = data.draw(valid_numbers(REGIONS))
    text, region = data.draw(spellings(number))
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert parse_phone(text, region).key == expected


@unhurried
@given(st.data())
def test_two_numbers_never_share_a_key_under_any_spelling(data: st.DataObject) -> None:
    first, second = data.draw(valid_numbers(REGIONS)), data.draw(valid_numbers(REGIONS))
    keys = [parse_phone(*data.draw(spellings(number))).key for number in (first, second)]
    assert (keys[0] == keys[1]) == (first == second)


@unhurried
@given(st.integers(1, 999), st.integers(10_000, 999_999_999_999), st.integers(1, 999), st.integers(10_000, 999_999_999))
@example(506, 51234567, 51, 234567)
@example(51, 234567, 5, 1234567)
def test_full_numbers_valid_or_not_share_a_key_only_when_they_are_equal(
    code: int, line: int, other_code: int, other_line: int
) -> None:
    first, second = f"+{code} {line}", f"+{other_code} {other_line}"
    same = digits_of(first) == digits_of(second)
    first_phone, second_phone = parse_phone(first, "CR"), parse_phone(second, "CR")
    if not (first_phone.valid or second_phone.valid):  # valid ones may differ by a trunk zero, as +44 (0)20
        assert (first_phone.key == second_phone.key) == same
    assert first_phone.key != parse_phone(digits_of(second), "CR").key or first_phone.valid


@unhurried
@given(texts, st.sampled_from(REGIONS))
@example("+", "CR")
@example("+0", "CR")
@example("000000000", "CR")
@example("+999999999999999999", "CR")
@example("²³²³²³²³", "CR")
@example("8️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣", "CR")
@example(";ext=12345", "CR")
def test_any_text_is_a_phone_or_a_reason(text: str, region: str) -> None:
    phone = phone_or_none(text, region)
    if phone is not None:
        assert phone.valid == (phone.e164 is not None) == phone.key.startswith("+")
        assert phone.number == phone.number.strip() != ""
        assert phone.search.split()[0] == digits_of(phone.number) or digits_of(phone.number) in phone.search


@unhurried
@given(st.text(alphabet="0123456789 +-()/#*xX٣３\u00a0\u200b'", max_size=38), st.sampled_from(REGIONS))
def test_no_digit_that_was_written_is_ever_dropped(text: str, region: str) -> None:
    phone = phone_or_none(text, region)
    if phone is not None:
        assert digits_of(phone.number) == digits_of(text)
        if not phone.valid:
            assert digits_of(phone.key).lstrip("0") == digits_of(text).lstrip("0")


@unhurried
@given(texts, st.sampled_from(REGIONS))
def test_number_as_kept_is_read_again_as_the_same(text: str, region: str) -> None:
    phone = phone_or_none(text, region)
    if phone is not None:
        assert parse_phone(phone.number, region) == phone
