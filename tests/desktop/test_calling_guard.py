"""What the guard before the dial refuses is met in the window: each refusal of softphones/guards.py, on its own way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.models.calling.dialling import Consents, Dialler, PlannedCall
from callmanager.desktop.models.calling.numbers import read_digits
from callmanager.desktop.remote.rest import new_key
from callmanager.domain.errors import Conflict
from tests.desktop.calling_desk import WAIT_SECONDS, CallingDesk, desks
from tests.desktop.conftest import LiveOffice

Sit = Callable[..., CallingDesk]


@pytest.fixture
def sit(office: LiveOffice, tmp_path: Path) -> Iterator[Sit]:
    with desks(office, tmp_path) as sit_down:
        yield sit_down


def refusal(desk: CallingDesk, wanted: PlannedCall, recorded: Callable[[Mapping[str, Any]], object]) -> str:
    """The code with which a call that the server has recorded is kept from the phone."""
    dialler = Dialler(desk.workplace, desk.calling.phone, lambda _health: None, recorded)
    with pytest.raises(Conflict) as refused:
        dialler.dial(wanted)
    assert desk.phone.dialled == []
    return refused.value.code


def wanted_of(desk: CallingDesk, contact: dict[str, Any], **older: str) -> PlannedCall:
    """The contact's first number as this PC has it."""
    phone = {**contact["phones"][0], **older}
    return PlannedCall(contact, phone, read_digits(phone, desk.calling.phone.form), Consents(), new_key())


def test_a_contact_that_is_taken_away_while_the_server_records_is_not_dialled(sit: Sit, office: LiveOffice) -> None:
    contact, desk = office.create(phone="8877-0001"), sit("anahi")

    def take_over(_call: Mapping[str, Any]) -> None:
        body = {"purpose": "edit", "reason": "Es de otro equipo"}
        office.boss.ask("POST", f"/contacts/{contact['id']}/lock/take-over", body=body)
        end = time.monotonic() + WAIT_SECONDS
        while desk.workplace.held.find(contact["id"]) is not None and time.monotonic() < end:
            time.sleep(0.002)

    assert refusal(desk, wanted_of(desk, contact), take_over) == "call_not_recorded"


def test_a_number_that_the_server_knows_otherwise_by_now_is_not_dialled(sit: Sit, office: LiveOffice) -> None:
    contact, desk = office.create(phone="8877-0002"), sit("brenda")
    older = wanted_of(desk, contact, e164="+34912345678")
    assert refusal(desk, older, lambda _call: None) == "call_not_recorded"


def test_no_contact_is_dialled_beside_a_test_call(sit: Sit, office: LiveOffice) -> None:
    contact, desk = office.create(phone="8877-0003"), sit("carla")
    test = desk.calling.phone_test
    test.number = "7000"
    test.dial()
    desk.until(lambda: desk.phone.dialled)
    desk.open(contact["id"])
    desk.call.dial()
    desk.until(lambda: desk.call.problem is not None)
    assert isinstance(desk.call.problem, Conflict)
    assert (desk.call.problem.code, desk.phone.dialled) == ("call_live", ["7000"])


def test_a_phone_with_a_test_call_stays_as_it_is(sit: Sit) -> None:
    """The driver that hears how the call ends is not put away before: no contact could be called any more."""
    desk = sit("delia")
    form, test = desk.calling.phone_form, desk.calling.phone_test
    test.number = "7000"
    test.dial()
    desk.until(lambda: desk.phone.dialled)
    form.choose_driver("none")
    form.save()
    assert form.field_errors["driver"].code == "call_live"
    test.hang_up()
    desk.until(lambda: not test.is_up)
    form.save()
    desk.until(lambda: desk.calling.phone.driver == "none" and desk.calling.phone.softphone is not None)


def test_a_number_is_not_dialled_twice_within_three_seconds(sit: Sit, office: LiveOffice) -> None:
    contact, desk = office.create(phone="8877-0005"), sit("elvira")
    desk.dial(contact["id"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.finish("NC")
    desk.open(contact["id"])
    desk.call.dial()
    desk.until(lambda: desk.call.problem is not None)
    assert getattr(desk.call.problem, "code", None) == "dialled_just_now"
    desk.move(3)
    desk.until(lambda: not desk.waiting)
    desk.call.dial()
    desk.until(lambda: len(desk.phone.dialled) == 2)
