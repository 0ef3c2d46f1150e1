"""The simulated phone plays its script to the second; it calls nobody."""

from __future__ import annotations

import pytest

from callmanager.softphones import CallState, EndCause, HealthState
from callmanager.softphones.simulated import SimulatedSoftphone
from tests.softphones.moved_timers import MovedTime
from tests.softphones.phone_events import Heard

REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, ENDED = CallState


@pytest.fixture
def time() -> MovedTime:
    return MovedTime()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def phone(time: MovedTime, heard: Heard) -> SimulatedSoftphone:
    return SimulatedSoftphone(time, heard, time)


def told(heard: Heard) -> list[tuple[float, CallState]]:
    """Each state and the seconds since the dial."""
    began = heard.events[0].at
    return [((event.at - began).total_seconds(), event.state) for event in heard.events]


@pytest.mark.parametrize(
    ("number", "course", "cause"),
    [
        ("88123450", [(0, DIALING), (0.5, RINGING), (4.5, CONNECTED)], None),
        ("88123453", [(0, DIALING), (0.5, RINGING), (4.5, CONNECTED), (29.5, ENDED)], EndCause.HUNG_UP),
        ("88123455", [(0, DIALING), (0.5, RINGING), (30.5, ENDED)], EndCause.NO_ANSWER),
        ("88123457", [(0, DIALING), (1, ENDED)], EndCause.BUSY),
        ("88123458", [(0, DIALING), (0.5, RINGING), (2.5, ENDED)], EndCause.REJECTED),
        ("88123459", [(0, DIALING), (6, ENDED)], EndCause.UNREACHABLE),
    ],
)
def test_the_last_digit_chooses_what_happens(
    phone: SimulatedSoftphone,
    time: MovedTime,
    heard: Heard,
    number: str,
    *,
    course: list[tuple[float, CallState]],
    cause: EndCause | None,
) -> None:
    phone.dial("a", number)
    time.move(600)
    assert told(heard) == [(0, REQUESTED), *course]
    assert heard.events[-1].cause is cause
    assert time.planned == 0


def test_hanging_up_stops_the_script(phone: SimulatedSoftphone, time: MovedTime, heard: Heard) -> None:
    phone.dial("a", "88123453")
    time.move(10)
    phone.hang_up("a")
    time.move(600)
    assert told(heard)[-1] == (10, ENDED)
    assert time.planned == 0


def test_four_hundred_calls_tell_the_same_twice(time: MovedTime) -> None:
    def day() -> list[tuple[str, CallState]]:
        heard = Heard()
        phone = SimulatedSoftphone(time, heard, time)
        for number in range(400):
            phone.dial(f"call-{number}", f"8812{number:04d}")
            time.move(40)
            phone.hang_up(f"call-{number}")
        return [(event.call_id, event.state) for event in heard.events]

    first = day()
    assert sum(state is ENDED for _, state in first) == 400
    assert day() == first


def test_it_says_that_nobody_is_called(phone: SimulatedSoftphone) -> None:
    health = phone.probe()
    assert health.state is HealthState.READY
    assert "nobody" in health.detail
