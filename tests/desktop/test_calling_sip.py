"""Real SIP calls through the models of the window: states, result and instants on the server are what the line saw.

Both keep the wall clock of one PC: the peer's sipp writes it into its log, the server counts back from its own. Where
no peer can keep a log (nobody is there, a program is killed), the instant is the test's own.

The usual run has a call that rings in vain; the other ways it sees through the window (tests/window/test_window_sip.py)
and at the driver (tests/softphones/test_sip_calls.py), with these models between them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.domain.clock import from_wire
from callmanager.softphones import CallState
from callmanager.softphones.baresip import Patience
from tests.desktop.conftest import LiveOffice
from tests.desktop.sip_desk import SipDesk, sip_desk
from tests.sip_lab.phones import LabPhone
from tests.sip_lab.processes import LOOPBACK, free_port
from tests.softphones.conftest import QUICK, Laboratory, laboratory  # noqa: F401  # a fixture
from tests.softphones.sip_logs import (
    SILENCE_SECONDS,
    TOLERANCE_SECONDS,
    PeerTold,
    assert_close,
    check_by_log,
    check_death,
    check_end,
    said_to,
)

pytestmark = pytest.mark.sip

Sit = Callable[..., SipDesk]
CALLED = "88550001"


@pytest.fixture
def sit(office: LiveOffice, laboratory: Laboratory) -> Iterator[Sit]:  # noqa: F811
    """A desk of a new person."""
    with ExitStack() as stack:

        def sit_down(domain: str, patience: Patience = QUICK) -> SipDesk:
            laboratory.start_phone()
            who = f"sip{random.SystemRandom().randrange(10**9)}"
            return stack.enter_context(sip_desk(office, who, laboratory, domain, patience))

        yield sit_down


def dial(desk: SipDesk) -> int:
    """Call a new contact; the id of the call."""
    number = f"88{random.SystemRandom().randrange(10**6):06}"
    return desk.dial(desk.office.create(name="Ana Mora", phone=number)["id"])


def until_connected(desk: SipDesk) -> None:
    desk.until(lambda: desk.call.current is not None and desk.call.current.state is CallState.CONNECTED)


@pytest.mark.long
def test_a_call_hung_up_here(sit: Sit, laboratory: Laboratory) -> None:  # noqa: F811
    peer = laboratory.start_peer("answers")
    desk = sit(peer.address)
    call_id = dial(desk)
    until_connected(desk)
    desk.until_on_server(call_id, "connected")
    desk.call.hang_up()
    desk.until_ended()
    desk.until(lambda: any(line.what == "BYE" for line in peer.lines()))
    call = desk.record(call_id)
    check_end(call, "hung_up_here", "answered", known=3)
    check_by_log(call, peer.lines(), said_to(peer, "BYE", "BYE"))


@pytest.mark.long
def test_a_call_that_the_other_side_hangs_up(sit: Sit, laboratory: Laboratory) -> None:  # noqa: F811
    peer = laboratory.start_peer("leaves")
    desk = sit(peer.address)
    call_id = dial(desk)
    desk.until_ended()
    call = desk.record(call_id)
    check_end(call, "hung_up", "answered", known=3)
    check_by_log(call, peer.lines(), said_to(peer, "BYE", "BYE"))


@pytest.mark.long
@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("busy", ("486", "busy", "busy")),
        ("refuses", ("603", "rejected", "busy")),
        ("unknown", ("404", "wrong_number", "failed")),
    ],
)
def test_a_call_that_is_turned_down(sit: Sit, laboratory: Laboratory, scenario: str, expected: tuple[str, ...]) -> None:  # noqa: F811
    status, cause, result = expected
    peer = laboratory.start_peer(scenario)
    desk = sit(peer.address)
    call_id = dial(desk)
    desk.until_ended()
    call = desk.record(call_id)
    known = 1 + any(line.what == "180" for line in peer.lines())
    check_end(call, cause, result, known=known)
    check_by_log(call, peer.lines(), said_to(peer, "INVITE", status))


def test_a_call_that_rings_in_vain(sit: Sit, laboratory: Laboratory) -> None:  # noqa: F811
    peer = laboratory.start_peer("rings")
    desk = sit(peer.address)
    call_id = dial(desk)
    desk.until_on_server(call_id, "ringing")
    desk.until_ended()
    desk.until(lambda: any(line.what == "CANCEL" for line in peer.lines()))
    call = desk.record(call_id)
    check_end(call, "no_answer", "no_answer", known=2)
    check_by_log(call, peer.lines(), said_to(peer, "CANCEL", "CANCEL"))


@pytest.mark.long
def test_a_call_given_up_while_it_rings(sit: Sit, laboratory: Laboratory) -> None:  # noqa: F811
    peer = laboratory.start_peer("rings")
    desk = sit(peer.address, Patience())
    call_id = dial(desk)
    desk.until_on_server(call_id, "ringing")
    desk.call.hang_up()
    desk.until_ended()
    desk.until(lambda: any(line.what == "CANCEL" for line in peer.lines()))
    call = desk.record(call_id)
    check_end(call, "hung_up_here", "cancelled", known=2)
    check_by_log(call, peer.lines(), said_to(peer, "CANCEL", "CANCEL"))


@pytest.mark.long
def test_a_call_to_somebody_who_says_nothing(sit: Sit, laboratory: Laboratory) -> None:  # noqa: F811
    peer = laboratory.start_peer("silent")
    desk = sit(peer.address)
    call_id = dial(desk)
    desk.until_ended()
    call = desk.record(call_id)
    check_end(call, "unreachable", "failed", known=1)
    check_by_log(call, peer.lines(), said_to(peer, "INVITE", "INVITE") + timedelta(seconds=QUICK.setup))


@pytest.mark.long
def test_a_call_to_where_nobody_is(sit: Sit) -> None:
    desk = sit(f"{LOOPBACK}:{free_port()}")
    before = datetime.now(UTC)
    call_id = dial(desk)
    late = datetime.now(UTC) + timedelta(seconds=TOLERANCE_SECONDS)
    desk.until_ended()
    call = desk.record(call_id)
    check_end(call, "unreachable", "failed", known=1)
    assert before <= from_wire(call["dialing_at"]) <= late
    assert_close(from_wire(call["ended_at"]), from_wire(call["dialing_at"]) + timedelta(seconds=QUICK.setup))


@pytest.mark.long
def test_a_phone_of_the_other_side_that_dies(sit: Sit, laboratory: Laboratory) -> None:  # noqa: F811
    """It is noticed by its silence, one second after it began. The other phone tells when it was called."""
    laboratory.phone = LabPhone(laboratory.folder / "listening", rtp_timeout=SILENCE_SECONDS)
    other, process = laboratory.start_peer_phone(CALLED)
    desk = sit(other.address)
    told = PeerTold(other.control_port)
    try:
        call_id = desk.dial(desk.office.create(name="Ana Mora", phone=f"{CALLED[:4]}-{CALLED[4:]}")["id"])
        until_connected(desk)
        desk.until_on_server(call_id, "connected")
        rang, connected = told.at("CALL_REMOTE_SDP"), told.at("CALL_ESTABLISHED")
        killed = datetime.now(UTC)
        process.kill()
    finally:
        told.close()
    desk.until_ended()
    call = desk.record(call_id)
    check_death(call, killed)
    assert_close(from_wire(call["dialing_at"]), rang)
    assert_close(from_wire(call["connected_at"]), connected)


@pytest.mark.long
def test_the_phone_killed_in_mid_call(sit: Sit, laboratory: Laboratory) -> None:  # noqa: F811
    peer = laboratory.start_peer("answers")
    desk = sit(peer.address)
    call_id = dial(desk)
    until_connected(desk)
    desk.until_on_server(call_id, "connected")
    killed = datetime.now(UTC)
    laboratory.process.kill()
    desk.until_ended()
    call = desk.record(call_id)
    check_end(call, "phone_lost", "answered", known=3, estimated=True)
    check_by_log(call, peer.lines(), killed)
    desk.until(lambda: not desk.calling.phone.is_ready)
    desk.outcome.choose("NC")
    desk.call.save()
    desk.until(lambda: not desk.waiting)
    assert desk.call.stage is Stage.PREVIEW
