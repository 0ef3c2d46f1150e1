"""The manager interface: what the exchange is asked, and what its events mean for the one call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Invalid, Unavailable
from callmanager.softphones import CallState, Confidence, EndCause, HealthState
from callmanager.softphones.ami import AmiAccount, AmiSoftphone
from tests.softphones.asterisk import SECRET, ScriptedAsterisk
from tests.softphones.phone_events import Heard

NUMBER = "51234567"
REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, ENDED = CallState


@pytest.fixture
def exchange() -> Iterator[ScriptedAsterisk]:
    exchange = ScriptedAsterisk()
    exchange.by_itself = False
    yield exchange
    exchange.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def phone(exchange: ScriptedAsterisk, heard: Heard) -> Iterator[AmiSoftphone]:
    phone = AmiSoftphone(SystemClock(), heard, AmiAccount("127.0.0.1", "cm", SECRET, "PJSIP/100", port=exchange.port))
    yield phone
    phone.close()


def test_the_exchange_is_asked_to_ring_the_agent_and_then_the_number(
    exchange: ScriptedAsterisk, phone: AmiSoftphone
) -> None:
    phone.dial("a", NUMBER)
    asked = exchange.originated
    assert (asked["Channel"], asked["Exten"], asked["Context"]) == ("PJSIP/100", NUMBER, "from-internal")
    assert asked["Async"] == "true"


def test_the_secret_never_travels(exchange: ScriptedAsterisk, phone: AmiSoftphone) -> None:
    assert phone.probe().state is HealthState.READY
    assert not any(SECRET in value for action in exchange.actions for value in action.values())


def test_the_agents_own_phone_is_not_taken_for_the_number(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard
) -> None:
    phone.dial("a", NUMBER)
    own = exchange.originated["ChannelId"]
    exchange.ring_the_agent()
    exchange.tell("DialEnd", Linkedid=own, DestUniqueid=own, DestLinkedid=own, DialStatus="ANSWER")
    exchange.dial_out()
    heard.wait("a", RINGING)
    assert heard.states("a") == [REQUESTED, DIALING, RINGING]


def test_a_talk_with_a_pause_on_hold_is_told_step_by_step(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard
) -> None:
    phone.dial("a", NUMBER)
    own = exchange.originated["ChannelId"]
    exchange.ring_the_agent()
    exchange.dial_out()
    exchange.end_dial("ANSWER")
    exchange.tell("Hold", Uniqueid=own, Linkedid=own)
    exchange.tell("Unhold", Uniqueid=own, Linkedid=own)
    exchange.hang_up()
    assert heard.ending("a") is EndCause.HUNG_UP
    assert heard.states("a") == [REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, CONNECTED, ENDED]


@pytest.mark.parametrize(
    ("told", "ending"),
    [
        (("BUSY", "17"), EndCause.BUSY),
        (("NOANSWER", "19"), EndCause.NO_ANSWER),
        (("CHANUNAVAIL", "20"), EndCause.UNREACHABLE),
        (("CONGESTION", "34"), EndCause.UNREACHABLE),
        (("", "21"), EndCause.REJECTED),
        (("", "1"), EndCause.WRONG_NUMBER),
        (("", "127"), EndCause.FAILED),
    ],
)
def test_a_call_that_nobody_takes_says_why(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard, told: tuple[str, str], ending: EndCause
) -> None:
    status, cause = told
    phone.dial("a", NUMBER)
    exchange.ring_the_agent()
    exchange.dial_out()
    if status:
        exchange.end_dial(status)
    exchange.hang_up(cause)
    assert heard.ending("a") is ending


def test_an_agent_who_does_not_take_his_own_phone_has_called_nobody(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard
) -> None:
    phone.dial("a", NUMBER)
    exchange.tell("OriginateResponse", ActionID="originate-of-another", Response="Failure", Uniqueid="<null>")
    own = exchange.originated
    exchange.tell("OriginateResponse", ActionID=own["ActionID"], Response="Failure", Reason="3", Uniqueid="<null>")
    assert heard.ending("a") is EndCause.FAILED
    assert heard.states("a") == [REQUESTED, ENDED]


def test_calls_of_others_on_the_same_exchange_are_not_ours(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard
) -> None:
    phone.dial("a", NUMBER)
    exchange.tell("DialBegin", Uniqueid="99.1", Linkedid="99.1", DestUniqueid="99.2", DestLinkedid="99.1")
    exchange.tell("Hangup", Uniqueid="99.1", Linkedid="99.1", Cause="17")
    exchange.ring_the_agent()
    exchange.dial_out()
    heard.wait("a", RINGING)
    assert heard.states("a") == [REQUESTED, DIALING, RINGING]


def test_an_exchange_that_refuses_has_dialled_nothing(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard
) -> None:
    exchange.accept_originate = False
    with pytest.raises(Unavailable) as refused:
        phone.dial("a", NUMBER)
    assert refused.value.code == "phone_refused"
    assert heard.ending("a") is EndCause.FAILED


def test_an_exchange_that_says_nothing_leaves_the_call_unconfirmed_and_open(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard
) -> None:
    exchange.answer_originate = False
    with pytest.raises(Unavailable) as refused:
        phone.dial("a", NUMBER)
    assert refused.value.code == "dial_unconfirmed"
    assert heard.states("a") == [REQUESTED]
    phone.close_by_hand("a")
    assert heard.ending("a") is EndCause.UNCONFIRMED


def test_a_lost_exchange_ends_the_call_as_an_assumption_and_is_found_again(
    exchange: ScriptedAsterisk, phone: AmiSoftphone, heard: Heard
) -> None:
    phone.dial("a", NUMBER)
    exchange.ring_the_agent()
    exchange.dial_out()
    exchange.end_dial("ANSWER")
    heard.wait("a", CONNECTED)
    exchange.drop()
    ended = heard.wait("a", ENDED)
    assert (ended.cause, ended.confidence) == (EndCause.PHONE_LOST, Confidence.ASSUMED)
    phone.dial("b", NUMBER)
    assert exchange.originated["ChannelId"] == "cm-b"


def test_a_wrong_secret_is_reported_as_such(exchange: ScriptedAsterisk, heard: Heard) -> None:
    account = AmiAccount("127.0.0.1", "cm", "wrong", "PJSIP/100", port=exchange.port)
    phone = AmiSoftphone(SystemClock(), heard, account)
    try:
        assert phone.probe().state is HealthState.ACCESS_DENIED
    finally:
        phone.close()


@pytest.mark.parametrize("phone_name", ["", "PJSIP/100\r\nAction: Command", "Local/1&PJSIP/2"])
def test_a_setting_cannot_smuggle_a_second_action(heard: Heard, phone_name: str) -> None:
    with pytest.raises(Invalid):
        AmiSoftphone(SystemClock(), heard, AmiAccount("127.0.0.1", "cm", SECRET, phone_name))
