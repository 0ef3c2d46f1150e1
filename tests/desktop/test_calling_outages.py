"""A call while the server is away, restarts or takes the contact back; a program that ends in mid-call; and times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callmanager.desktop.models.attention import AttentionModel
from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.models.status import StatusModel
from callmanager.desktop.outbox import Outbox
from callmanager.domain.clock import from_wire
from tests.desktop.calling_desk import CallingDesk, desks
from tests.desktop.conftest import LiveOffice, open_office

Sit = Callable[..., CallingDesk]


@pytest.fixture
def sit(office: LiveOffice, tmp_path: Path) -> Iterator[Sit]:
    with desks(office, tmp_path) as sit_down:
        yield sit_down


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LiveOffice]:
    """An office whose server the test may kill."""
    with open_office(tmp_path / "own") as opened:
        yield opened


def test_a_call_that_ends_while_the_server_is_away_arrives_whole_and_once(own: LiveOffice, tmp_path: Path) -> None:
    contact = own.create(phone="8833-0010")
    with desks(own, tmp_path) as sit_down:
        desk = sit_down("alma")
        call_id = desk.dial(contact["id"])
        desk.move(4.5)
        desk.until(lambda: not desk.waiting)
        with own.away():
            desk.move(60)
            desk.call.hang_up()
            desk.until(lambda: desk.call.stage is Stage.OUTCOME)
            desk.outcome.choose("INTERESADO")
            desk.outcome.type_note("Le interesa")
            desk.call.save()
            assert desk.call.stage is Stage.PREVIEW
            assert desk.waiting == [f"PATCH /calls/{call_id}", f"POST /calls/{call_id}/disposition"]
            desk.move(600)
        desk.until(lambda: not desk.waiting)
        call = desk.record(call_id)
        assert (call["cause"], call["result"], call["disposition"], call["note"]) == (
            "hung_up_here",
            "answered",
            "INTERESADO",
            "Le interesa",
        )
        assert call["wrap_up_seconds"] == 0.0
        after = own.boss.get_contact(contact["id"])
        assert (after["status"], after["attempts"]) == ("INTERESADO", 1)
        assert desk.workplace.store.work.list_refused() == []


def test_a_server_that_restarts_in_mid_call_loses_nothing(own: LiveOffice, tmp_path: Path) -> None:
    contact = own.create(phone="8833-0020")
    with desks(own, tmp_path) as sit_down:
        desk = sit_down("brisa")
        call_id = desk.dial(contact["id"])
        with own.away(in_order=True):
            desk.move(0.5)
            desk.move(4)
        desk.until(lambda: not desk.waiting)
        desk.call.hang_up()
        desk.until(lambda: desk.call.stage is Stage.OUTCOME)
        desk.finish("NC")
        call = desk.record(call_id)
        assert (call["state"], call["result"], call["disposition"]) == ("ended", "answered", "NC")
        assert call["ringing_at"] is not None


def test_without_the_server_nothing_is_dialled(own: LiveOffice, tmp_path: Path) -> None:
    contact = own.create(phone="8833-0030")
    with desks(own, tmp_path) as sit_down:
        desk = sit_down("clara")
        desk.open(contact["id"])
        own.server.kill()
        desk.call.dial()
        desk.until(lambda: desk.call.problem is not None)
        assert (desk.call.stage, desk.phone.dialled) == (Stage.PREVIEW, [])


def test_a_contact_taken_away_in_mid_call_is_told_and_the_real_end_counts(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8833-0040")
    desk = sit("dora")
    call_id = desk.dial(contact["id"])
    desk.move(4.5)
    desk.until(lambda: not desk.waiting)
    body = {"purpose": "edit", "reason": "Es de otro equipo"}
    office.boss.ask("POST", f"/contacts/{contact['id']}/lock/take-over", body=body)
    desk.until(lambda: desk.call.current is not None and desk.call.current.is_lost)
    assert desk.call.problem is not None
    assert desk.call.stage is Stage.UP, "the phone says that they talk"
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME and not desk.waiting)
    call = desk.record(call_id)
    assert (call["cause"], call["estimated"]) == ("hung_up_here", False)
    desk.until(lambda: not desk.waiting)


def test_a_program_that_ended_in_mid_call_asks_for_the_outcome_at_the_next_start(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(name="Pía Ruiz", phone="8833-0050")
    before = sit("ema")
    call_id = before.dial(contact["id"])
    before.outcome.type_note("Dijo que")
    before.until(lambda: not before.waiting)
    before.close()  # as Windows ends it
    after = sit("ema")
    after.until(lambda: after.calling.unfinished.calls)
    (left,) = after.calling.unfinished.calls
    assert (left.id, left.contact_name, left.is_up) == (call_id, "Pía Ruiz", True)
    assert after.calling.unfinished.text == "1 call waits for its outcome."
    after.calling.unfinished.resume(call_id)
    after.until(lambda: after.call.current is not None)
    assert after.card.now.contact_id == contact["id"]
    assert after.outcome.note == "Dijo que"
    assert after.call.can_close_by_hand
    after.outcome.choose("NC")
    after.call.save()  # says that it is over, too
    after.until(lambda: not after.waiting)
    call = after.record(call_id)
    assert (call["cause"], call["disposition"], call["note"]) == ("closed_by_agent", "NC", "Dijo que")
    after.until(lambda: not after.calling.unfinished.calls)


def test_an_outcome_that_the_server_refuses_needs_attention_and_is_asked_again(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8833-0060")
    office.boss.ask("POST", "/dispositions", body={"code": "PASAJERA", "name": "Pasajera", "position": 50})
    desk = sit("fabia")
    attention = AttentionModel(desk.tools, desk.workplace, StatusModel(desk.tools, desk.workplace))
    call_id = desk.dial(contact["id"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME and desk.calling.dispositions.find("PASAJERA"))
    desk.outcome.choose("PASAJERA")
    desk.outcome.type_note("Ya no existe")
    (made,) = [one for one in office.boss.ask("GET", "/dispositions").body if one["code"] == "PASAJERA"]
    office.boss.ask("PATCH", f"/dispositions/{made['id']}", body={"active": False}, version=made["version"])
    desk.call.save()
    desk.until(desk.workplace.store.work.list_refused)
    (line,) = attention.lines
    assert (line.is_refused, line.what, "Ya no existe" in line.text) == (True, "Outcome of a call", True)
    desk.until(lambda: desk.told[-1].is_error)
    desk.until(lambda: [one.id for one in desk.calling.unfinished.calls] == [call_id])
    desk.calling.unfinished.resume(call_id)
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.finish("NC")
    assert desk.record(call_id)["disposition"] == "NC"


def test_how_long_ago_a_step_was_is_counted_when_it_is_sent(
    sit: Sit, office: LiveOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = office.create(phone="8833-0070")
    desk = sit("gala")
    desk.dial(contact["id"])
    desk.until(lambda: not desk.waiting)
    with monkeypatch.context() as held_back:
        held_back.setattr(Outbox, "send_all", lambda _outbox: None)
        desk.move(0.5)
        desk.move(4)
        desk.move(30)
        steps = [item.body["steps"][0] for item in desk.workplace.store.work.list_waiting()]
    fill = desk.workplace.outbox.moments.fill
    assert [(step["state"], round(fill(step)["ago"], 3)) for step in steps] == [("ringing", 34.0), ("connected", 30.0)]


def test_the_server_has_the_instants_as_far_apart_as_they_were(sit: Sit, office: LiveOffice) -> None:
    """In real time, since the server's clock is not the test's: the steps wait while nothing is sent."""
    contact = office.create(phone="8833-0080")
    desk = sit("hada")
    call_id = desk.dial(contact["id"])
    desk.move(0.5)
    desk.until(lambda: not desk.waiting)
    first = desk.record(call_id)
    desk.move(4)
    desk.until(lambda: not desk.waiting)
    call = desk.record(call_id)
    assert call["ringing_at"] == first["ringing_at"]
    assert from_wire(call["connected_at"]) >= from_wire(call["ringing_at"])


def test_a_lease_that_ran_out_in_mid_call_is_taken_again_while_the_contact_is_free(
    sit: Sit, office: LiveOffice
) -> None:
    contact = office.create(phone="8833-0090")
    desk = sit("iris")
    desk.dial(contact["id"])
    lease = desk.workplace.held.find(contact["id"])
    assert lease is not None
    desk.workplace.live.unlock_contact(lease)  # as the server does when it has not heard of it for long
    desk.workplace.held.renew(desk.workplace.live)
    desk.until(lambda: (now := desk.workplace.held.find(contact["id"])) is not None and now.token > lease.token)
    desk.until(lambda: desk.call.current is not None and not desk.call.current.is_lost)
    assert desk.call.problem is None
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.finish("NC")
    desk.until(lambda: desk.workplace.held.find(contact["id"]) is None)
