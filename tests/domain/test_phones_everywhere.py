"""Over every region and every way to write a number: no input makes two people one, or a number another country's."""

from __future__ import annotations

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from callmanager.domain.errors import Invalid
from callmanager.domain.phone_cells import lines_said
from callmanager.domain.phones import extension_of, line_of, parse_phone

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
TOO_SHORT = [
    ("NU", "7012"),
    ("NU", "7012"),
    ("TA", "8999"),
    ("TA", "8999"),
    ("TK", "3101"),
    ("TK", "3101"),
    ("TK", "7290"),
]
"""Islands whose numbers have four digits: nobody's own number, by rule."""
EXTENSIONS = ("", " ext. 12", " ext 12", " x12", " #12", " extensión 12", " interno 12", " anexo 12", ";ext=12", ", 12")
unhurried = settings(deadline=None, max_examples=200)


def e164_of(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[phonenumbers.PhoneNumber, str]:
    """A valid number of any region, near the example of any kind, and that region."""
    region = draw(st.sampled_from(REGIONS))
    kinds = [kind for kind in PhoneNumberType.values() if phonenumbers.example_number_for_type(region, kind)]
    example = phonenumbers.example_number_for_type(region, draw(st.sampled_from(kinds)))
    assert example is not None
    text = e164_of(example)
    last = draw(st.text("0123456789", min_size=3, max_size=3))
    near = phonenumbers.parse(text[:-3] + last)
    return (near if phonenumbers.is_valid_number_for_region(near, region) else example), region


@st.composite
def spelled(draw: st.DrawFn, number: phonenumbers.PhoneNumber, region: str) -> tuple[str, str]:
    """One way to write a number, and the region where it is written so."""
    full, code = e164_of(number)[1:], str(number.country_code)
    way = draw(st.sampled_from(["national", "international", "00", "bracket", "uri"]))
    if way == "national":
        return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL), region
    if way == "international":
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL), draw(st.sampled_from(REGIONS))
    if way == "uri":
        return phonenumbers.format_number(number, PhoneNumberFormat.RFC3966), draw(st.sampled_from(REGIONS))
    if way == "00":
        return "00" + spaced(draw, full), "CR"
    return f"(+{code}) {spaced(draw, full[len(code) :])}", draw(st.sampled_from([region, "CR", "US"]))


def spaced(draw: st.DrawFn, digits: str) -> str:
    marks = draw(
        st.lists(st.sampled_from(["", "", " ", "-", ".", "\u00a0"]), min_size=len(digits), max_size=len(digits))
    )
    return "".join(digit + mark for digit, mark in zip(digits, marks, strict=True)).rstrip(" -.\u00a0")


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """A text, the region where it stands, and the line and the extension that it means."""
    number, region = draw(numbers())
    text, where = draw(spelled(number, region))
    extension = draw(st.sampled_from(EXTENSIONS))
    if len(text) + len(extension) > 40 or (";" in text and extension):
        extension = ""
    return text + extension, where, e164_of(number), "12" if extension else ""


def read(text: str, region: str) -> str | None:
    """The key; None for what is refused."""
    try:
        return parse_phone(text, region).key
    except Invalid:
        return None


@unhurried
@given(written())
def test_a_number_of_any_region_is_itself_in_every_spelling_and_never_another_countrys(
    given_: tuple[str, str, str, str],
) -> None:
    text, region, e164, extension = given_
    key = read(text, region)
    if key is None:
        assert len(e164) <= 10, "only numbers of small islands, some of them with a mere x as the sign of an extension"
        return
    if not key.startswith("+"):
        return  # unclear: as it is written, and nobody's
    assert (line_of(key), extension_of(key)) == (e164, extension)


@unhurried
@given(written(), written())
def test_two_people_are_never_one(first: tuple[str, str, str, str], second: tuple[str, str, str, str]) -> None:
    keys = [read(text, region) for text, region, _e164, _extension in (first, second)]
    if None not in keys and first[2:] != second[2:]:
        assert keys[0] != keys[1]


@unhurried
@given(numbers(), numbers())
def test_of_two_numbers_in_a_cell_both_lines_are_compared_and_no_third(
    first: tuple[phonenumbers.PhoneNumber, str], second: tuple[phonenumbers.PhoneNumber, str]
) -> None:
    wanted = {e164_of(first[0]), e164_of(second[0])}
    for sign in (" / ", " y ", ";", ", ", "\n"):
        assert set(lines_said(sign.join(sorted(wanted)), "CR")) <= wanted
    both = lines_said(" / ".join(sorted(wanted)), "CR")
    if len(wanted) == 2 and all(len(one) > 8 for one in wanted):
        assert set(both) == wanted


def test_examples_of_every_region_read_right_in_four_spellings_but_for_seven_that_are_too_short() -> None:
    seen, wrong = 0, []
    for region in REGIONS:
        found = (phonenumbers.example_number_for_type(region, kind) for kind in PhoneNumberType.values())
        for number in (one for one in found if one is not None):
            for form in FORMATS:
                seen += 1
                text = phonenumbers.format_number(number, form)
                key = read(text, region)
                if key != e164_of(number):
                    wrong.append((region, text))
                    assert key is None, (region, text, key)
    assert sorted(wrong) == TOO_SHORT
    assert seen > 5_000
