"""Preview, dial, talk, outcome, next: the loop of an agent without a display, against a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.softphones import CallState
from tests.desktop.calling_desk import CallingDesk, desks
from tests.desktop.conftest import LiveOffice

Sit = Callable[..., CallingDesk]


@pytest.fixture
def sit(office: LiveOffice, tmp_path: Path) -> Iterator[Sit]:
    with desks(office, tmp_path) as sit_down:
        yield sit_down


def test_a_call_goes_from_preview_to_its_outcome_and_the_server_holds_it_all(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(name="Ana Mora", phone="8811-0001")
    desk = sit("alba")
    desk.open(contact["id"])
    assert desk.call.can_dial
    assert [one.text for one in desk.call.numbers] == ["8811-0001"]
    call_id = desk.dial(contact["id"])
    assert desk.phone.dialled == ["88110001"]
    assert desk.call.state_text == "Dialling"
    desk.move(0.5)
    desk.move(3.5)
    assert desk.call.state_text == "Ringing 0:03"
    desk.move(0.5)
    assert desk.call.current is not None
    assert desk.call.current.state is CallState.CONNECTED
    desk.move(83)
    assert desk.call.state_text == "On the phone 1:23"
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    assert desk.call.state_text == "You hung up"
    assert not desk.call.can_dial, "first the outcome"
    desk.move(12)
    assert desk.call.wrap_up_text == "Wrap-up 0:12"
    desk.outcome.choose_key(1)
    desk.outcome.type_note("No estaba")
    desk.call.save()
    assert desk.call.stage is Stage.PREVIEW
    desk.until(lambda: not desk.waiting)
    call = desk.record(call_id)
    assert (call["state"], call["result"], call["cause"]) == ("ended", "answered", "hung_up_here")
    assert (call["disposition"], call["note"], call["estimated"]) == ("NC", "No estaba", False)
    after = office.boss.get_contact(contact["id"])
    assert (after["status"], after["attempts"]) == ("NC", 1)
    desk.until(lambda: desk.workplace.held.find(contact["id"]) is None)
