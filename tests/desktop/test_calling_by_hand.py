"""Phones that tell nothing, calls of another phone, the list of a contact's calls and the figures of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.models.calling.day import Figure
from callmanager.desktop.models.card.words import DATE
from callmanager.desktop.wire import Answer
from tests.desktop.calling_desk import CallingDesk, desks
from tests.desktop.conftest import LiveOffice

Sit = Callable[..., CallingDesk]


@pytest.fixture
def sit(office: LiveOffice, tmp_path: Path) -> Iterator[Sit]:
    with desks(office, tmp_path) as sit_down:
        yield sit_down


def figures(shown: list[Figure]) -> dict[str, str]:
    return {one.label: one.value for one in shown}


def test_a_phone_that_does_not_dial_gets_its_number_copied_and_is_closed_by_hand(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8844-0010")
    desk = sit("ada", driver="none")
    desk.open(contact["id"])
    desk.call.dial()
    desk.until(lambda: desk.copied)
    assert (desk.copied, desk.call.copy_text) == (["88440010"], "88440010")
    assert desk.call.state_text == "Dialling (not confirmed)"
    assert desk.call.can_say_answered
    desk.move(8)
    desk.call.say_answered()
    desk.move(65)
    assert desk.call.state_text == "On the phone 1:05 (not confirmed)"
    assert not desk.call.can_say_answered
    desk.call.hang_up()
    assert desk.call.stage is Stage.OUTCOME
    assert desk.call.current is not None
    desk.finish("NO_INTERESADO")
    (call,) = office.boss.ask("GET", f"/contacts/{contact['id']}/calls").body
    assert (call["driver"], call["estimated"], call["cause"]) == ("none", True, "closed_by_agent")
    assert call["result"] == "answered"


def test_saving_the_outcome_says_that_such_a_call_is_over(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8844-0020")
    desk = sit("bea", driver="none")
    call_id = desk.dial(contact["id"])
    desk.outcome.choose("NC")
    assert desk.call.can_save
    desk.call.save()
    assert desk.call.stage is Stage.PREVIEW
    desk.until(lambda: not desk.waiting)
    call = desk.record(call_id)
    assert (call["state"], call["disposition"]) == ("ended", "NC")
    assert office.boss.get_contact(contact["id"])["attempts"] == 1


def test_a_phone_that_tells_is_not_closed_by_saving(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8844-0030")
    desk = sit("cira")
    desk.dial(contact["id"])
    desk.outcome.choose("NC")
    assert not desk.call.can_save
    desk.call.save()
    assert desk.call.stage is Stage.UP
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    assert desk.outcome.chosen is not None, "what was chosen during the call stays chosen"
    desk.finish("NC")


def test_a_call_of_another_phone_is_written_down_once(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(name="Rosa", phone="8844-0040")
    desk = sit("dany")
    desk.open(contact["id"])
    form, done = desk.calling.by_hand, []
    form.done.connect(lambda: done.append(True))
    form.begin(contact["id"])
    assert (form.contact_name, [text for _index, text in form.numbers]) == ("Rosa", ["8844-0040"])
    form.type_talk("mucho")
    form.type_started("ayer")
    form.save()
    assert set(form.field_errors) == {"talk_seconds", "started_at"}
    assert set(form.outcome.field_errors) == {"disposition"}
    later = desk.tools.clock.now().astimezone() + timedelta(hours=1)
    form.type_started(later.strftime(DATE))
    form.type_talk("4:30")
    form.outcome.choose("NO_INTERESADO")
    form.save()
    assert set(form.field_errors) == {"started_at"}
    form.begin(contact["id"])
    form.type_talk("4:30")
    form.outcome.choose("NO_INTERESADO")
    form.save()
    form.save()
    desk.until(lambda: done)
    (call,) = office.boss.ask("GET", f"/contacts/{contact['id']}/calls").body
    assert (call["driver"], call["talk_seconds"], call["estimated"]) == ("by_hand", 270.0, True)
    assert office.boss.get_contact(contact["id"])["status"] == "NO_INTERESADO"
    form.begin(contact["id"])
    form.outcome.choose("NC")
    form.save()
    desk.until(lambda: not form.is_saving)
    assert form.problem is not None or form.field_errors, "two calls of one contact at once"


def test_the_calls_of_the_open_contact_are_listed_and_follow_what_happens(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8844-0050")
    desk = sit("elsa")
    desk.open(contact["id"])
    shown = desk.calling.list
    desk.until(lambda: not shown.is_loading)
    assert shown.empty_text == "Nobody has called this contact yet."
    desk.dial(contact["id"])
    desk.until(lambda: [line.result for line in shown.lines] == ["In progress"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.outcome.type_note("Nadie")
    desk.finish("NC")
    desk.until(lambda: [line.outcome for line in shown.lines] == ["No answer"])
    (line,) = shown.lines
    assert (line.who, line.number, line.note, line.is_mine, line.is_up) == ("elsa", "8844-0050", "Nadie", True, False)
    desk.card.close()
    assert (shown.contact_id, shown.lines) == (None, [])


def test_older_pages_are_found_by_the_link_of_the_page() -> None:
    link = '</contacts/7/calls?limit=50&cursor=2026-11-22T10:00:00.000Z_12>; rel="next"'
    assert Answer(200, [], link=link).next_cursor() == "2026-11-22T10:00:00.000Z_12"
    assert Answer(200, []).next_cursor() is None


def test_the_day_counts_measured_and_estimated_apart(sit: Sit, office: LiveOffice) -> None:
    first, second = office.create(phone="8844-0060"), office.create(phone="8844-0070")
    desk = sit("fina")
    desk.dial(first["id"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.finish("NC")
    form = desk.calling.by_hand
    form.begin(second["id"])
    form.type_talk("2")
    form.outcome.choose("CUELGA")
    form.save()
    desk.until(lambda: not form.is_saving)
    assert form.problem is None
    day = desk.calling.day
    day.load()
    desk.until(lambda: day.is_known)
    assert figures(day.calls)["Attempts"] == "2"
    assert figures(day.times)["Talk, estimated"] == "2:00"
    assert figures(day.outcomes) == {"No answer": "1", "Hangs up": "1"}
    assert figures(day.states)
    assert not day.can_go_later
    day.earlier()
    desk.until(lambda: day.is_known)
    assert (day.can_go_later, figures(day.calls)["Attempts"]) == (True, "0")
