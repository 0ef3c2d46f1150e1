"""Never again 14: a rule that cuts digits to make a number fit dials somebody else."""

import pytest

from callmanager.domain.phones import parse_phone
from callmanager.softphones.formats import DialFormat, to_dial

COSTA_RICA = DialFormat("CR")


def last_digits(written: str, kept: int) -> str:
    """The rule that must not come back: it makes every number as long as those at home."""
    return "".join(filter(str.isdigit, written))[-kept:]


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+506 5123-4567", "51234567"),
        ("+1 555 123 4567", "0015551234567"),
        ("+507 8812 3456", "0050788123456"),
        ("+34 612 345 678", "0034612345678"),
    ],
)
def test_a_number_from_abroad_is_not_made_into_one_from_home(written: str, dialled: str) -> None:
    phone = parse_phone(written, "CR")
    assert to_dial(phone.number, phone.e164, COSTA_RICA).digits == dialled


def test_the_rule_that_cut_digits_would_have_dialled_strangers() -> None:
    panama, home = parse_phone("+507 8812 3456", "CR"), parse_phone("8812-3456", "CR")
    assert last_digits(panama.number, 8) == last_digits(home.number, 8)
    assert to_dial(panama.number, panama.e164, COSTA_RICA) != to_dial(home.number, home.e164, COSTA_RICA)
