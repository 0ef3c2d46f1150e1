"""A4: what was written by an old numbering plan is today's number of the same person, and of nobody else."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmanager.domain.dispositions import STATUSES
from callmanager.domain.errors import Invalid
from callmanager.domain.phones import parse_phone
from callmanager.server.imports.checking import RowRules, check_row
from callmanager.server.lists.rows import Row
from tests.server.people_office import Caller, open_server

MEXICO = ("+52 55 1234 5678", "+52 1 55 1234 5678", "5215512345678", "044 55 1234 5678", "01 55 1234 5678")
OLD = [
    *(("MX", "+525512345678", text) for text in (*MEXICO, "045 55 1234 5678", "0052 1 55 1234 5678")),
    *(("BR", "+5511981234567", text) for text in ("(11) 8123-4567", "011 8123-4567", "+55 11 8123-4567")),
    *(("BR", "+5511981234567", text) for text in ("0 15 11 8123-4567", "55 11 8123 4567")),
    *(("CO", "+576012345678", text) for text in ("(1) 234 5678", "+57 1 234 5678", "03 1 234 5678", "57 1 2345678")),
    ("CI", "+2250707123456", "07 12 34 56"),
    ("CI", "+2250544123456", "+225 44 12 34 56"),
    ("CI", "+2250101234567", "01 23 45 67"),
    ("CI", "+2252720312345", "20 31 23 45"),
    ("BJ", "+2290197123456", "97 12 34 56"),
    ("BJ", "+2290197123456", "00229 97 12 34 56"),
]
CODES = ("52", "55", "57", "225", "229")
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize(("region", "e164", "written"), OLD, ids=lambda value: value)
def test_an_old_spelling_is_todays_number_and_stays_as_it_was_written(region: str, e164: str, written: str) -> None:
    phone = parse_phone(written, region)
    assert (phone.e164, phone.key, phone.valid, phone.number) == (e164, e164, True, written)


def test_a_person_in_mexico_written_in_five_ways_is_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_server(tmp_path_factory.mktemp("mexico"), DEFAULT_REGION="MX") as server:
        admin: Caller = server.admin()
        answer = admin.post("/import", [{"phone": text, "name": f"Ana {place}"} for place, text in enumerate(MEXICO)])
        assert (answer.json["inserted"], answer.json["duplicates_merged"]) == (1, 4)
        (ana,) = admin.get("/contacts").json
        assert (ana["phone"], ana["phone_e164"]) == (MEXICO[0], "+525512345678")
        assert admin.post("/do-not-call", {"number": MEXICO[3]}).status_code == 201
        assert admin.get(f"/contacts/{ana['id']}").json["do_not_call"] is True


@pytest.mark.parametrize(
    ("region", "written"),
    [
        ("MX", "1 551 234 5678"),  # New Jersey without its +, as likely as anything
        ("CR", "5215512345678"),
        ("CR", "044 55 1234 5678"),
        ("BR", "11 2123-456"),
        ("CO", "+57 3 234 5678"),
        ("CI", "+225 99 12 34 56"),
    ],
)
def test_what_no_old_plan_explains_stays_unclear(region: str, written: str) -> None:
    assert parse_phone(written, region).e164 is None


@pytest.mark.parametrize("region", ["MX", "BR", "CO", "CI", "BJ"])
def test_an_old_number_in_a_list_is_the_person_of_the_new_one(region: str) -> None:
    for home, e164, written in OLD:
        if home == region:
            row = check_row(
                Row(2, {"tel": written, "otro": e164}),
                RowRules({"tel": "phone", "otro": "phone:otro"}, {}, region, STATUSES, {}, False),
            )
            assert row.keys == [e164]


def e164s(region: str) -> list[str]:
    kinds = phonenumbers.PhoneNumberType.values()
    found = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    return sorted({phonenumbers.format_number(n, phonenumbers.PhoneNumberFormat.E164) for n in found if n})


def test_examples_of_every_region_still_read_right_in_four_spellings() -> None:
    wrong, seen = [], 0
    for region in REGIONS:
        for e164 in e164s(region):
            parsed = phonenumbers.parse(e164)
            if len(str(parsed.national_number)) < 5 or not phonenumbers.is_valid_number_for_region(parsed, region):
                continue
            shown = (
                phonenumbers.format_number(parsed, form)
                for form in (
                    phonenumbers.PhoneNumberFormat.E164,
                    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
                    phonenumbers.PhoneNumberFormat.NATIONAL,
                    phonenumbers.PhoneNumberFormat.RFC3966,
                )
            )
            for text in shown:
                seen += 1
                if parse_phone(text, region).e164 != e164:
                    wrong.append((region, text))
    assert wrong == []
    assert seen > 4_000


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(REGIONS), st.sampled_from(CODES), st.text("0123456789", min_size=6, max_size=13), st.booleans())
def test_no_number_becomes_another_countrys_and_none_that_is_valid_changes(
    region: str, code: str, digits: str, plus: bool
) -> None:
    text = f"+{code}{digits}" if plus else digits
    try:
        phone = parse_phone(text, region)
    except Invalid:
        return
    if phone.e164 is None:
        return
    today = _today(text, region)
    if today is not None:
        assert phone.e164 == today
    elif plus:
        assert phone.e164.startswith(f"+{code}")
        assert phone.e164.endswith(digits[-7:])
    elif not digits.startswith(("00", "011")):
        assert phone.e164.startswith(f"+{phonenumbers.country_code_for_region(region)}")
        assert phone.e164.endswith(digits[-7:])


def _today(text: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
