"""Real SIP calls on loopback: what the driver tells of a call is what was said on the line, when it was said."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from callmanager.domain.errors import Unavailable
from callmanager.softphones import MOST_SECONDS_OF_AN_ANSWER, CallState, Confidence, EndCause, HealthState
from callmanager.softphones.baresip import Patience
from tests.sip_lab.phones import LabPhone
from tests.sip_lab.processes import LOOPBACK, free_port
from tests.softphones.conftest import Laboratory
from tests.softphones.sip_logs import SILENCE_SECONDS, TOLERANCE_SECONDS, assert_close, said_to

pytestmark = pytest.mark.sip

DIALING, RINGING, CONNECTED, ENDED = CallState.DIALING, CallState.RINGING, CallState.CONNECTED, CallState.ENDED
NUMBER = "51234567"


def test_a_call_hung_up_here_is_told_as_the_line_saw_it(laboratory: Laboratory) -> None:
    laboratory.start_phone()
    peer = laboratory.start_peer("answers")
    phone, heard = laboratory.driver(peer.address), laboratory.heard
    assert phone.dial("a", NUMBER) == ""
    connected = heard.wait("a", CONNECTED)
    phone.hang_up("a")
    assert heard.ending("a") is EndCause.HUNG_UP_HERE
    assert heard.states("a") == [CallState.REQUESTED, DIALING, RINGING, CONNECTED, ENDED]
    assert {event.confidence for event in heard.of("a")} == {Confidence.OBSERVED}
    heard.wait_for(lambda: any(line.what == "BYE" for line in peer.lines()), "BYE")
    assert_close(heard.at("a", DIALING), said_to(peer, "INVITE", "INVITE"))
    assert_close(heard.at("a", RINGING), said_to(peer, "INVITE", "180"))
    assert_close(connected.at, said_to(peer, "INVITE", "200"))
    assert_close(heard.at("a", ENDED), said_to(peer, "BYE", "BYE"))


def test_a_call_that_the_other_side_ends_is_told_so(laboratory: Laboratory) -> None:
    laboratory.start_phone()
    peer = laboratory.start_peer("leaves")
    phone, heard = laboratory.driver(peer.address), laboratory.heard
    phone.dial("a", NUMBER)
    assert heard.ending("a") is EndCause.HUNG_UP
    assert heard.states("a")[-2:] == [CONNECTED, ENDED]
    assert_close(heard.at("a", CONNECTED), said_to(peer, "INVITE", "200"))
    assert_close(heard.at("a", ENDED), said_to(peer, "BYE", "BYE"))
    phone.hang_up("a")
    assert heard.states("a").count(ENDED) == 1


@pytest.mark.parametrize(
    ("scenario", "status", "cause"),
    [
        ("busy", "486", EndCause.BUSY),
        ("refuses", "603", EndCause.REJECTED),
        ("unknown", "404", EndCause.WRONG_NUMBER),
    ],
)
def test_a_call_that_is_turned_down_says_why(
    laboratory: Laboratory, scenario: str, status: str, cause: EndCause
) -> None:
    laboratory.start_phone()
    peer = laboratory.start_peer(scenario)
    heard = laboratory.heard
    laboratory.driver(peer.address).dial("a", NUMBER)
    assert heard.ending("a") is cause
    assert CONNECTED not in heard.states("a")
    assert_close(heard.at("a", ENDED), said_to(peer, "INVITE", status))


def test_ringing_in_vain_ends_by_itself_and_the_other_side_stops_ringing(laboratory: Laboratory) -> None:
    laboratory.start_phone()
    peer = laboratory.start_peer("rings")
    heard = laboratory.heard
    laboratory.driver(peer.address).dial("a", NUMBER)
    assert heard.ending("a") is EndCause.NO_ANSWER
    assert heard.states("a")[-2:] == [RINGING, ENDED]
    assert_close(heard.at("a", RINGING), said_to(peer, "INVITE", "180"))
    heard.wait_for(lambda: any(line.what == "CANCEL" for line in peer.lines()), "CANCEL")
    assert_close(heard.at("a", ENDED), said_to(peer, "CANCEL", "CANCEL"))


def test_what_the_exchange_says_after_ringing_in_vain_is_no_answer(laboratory: Laboratory) -> None:
    laboratory.start_phone()
    peer = laboratory.start_peer("unanswered")
    heard = laboratory.heard
    laboratory.driver(peer.address, Patience()).dial("a", NUMBER)
    assert heard.ending("a") is EndCause.NO_ANSWER
    assert heard.states("a")[-2:] == [RINGING, ENDED]
    assert_close(heard.at("a", ENDED), said_to(peer, "INVITE", "480"))


def test_hanging_up_while_it_rings_is_no_missed_call(laboratory: Laboratory) -> None:
    laboratory.start_phone()
    peer = laboratory.start_peer("rings")
    phone, heard = laboratory.driver(peer.address, Patience()), laboratory.heard
    phone.dial("a", NUMBER)
    heard.wait("a", RINGING)
    phone.hang_up("a")
    assert heard.ending("a") is EndCause.HUNG_UP_HERE


@pytest.mark.parametrize("there", [True, False])
def test_silence_ends_as_unreachable_in_time(laboratory: Laboratory, *, there: bool) -> None:
    laboratory.start_phone()
    domain = laboratory.start_peer("silent").address if there else f"{LOOPBACK}:{free_port()}"
    phone, heard = laboratory.driver(domain), laboratory.heard
    phone.dial("a", NUMBER)
    assert heard.ending("a") is EndCause.UNREACHABLE
    assert heard.states("a") == [CallState.REQUESTED, DIALING, ENDED]
    waited = (heard.at("a", ENDED) - heard.at("a", DIALING)).total_seconds()
    assert 0.9 <= waited <= 1.0 + TOLERANCE_SECONDS


def test_after_silence_the_same_number_can_be_called_again(laboratory: Laboratory) -> None:
    laboratory.start_phone()
    phone, heard = laboratory.driver(laboratory.start_peer("silent").address), laboratory.heard
    for call_id in ("a", "b"):
        phone.dial(call_id, NUMBER)
        assert heard.ending(call_id) is EndCause.UNREACHABLE


def test_a_phone_killed_in_mid_call_ends_the_call_as_an_assumption(laboratory: Laboratory) -> None:
    process = laboratory.start_phone()
    peer = laboratory.start_peer("answers")
    phone, heard = laboratory.driver(peer.address), laboratory.heard
    phone.dial("a", NUMBER)
    heard.wait("a", CONNECTED)
    process.kill()
    ended = heard.wait("a", ENDED)
    assert (ended.cause, ended.confidence) == (EndCause.PHONE_LOST, Confidence.ASSUMED)
    assert phone.probe().state is HealthState.NOT_RUNNING
    with pytest.raises(Unavailable) as refused:
        phone.dial("b", NUMBER)
    assert refused.value.code == "phone_absent"
    assert heard.ending("b") is EndCause.FAILED
    laboratory.start_phone()
    phone.dial("c", NUMBER)
    heard.wait("c", CONNECTED)


def test_a_call_outlives_the_connection_to_the_phone(laboratory: Laboratory) -> None:
    laboratory.start_phone()
    peer = laboratory.start_peer("answers")
    phone, heard = laboratory.driver(peer.address), laboratory.heard
    phone.dial("a", NUMBER)
    heard.wait("a", CONNECTED)
    with socket.create_connection((LOOPBACK, laboratory.phone.control_port)):
        pass  # a second controller puts out the first
    assert phone.probe().state is HealthState.READY
    phone.hang_up("a")
    assert heard.ending("a") is EndCause.HUNG_UP_HERE
    assert said_to(peer, "BYE", "BYE")


def test_a_peer_that_dies_in_mid_call_is_noticed_by_its_silence(laboratory: Laboratory) -> None:
    laboratory.phone = LabPhone(laboratory.folder / "listening", rtp_timeout=SILENCE_SECONDS)
    laboratory.start_phone()
    other, process = laboratory.start_peer_phone(NUMBER)
    phone, heard = laboratory.driver(other.address), laboratory.heard
    phone.dial("a", NUMBER)
    heard.wait("a", CONNECTED)
    process.kill()
    assert heard.ending("a") in {EndCause.HUNG_UP, EndCause.UNREACHABLE}


def test_a_phone_without_a_program_is_reported_and_refuses_at_once(laboratory: Laboratory) -> None:
    phone = laboratory.driver("", Patience(answer=0.5))
    health = phone.probe()
    assert health.state is HealthState.NOT_RUNNING
    assert health.advice
    with pytest.raises(Unavailable):
        phone.dial("a", NUMBER)


def open_files() -> int:
    return len(list(Path(f"/proc/{os.getpid()}/fd").iterdir()))


def call_in_a_row(laboratory: Laboratory, calls: int) -> None:
    process = laboratory.start_phone()
    peer = laboratory.start_peer("answers")
    phone, heard = laboratory.driver(peer.address, Patience()), laboratory.heard
    phone.probe()
    files, threads = open_files(), threading.active_count()
    for number in range(calls):
        call_id = f"call-{number}"
        phone.dial(call_id, NUMBER)
        heard.wait(call_id, CONNECTED)
        phone.hang_up(call_id)
        assert heard.ending(call_id) is EndCause.HUNG_UP_HERE
        assert heard.states(call_id) == [CallState.REQUESTED, DIALING, RINGING, CONNECTED, ENDED]
    heard.wait_for(lambda: sum(line.what == "BYE" for line in peer.lines()) >= calls, "BYE of each call")
    gc.collect()
    assert open_files() <= files
    heard.wait_for(lambda: threading.active_count() <= threads, "end of all timers")
    assert process.is_running()
    assert len({line.call_id for line in peer.lines()}) == calls


def test_ten_calls_in_a_row_leave_nothing_behind(laboratory: Laboratory) -> None:
    call_in_a_row(laboratory, 10)


@pytest.mark.long
def test_two_hundred_calls_in_a_row_leave_nothing_behind(laboratory: Laboratory) -> None:
    call_in_a_row(laboratory, 200)


def test_a_phone_that_hangs_is_never_taken_to_have_dialled(laboratory: Laboratory) -> None:
    process = laboratory.start_phone()
    phone, heard = laboratory.driver(laboratory.start_peer("answers").address), laboratory.heard
    phone.probe()
    os.kill(process.pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        phone.dial("a", NUMBER)
    assert time.monotonic() - began < MOST_SECONDS_OF_AN_ANSWER
    assert refused.value.code == "dial_unconfirmed"
    assert heard.states("a") == [CallState.REQUESTED]
    os.kill(process.pid, signal.SIGCONT)
    heard.wait("a", CONNECTED)
    phone.hang_up("a")
    assert heard.ending("a") is EndCause.HUNG_UP_HERE
