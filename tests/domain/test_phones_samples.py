"""The sample imports: how many people their phone columns hold."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from callmanager.domain.errors import Invalid
from callmanager.domain.phones import Phone, parse_phone

SAMPLES = Path(__file__).parents[1] / "samples"


def read_column(name: str, *, encoding: str, delimiter: str = ",") -> list[str]:
    with (SAMPLES / name).open(encoding=encoding, newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))
    return [row[0] for row in rows[1:] if row]


def phone_or_code(text: str) -> Phone | str:
    try:
        return parse_phone(text, "CR")
    except Invalid as error:
        return error.code


def test_same_digits_in_ten_places_are_ten_people_in_twelve_rows() -> None:
    phones = [parse_phone(text, "CR") for text in read_column("paises.csv", encoding="utf-8-sig")]
    assert len(phones) == 12
    assert len({phone.key for phone in phones}) == 10
    assert {phones[3].key, phones[9].key, phones[10].key} == {"+50688123456"}
    assert (phones[11].number, phones[11].valid) == ("555123456", False)


def test_five_thousand_people_in_eight_spellings_are_all_valid_and_found_once() -> None:
    phones = [parse_phone(text, "CR") for text in read_column("contactos_cr.csv", encoding="utf-8")]
    assert len(phones) == 5200
    assert all(phone.valid for phone in phones)
    assert len({phone.key for phone in phones}) == 5000


def test_spanish_excel_keeps_304_and_rejects_five_with_their_reasons() -> None:
    outcomes = [phone_or_code(text) for text in read_column("excel_es.csv", encoding="cp1252", delimiter=";")]
    phones = [outcome for outcome in outcomes if isinstance(outcome, Phone)]
    codes = Counter(outcome for outcome in outcomes if isinstance(outcome, str))
    assert len(phones) == len({phone.key for phone in phones}) == 304
    assert codes == Counter(["phone_damaged", "phone_formula", "phone_missing", "phone_too_short", "phone_letters"])


@pytest.mark.parametrize("name", ["contactos_cr.csv", "excel_es.csv", "paises.csv"])
def test_sample_is_there(name: str) -> None:
    assert (SAMPLES / name).stat().st_size > 0
