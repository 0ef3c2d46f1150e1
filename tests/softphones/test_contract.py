"""The contract of softphones, on every driver that can run on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from callmanager.domain.errors import CallManagerError, Conflict, Invalid, NotFound
from callmanager.softphones import CallState, Confidence, EndCause, HealthState
from tests.softphones.stands import STANDS, Stand

NUMBER = "51234562"
REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, ENDED = CallState


@pytest.fixture(params=STANDS)
def stand(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    with ExitStack() as stack:
        built: Stand = request.param(tmp_path, monkeypatch, stack)
        stack.callback(built.phone.close)
        yield built


def test_a_phone_that_is_there_says_that_it_is_ready(stand: Stand) -> None:
    health = stand.phone.probe()
    assert health.state is HealthState.READY
    assert health.detail % health.params
    assert stand.heard.events == []


def test_a_call_begins_requested_and_moves_on(stand: Stand) -> None:
    copied = stand.phone.dial("a", NUMBER)
    assert copied == (NUMBER if stand.phone.name == "none" else "")
    stand.heard.wait("a", CONNECTED if stand.tells else DIALING)
    assert stand.heard.states("a")[:2] == [REQUESTED, DIALING]
    if stand.reached:
        assert [number.rpartition(":")[2] for number in stand.reached()] == [NUMBER]


def test_only_a_phone_that_tells_states_is_taken_at_its_word(stand: Stand) -> None:
    stand.phone.dial("a", NUMBER)
    stand.heard.wait("a", CONNECTED if stand.tells else DIALING)
    seen = {event.confidence for event in stand.heard.of("a") if event.state is not REQUESTED}
    assert seen == {Confidence.OBSERVED if stand.tells else Confidence.ASSUMED}


def test_a_call_ends_once_with_a_cause_and_the_next_one_can_be_made(stand: Stand) -> None:
    for call_id in ("a", "b"):
        stand.phone.dial(call_id, NUMBER)
        stand.heard.wait(call_id, CONNECTED if stand.tells else DIALING)
        stand.finish(call_id)
        ended = EndCause.HUNG_UP_HERE if stand.phone.capabilities.hang_up else EndCause.CLOSED_BY_AGENT
        assert stand.heard.ending(call_id) is ended
        stand.phone.hang_up(call_id)
        stand.phone.close_by_hand(call_id)
        assert stand.heard.states(call_id).count(ENDED) == 1


def test_a_cause_is_told_at_the_end_only_and_time_never_goes_back(stand: Stand) -> None:
    stand.phone.dial("a", NUMBER)
    stand.heard.wait("a", CONNECTED if stand.tells else DIALING)
    stand.finish("a")
    stand.heard.wait("a", ENDED)
    events = stand.heard.of("a")
    assert [event.cause is not None for event in events] == [event.state is ENDED for event in events]
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert all(event.at.utcoffset() is not None for event in events)


def test_a_phone_that_cannot_hang_up_says_so(stand: Stand) -> None:
    stand.phone.dial("a", NUMBER)
    if stand.phone.capabilities.hang_up:
        stand.phone.hang_up("a")
        assert stand.heard.ending("a") is EndCause.HUNG_UP_HERE
        return
    with pytest.raises(Invalid) as refused:
        stand.phone.hang_up("a")
    assert refused.value.code == "hang_up_by_hand"
    assert ENDED not in stand.heard.states("a")


def test_the_agents_word_ends_a_call_as_an_assumption(stand: Stand) -> None:
    stand.phone.dial("a", NUMBER)
    stand.heard.wait("a", DIALING)
    stand.phone.close_by_hand("a")
    ended = stand.heard.wait("a", ENDED)
    assert (ended.cause, ended.confidence) == (EndCause.CLOSED_BY_AGENT, Confidence.ASSUMED)
    assert stand.heard.states("a")[-1] is ENDED


def test_a_second_call_is_refused_and_leaves_the_first_alone(stand: Stand) -> None:
    stand.phone.dial("a", NUMBER)
    with pytest.raises(Conflict) as refused:
        stand.phone.dial("b", NUMBER)
    assert refused.value.code == "call_live"
    assert stand.heard.of("b") == []
    assert ENDED not in stand.heard.states("a")


def test_one_of_many_at_once_dials(stand: Stand) -> None:
    def attempt(number: int) -> bool:
        try:
            stand.phone.dial(f"call-{number}", NUMBER)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert len({event.call_id for event in stand.heard.events}) == 1


def test_a_call_is_made_once(stand: Stand) -> None:
    stand.phone.dial("a", NUMBER)
    stand.phone.close_by_hand("a")
    with pytest.raises(Conflict) as refused:
        stand.phone.dial("a", NUMBER)
    assert refused.value.code == "call_repeated"


@pytest.mark.parametrize(
    "number", ["", "+", "5123-4567", "5123a", "112;rm", "51234567,1", "sip:a@b", "/hangupall", "-1"]
)
def test_what_is_no_number_never_reaches_a_phone(stand: Stand, number: str) -> None:
    with pytest.raises(Invalid) as refused:
        stand.phone.dial("a", number)
    assert refused.value.code == "number_not_dialable"
    assert stand.heard.events == []
    assert not stand.reached or stand.reached() == []


def test_a_call_that_was_never_made_is_not_known(stand: Stand) -> None:
    for end in (stand.phone.hang_up, stand.phone.close_by_hand):
        with pytest.raises(NotFound):
            end("nobody")


def test_a_closed_phone_tells_nothing_more(stand: Stand) -> None:
    stand.phone.dial("a", NUMBER)
    stand.phone.close()
    told = len(stand.heard.events)
    with suppress(CallManagerError):
        stand.phone.close_by_hand("a")
    stand.phone.close()
    assert len(stand.heard.events) == told
