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


def test_saving_with_next_opens_the_one_behind_it_in_the_filtered_list(sit: Sit, office: LiveOffice) -> None:
    ids = [office.create(name=f"Fila {n}", phone=f"8811-001{n}")["id"] for n in (1, 2, 3)]
    desk = sit("bela")
    desk.list.filter(status="SIN_GESTIONAR")
    desk.list.search("Fila")
    desk.until(lambda: not desk.list.is_waiting and desk.list.count == 3)
    order = [row.id for row in desk.list.fetch(0, 3)]
    assert sorted(order) == ids
    desk.dial(order[0])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.outcome.choose("NC")
    desk.call.save(and_next=True)
    assert desk.card.now.contact_id == order[1]
    desk.until(lambda: desk.list.count == 2)  # the first has another status now
    desk.call.next()
    assert desk.card.now.contact_id == order[2]
    desk.call.next()
    assert desk.card.now.contact_id == order[2]
    assert desk.told[-1].sentence.message == "That was the last contact of this list."  # type: ignore[union-attr]


def test_a_contact_that_somebody_else_works_on_is_passed_over(sit: Sit, office: LiveOffice) -> None:
    for n in (1, 2, 3):
        office.create(name=f"Turno {n}", phone=f"8811-002{n}")
    desk, other = sit("caro"), sit("dina")
    desk.list.search("Turno")
    desk.until(lambda: not desk.list.is_waiting and desk.list.count == 3)
    order = [row.id for row in desk.list.fetch(0, 3)]
    other.workplace.take_contact(order[1], "call")
    desk.until(lambda: desk.presence.badge(order[1]) is not None)
    desk.open(order[0])
    desk.call.next()
    assert desk.card.now.contact_id == order[2]


def test_an_outcome_is_taken_back_and_can_be_given_anew(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8811-0031")
    desk = sit("eva")
    call_id = desk.dial(contact["id"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.outcome.type_note("Equivocada")
    desk.finish("NC")
    assert office.boss.get_contact(contact["id"])["status"] == "NC"
    undo = next(told.action for told in reversed(desk.told) if told.action)  # it is told later that it is saved
    assert undo is not None
    undo()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    assert (desk.outcome.note, desk.outcome.chosen and desk.outcome.chosen.code) == ("Equivocada", "NC")
    assert desk.record(call_id)["disposition"] is None
    assert office.boss.get_contact(contact["id"])["status"] == "SIN_GESTIONAR"
    desk.finish("BUZON")
    assert office.boss.get_contact(contact["id"])["status"] == "BUZON"
    undo()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.finish("OCUPADO")
    assert desk.record(call_id)["disposition"] == "OCUPADO"


def test_what_has_not_gone_out_is_taken_back_without_the_server(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8811-0041")
    desk = sit("fany")
    desk.dial(contact["id"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME and not desk.waiting)
    desk.workplace.send_soon = lambda: None  # type: ignore[method-assign]
    desk.workplace.outbox.send_all = lambda: None  # type: ignore[method-assign]
    desk.outcome.choose("NC")
    desk.call.save()
    assert len(desk.waiting) == 1
    undo = next(told.action for told in reversed(desk.told) if told.action)  # it is told later that it is saved
    assert undo is not None
    undo()
    assert (desk.call.stage, desk.waiting) == (Stage.OUTCOME, [])


def test_an_odd_outcome_is_asked_about_once(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8811-0051")
    desk = sit("gina")
    call_id = desk.dial(contact["id"])
    desk.move(4.5)
    desk.move(4)
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.outcome.choose("VENTA")
    desk.call.save()
    assert desk.call.stage is Stage.OUTCOME
    assert desk.outcome.question is not None
    desk.call.save()
    desk.until(lambda: not desk.waiting)
    assert desk.record(call_id)["disposition"] == "VENTA"


def test_a_callback_is_asked_for_where_the_outcome_needs_one(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8811-0061")
    desk = sit("hilda")
    call_id = desk.dial(contact["id"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    wanted: list[str] = []
    desk.outcome.wanted.connect(wanted.append)
    desk.outcome.choose("VOLVER_A_LLAMAR")
    assert wanted == ["callback_at"]
    for text in ("", "mañana", "01/01/2020 10:00"):
        desk.outcome.type_callback(text)
        desk.call.save()
        assert "callback_at" in desk.outcome.field_errors
        assert desk.call.stage is Stage.OUTCOME
    desk.outcome.type_callback(desk.outcome.callback_choices[-1].text)
    desk.call.save()
    desk.until(lambda: not desk.waiting)
    call = desk.record(call_id)
    assert call["callback_at"] is not None
    assert office.boss.get_contact(contact["id"])["next_call_at"] == call["callback_at"]


def test_two_presses_of_the_key_are_one_call(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8811-0071")
    desk = sit("ines")
    desk.open(contact["id"])
    desk.call.dial()
    desk.call.dial()
    desk.until(lambda: desk.call.stage is Stage.UP)
    desk.call.dial()
    desk.drain()
    assert len(office.boss.ask("GET", f"/contacts/{contact['id']}/calls").body) == 1
    assert desk.phone.dialled == ["88110071"]


def test_the_contact_chosen_in_the_list_is_called_without_opening_it_first(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(name="Elegida", phone="8811-0081")
    desk = sit("jana")
    desk.list.search("Elegida")
    desk.until(lambda: not desk.list.is_waiting and desk.list.count == 1)
    desk.list.select(contact["id"])
    assert desk.call.can_dial
    desk.call.dial()
    desk.until(lambda: desk.call.stage is Stage.UP)
    assert desk.card.now.contact_id == contact["id"]


def test_others_see_who_is_on_a_call_and_an_edit_meanwhile_does_not_end_it(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8811-0091")
    desk, other = sit("kira"), sit("lola")
    desk.dial(contact["id"])
    other.until(lambda: (badge := other.presence.badge(contact["id"])) is not None and badge.doing == "call")
    lease = desk.workplace.held.find(contact["id"])
    desk.card.editing.begin()
    desk.until(lambda: desk.card.now.is_editing)
    desk.card.editing.type_in("company", "Mora")
    desk.card.saving.save()
    desk.until(lambda: desk.card.now.saved_at)
    desk.card.toggle_edit()
    desk.until(lambda: not desk.card.now.is_editing)
    assert desk.workplace.held.find(contact["id"]) == lease
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.finish("NC")
    desk.until(lambda: desk.workplace.held.find(contact["id"]) is None)
    other.until(lambda: (badge := other.presence.badge(contact["id"])) is None or not badge.is_busy)
