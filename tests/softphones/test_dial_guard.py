"""Nothing is dialled that the server has not recorded, that may not be called, or that is being called already."""

from dataclasses import replace

import pytest

from callmanager.domain.errors import CallManagerError
from callmanager.softphones.formats import DialFormat, to_dial
from callmanager.softphones.guards import DialGuard, DialRequest, RecordedCall

CR = DialFormat("CR")
WRITTEN = "+506 8812-3456"
E164 = "+50688123456"
RECORDED = RecordedCall("call-1", "contact-1", 7, E164)
GOOD = DialRequest(
    call_id="call-1",
    contact_id="contact-1",
    written=WRITTEN,
    e164=E164,
    dialable=to_dial(WRITTEN, E164, CR),
    lease_token=7,
    recorded=RECORDED,
    do_not_call=False,
    within_hours=True,
    live_call=False,
)


class Seconds:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def refusal(request: DialRequest) -> str | None:
    try:
        DialGuard(CR, Seconds()).admit(request)
    except CallManagerError as error:
        return error.code
    return None


def test_a_recorded_call_of_a_free_contact_is_admitted_in_the_form_of_the_phone() -> None:
    assert DialGuard(CR, Seconds()).admit(GOOD) == "88123456"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"do_not_call": True}, "do_not_call"),
        ({"within_hours": False}, "outside_hours"),
        ({"live_call": True}, "call_live"),
        ({"recorded": None}, "call_not_recorded"),
        ({"recorded": replace(RECORDED, lease_token=6)}, "call_not_recorded"),
        ({"recorded": replace(RECORDED, call_id="call-2")}, "call_not_recorded"),
        ({"recorded": replace(RECORDED, contact_id="contact-2")}, "call_not_recorded"),
        ({"recorded": replace(RECORDED, number="+50688123457")}, "call_not_recorded"),
        ({"lease_token": 8}, "call_not_recorded"),
        ({"dialable": replace(GOOD.dialable, digits="88123457")}, "number_form"),
        ({"dialable": replace(GOOD.dialable, digits="0050688123456")}, "number_form"),
        ({"e164": "+50688123457"}, "number_form"),
        ({"written": "112", "e164": None}, "phone_too_short"),
    ],
)
def test_one_missing_condition_stops_the_dial(changed: dict[str, object], code: str) -> None:
    assert refusal(GOOD) is None
    assert refusal(replace(GOOD, **changed)) == code


def test_a_number_as_written_must_be_the_recorded_one_too() -> None:
    written = replace(GOOD, written="555123456", e164=None, dialable=to_dial("555123456", None, CR, as_written=True))
    assert refusal(replace(written, recorded=replace(RECORDED, number="555123456"))) is None
    assert refusal(replace(written, recorded=replace(RECORDED, number="555123457"))) == "call_not_recorded"


def test_the_same_number_waits_three_seconds_even_in_another_contact() -> None:
    seconds = Seconds()
    guard = DialGuard(CR, seconds)
    guard.admit(GOOD)
    again = replace(
        GOOD, call_id="call-2", contact_id="contact-2", recorded=RecordedCall("call-2", "contact-2", 7, E164)
    )
    seconds.now += 2.9
    with pytest.raises(CallManagerError) as refused:
        guard.admit(again)
    assert refused.value.code == "dialled_just_now"
    seconds.now += 0.1
    assert guard.admit(again) == "88123456"


def test_a_refused_dial_does_not_make_the_next_one_wait() -> None:
    guard = DialGuard(CR, Seconds())
    with pytest.raises(CallManagerError):
        guard.admit(replace(GOOD, live_call=True))
    assert guard.admit(GOOD) == "88123456"


def test_another_number_need_not_wait() -> None:
    guard = DialGuard(CR, Seconds())
    guard.admit(GOOD)
    other = "+50688123499"
    request = replace(
        GOOD,
        written=other,
        e164=other,
        dialable=to_dial(other, other, CR),
        recorded=replace(RECORDED, number=other),
    )
    assert guard.admit(request) == "88123499"
