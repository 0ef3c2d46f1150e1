"""Nothing is dialled that the server recorded otherwise, that is no longer held here, or that was dialled just now.

That the window reaches each of these refusals is shown in tests/desktop/test_calling_guard.py.
"""

import pytest

from callmanager.domain.errors import CallManagerError
from callmanager.softphones.guards import DialGuard

E164 = "+50688123456"
GOOD = {"number": E164, "recorded": E164, "is_held": True, "is_test_up": False}


class Seconds:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def admit(guard: DialGuard, digits: str = "88123456", **changed: object) -> str:
    """The digits that are dialled, or the code of the refusal."""
    try:
        return guard.admit(digits, **(GOOD | changed))  # type: ignore[arg-type]
    except CallManagerError as error:
        return error.code


def test_a_recorded_call_of_a_contact_that_is_held_is_admitted() -> None:
    assert admit(DialGuard(Seconds())) == "88123456"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"is_test_up": True}, "call_live"),
        ({"is_held": False}, "call_not_recorded"),
        ({"recorded": "+50688123457"}, "call_not_recorded"),
        ({"number": "88123456"}, "call_not_recorded"),
    ],
)
def test_one_missing_condition_stops_the_dial_and_makes_no_other_wait(changed: dict[str, object], code: str) -> None:
    guard = DialGuard(Seconds())
    assert admit(guard, **changed) == code
    assert admit(guard) == "88123456"


def test_the_same_number_waits_three_seconds_and_another_does_not() -> None:
    seconds = Seconds()
    guard = DialGuard(seconds)
    assert admit(guard) == "88123456"
    assert admit(guard, "88123499") == "88123499"
    seconds.now += 2.9
    assert admit(guard) == "dialled_just_now"
    seconds.now += 0.1
    assert admit(guard) == "88123456"
