"""How phone numbers are shown to people, and which countries can be the default."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from callmanager.domain.errors import Invalid
from callmanager.domain.phones import check_region, format_national, parse_phone


@pytest.mark.parametrize(
    ("text", "region", "shown"),
    [
        ("50688123456", "CR", "8812-3456"),
        ("800 1234567", "CR", "800-123-4567"),
        ("+34912345678", "CR", "+34 912 34 56 78"),
        ("+1 212 555 0123", "CR", "+1 212-555-0123"),
        ("912345678", "ES", "912 34 56 78"),
        ("2125550123", "US", "(212) 555-0123"),
        ("+1 876 523 0123", "US", "+1 876-523-0123"),
        ("+506 88123456", "ES", "+506 8812 3456"),
        ("555123456", "CR", "555123456"),
        ("+506 5123-4567", "CR", "+506 5123-4567"),
        ("22179878x12", "CR", "2217-9878 ext. 12"),
    ],
)
def test_number_is_shown_as_people_of_the_region_write_it(text: str, region: str, shown: str) -> None:
    assert format_national(parse_phone(text, region), region) == shown


@pytest.mark.parametrize(
    ("e164", "shown"),
    [("+50688123456", "8812-3456"), ("+34912345678", "+34 912 34 56 78"), ("+506", "+506"), ("", ""), ("hola", "hola")],
)
def test_stored_e164_is_shown_and_anything_else_is_left_alone(e164: str, shown: str) -> None:
    assert format_national(e164, "CR") == shown


@pytest.mark.parametrize("text", ["CR", "cr", " Cr "])
def test_region_is_given_in_capitals(text: str) -> None:
    assert check_region(text) == "CR"


@pytest.mark.parametrize("text", ["", "XX", "001", "Costa Rica", "506", "ZZ"])
def test_unknown_region_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_region(text)
    assert refusal.value.code == "region_unknown"


def test_a_start_without_phone_numbers_does_not_wait_for_the_numbering_plans() -> None:
    program = "import sys, callmanager.domain.phones; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False).returncode == 0
