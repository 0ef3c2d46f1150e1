"""What keeps a call from being made, in words, and where it leads: by the server, the phone, or somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.models.calling.questions import build_question
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.speech import Speech
from callmanager.domain.clock import SystemClock, from_wire
from callmanager.domain.errors import Forbidden, Locked, Unavailable
from callmanager.softphones import Health, HealthState
from callmanager.softphones.refusals import phone_absent, unconfirmed
from tests.desktop.calling_desk import CallingDesk, desks
from tests.desktop.conftest import LiveOffice, open_office

Sit = Callable[..., CallingDesk]


@pytest.fixture
def sit(office: LiveOffice, tmp_path: Path) -> Iterator[Sit]:
    with desks(office, tmp_path) as sit_down:
        yield sit_down


@pytest.fixture
def gapped(tmp_path: Path) -> Iterator[tuple[Sit, LiveOffice]]:
    """An office that asks before a number is called again within the hour."""
    with open_office(tmp_path / "gapped", CALL_GAP_MINUTES=60) as office, desks(office, tmp_path) as sit_down:
        yield sit_down, office


def calls_of(office: LiveOffice, contact_id: int) -> list[str]:
    """The states of a contact's calls with their causes, newest first."""
    found = office.boss.ask("GET", f"/contacts/{contact_id}/calls").body
    return [f"{call['state']} {call['cause']}" for call in found]


def try_to_dial(desk: CallingDesk, contact_id: int) -> None:
    desk.open(contact_id)
    desk.call.dial()
    desk.until(lambda: desk.call.stage is Stage.PREVIEW)


def test_who_is_not_to_be_called_is_not_and_only_a_manager_may_give_a_reason(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8822-0001")
    office.boss.ask("POST", "/do-not-call", body={"number": "8822-0001", "reason": "asked"})
    agent = sit("agata")
    try_to_dial(agent, contact["id"])
    assert agent.call.question is None
    assert not agent.call.can_dial
    assert agent.call.refusal_text == "On the do-not-call list. The card says why."
    assert agent.phone.dialled == []
    boss = sit("berto", role="manager")
    try_to_dial(boss, contact["id"])
    assert boss.call.question is not None
    assert boss.call.question.asks_reason
    boss.call.answer()
    assert boss.call.stage is Stage.PREVIEW, "a reason has to be given"
    boss.call.answer(reason="Pidió que lo llamáramos")
    boss.until(lambda: boss.call.stage is Stage.UP)
    (call,) = office.boss.ask("GET", f"/contacts/{contact['id']}/calls").body
    assert call["override_reason"] == "Pidió que lo llamáramos"


def test_what_forbids_to_call_the_chosen_contact_is_told_while_he_is_chosen(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8822-0003")
    agent = sit("carmela")
    agent.until(lambda: agent.list.position_of(contact["id"]) is not None)
    agent.list.select(contact["id"])
    assert agent.call.can_dial
    shown: list[str] = []
    agent.call.changed.connect(lambda: shown.append(agent.call.refusal_text))
    office.boss.ask("POST", "/do-not-call", body={"number": "8822-0003", "reason": "asked"})
    agent.until(lambda: "On the do-not-call list. The card says why." in shown)


def test_another_contact_that_is_chosen_is_called_at_the_first_number(sit: Sit, office: LiveOffice) -> None:
    two, other = (
        office.boss.ask("POST", "/contacts", body={"phones": [{"number": one} for one in numbers]}).body
        for numbers in (("8822-0004", "8822-0005"), ("8822-0006", "8822-0007"))
    )
    agent = sit("delfina")
    agent.until(lambda: all(agent.list.position_of(one["id"]) is not None for one in (two, other)))
    agent.list.select(two["id"])
    agent.call.choose_number(1)
    agent.list.select(other["id"])
    assert [one.is_chosen for one in agent.call.numbers] == [True, False]


def hours_without(days: int) -> dict[str, Any]:
    """Open at any time but for yesterday, today and the days after it, wherever the number is."""
    closed = [datetime.now(UTC).date() + timedelta(days=number) for number in range(-1, days + 1)]
    return {"weekdays": [["00:00-24:00"]] * 7, "holidays": [day.isoformat() for day in closed]}


def test_outside_calling_hours_an_agent_is_told_from_when_and_a_manager_may_give_a_reason(
    sit: Sit, office: LiveOffice
) -> None:
    hours = hours_without(2)
    campaign = office.boss.ask("POST", "/campaigns", body={"name": "Con horario", "calling_hours": hours}).body
    contact = office.create(phone="+34 912 345 678", campaign_id=campaign["id"])
    agent = sit("oriana")
    try_to_dial(agent, contact["id"])
    asked = agent.call.question
    assert asked is not None
    assert (asked.code, asked.yes_label, asked.asks_reason, agent.call.problem) == ("outside_hours", "", False, None)
    assert asked.text.startswith("At the contact's place it is ")
    assert asked.text.endswith(" Write that time into Next call of the contact, or call somebody else.")
    assert "Calls are allowed again from " in asked.text
    assert f"{date.fromisoformat(hours['holidays'][-1]) + timedelta(days=1):%d/%m/%Y} 00:00" in asked.text
    agent.call.answer(reason="quiero")
    assert (agent.call.stage, agent.phone.dialled) == (Stage.PREVIEW, [])
    agent.call.dismiss()
    assert agent.call.question is None
    boss = sit("pedro", role="manager")
    try_to_dial(boss, contact["id"])
    assert boss.call.question is not None
    assert (boss.call.question.asks_reason, boss.call.question.yes_label) == (True, "Call anyway")
    assert "Next call" not in boss.call.question.text
    boss.call.answer(reason="Pidió que fuera hoy")
    boss.until(lambda: boss.call.stage is Stage.UP)
    (call,) = office.boss.ask("GET", f"/contacts/{contact['id']}/calls").body
    assert call["override_reason"] == "Pidió que fuera hoy"
    office.boss.ask("POST", "/do-not-call", body={"number": "+34 912 345 678"})
    listed = office.create(phone="+34 912 345 678", campaign_id=campaign["id"], name="Otra")
    try_to_dial(agent, listed["id"])
    assert not agent.call.can_dial
    assert agent.call.refusal_text == "On the do-not-call list. The card says why."


@pytest.mark.parametrize(
    ("local_time", "opens_at", "is_told"),
    [
        ("2026-11-23T21:40+14:00", "2026-11-23T14:00:00.000Z", True),
        ("here", "2026-11-23T14:00:00.000Z", False),
        ("2026-11-23T21:40+14:00", None, False),
        ("no time", "2026-11-23T14:00:00.000Z", False),
    ],
)
def test_from_when_one_may_call_is_also_told_by_the_clock_of_this_pc(
    local_time: str, opens_at: str | None, is_told: bool
) -> None:
    bus = Bus()
    tools = Tools(bus, Background(bus), Speech("en"), SystemClock())
    local_time = datetime.now(UTC).astimezone().isoformat() if local_time == "here" else local_time
    fields = {"local_time": local_time, "opens_at": opens_at, "may_override": True}
    asked = build_question(Forbidden("outside_hours", "It is late there.", fields=fields), tools)
    tools.background.close()
    assert asked is not None
    here = from_wire("2026-11-23T14:00:00Z").astimezone()
    told = f"It is late there. By the clock of this PC the hours begin at {here:%d/%m/%Y %H:%M}."
    assert asked.text == (told if is_told else "It is late there.")


def test_a_number_called_a_moment_ago_for_another_contact_is_asked_about(gapped: tuple[Sit, LiveOffice]) -> None:
    sit, office = gapped
    first, second = (office.create(name=name, phone="8822-0011") for name in ("Uno", "Dos"))
    ana, luz = sit("celia"), sit("delia")
    ana.dial(first["id"])
    try_to_dial(luz, second["id"])
    asked = luz.call.question
    assert asked is not None
    assert asked.text.startswith("celia called this number for another contact at ")
    assert (asked.contact_id, bool(asked.open_label), luz.phone.dialled) == (first["id"], True, [])
    luz.call.answer()
    luz.until(lambda: luz.call.stage is Stage.UP)
    assert luz.phone.dialled == ["88220011"]


def test_the_other_contact_of_the_number_can_be_opened_instead(gapped: tuple[Sit, LiveOffice]) -> None:
    sit, office = gapped
    first, second = (office.create(name=name, phone="8822-0021") for name in ("Uno", "Dos"))
    ana, luz = sit("elena"), sit("flora")
    ana.dial(first["id"])
    try_to_dial(luz, second["id"])
    luz.call.open_asked()
    assert (luz.card.now.contact_id, luz.call.question) == (first["id"], None)


def test_a_number_found_wrong_is_asked_about(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8822-0031")
    desk = sit("greta")
    desk.dial(contact["id"])
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.finish("NO_EXISTE")
    desk.move(5)
    try_to_dial(desk, contact["id"])
    assert desk.call.question is not None
    assert desk.call.question.code == "number_marked"
    desk.call.answer()
    desk.until(lambda: desk.call.stage is Stage.UP)


def test_a_number_that_is_not_valid_is_called_only_as_written_and_after_a_question(
    sit: Sit, office: LiveOffice
) -> None:
    contact = office.create(phone="1234567")
    desk = sit("hebe")
    desk.open(contact["id"])
    assert desk.call.numbers[0].problem
    desk.call.dial()
    assert desk.call.question is not None
    assert (desk.call.question.code, desk.call.stage) == ("number_not_valid", Stage.PREVIEW)
    desk.call.answer()
    desk.until(lambda: desk.call.stage is Stage.UP)
    assert desk.phone.dialled == ["1234567"]


def test_of_two_who_want_one_contact_one_calls_and_the_other_hears_by_whom(sit: Sit, office: LiveOffice) -> None:
    ana, luz = sit("irma"), sit("juana")
    for n in range(6):
        contact = office.create(phone=f"8822-004{n}")
        for desk in (ana, luz):
            desk.open(contact["id"])
        ana.call.dial()
        luz.call.dial()
        for desk in (ana, luz):
            desk.until(lambda desk=desk: desk.call.stage is not Stage.STARTING)  # type: ignore[misc]
        (winner,) = [desk for desk in (ana, luz) if desk.call.stage is Stage.UP]
        loser = luz if winner is ana else ana
        assert isinstance(loser.call.problem, Locked)
        assert winner.workplace.user.username in loser.tools.speech.explain(loser.call.problem)
        assert len(calls_of(office, contact["id"])) == 1
        winner.call.hang_up()
        winner.until(lambda winner=winner: winner.call.stage is Stage.OUTCOME)  # type: ignore[misc]
        winner.finish("NC")


def test_a_call_without_its_outcome_at_another_pc_comes_first(sit: Sit, office: LiveOffice) -> None:
    first, second = (office.create(phone=phone) for phone in ("8822-0051", "8822-0052"))
    here = sit("karen")
    call_id = here.dial(first["id"])
    here.call.hang_up()
    here.until(lambda: here.call.stage is Stage.OUTCOME and not here.waiting)
    there = sit("karen", place="other")
    try_to_dial(there, second["id"])
    asked = there.call.question
    assert asked is not None
    assert (asked.code, asked.call_id, asked.contact_id) == ("disposition_missing", call_id, first["id"])
    there.call.open_asked()
    there.until(lambda: there.call.stage is Stage.OUTCOME)
    there.finish("NC")
    assert there.record(call_id)["disposition"] == "NC"


def test_a_phone_that_is_away_is_told_before_anything_is_recorded(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8822-0061")
    desk = sit("laura")
    desk.phone.health = Health(HealthState.NOT_RUNNING, "It does not run.", "Start the phone.")
    desk.calling.phone.check()
    desk.until(lambda: desk.calling.phone.light == "bad")
    try_to_dial(desk, contact["id"])
    assert isinstance(desk.call.problem, Unavailable)
    assert desk.tools.speech.explain(desk.call.problem) == "Start the phone."
    assert calls_of(office, contact["id"]) == []
    assert desk.workplace.held.find(contact["id"]) is None
    desk.phone.health = Health(HealthState.READY, "Ready.")
    desk.call.dial()
    desk.until(lambda: desk.call.stage is Stage.UP)
    assert desk.calling.phone.light == "good", "the next dial looks again"


def test_a_phone_that_fails_as_it_is_asked_ends_the_call_as_failed_and_frees_the_contact(
    sit: Sit, office: LiveOffice
) -> None:
    contact = office.create(phone="8822-0071")
    desk = sit("marta")
    desk.phone.error = phone_absent()
    try_to_dial(desk, contact["id"])
    desk.until(lambda: desk.call.problem is not None and not desk.waiting)
    assert calls_of(office, contact["id"]) == ["ended failed"]
    desk.until(lambda: desk.workplace.held.find(contact["id"]) is None)
    desk.phone.error = None
    desk.move(4)
    desk.call.dial()
    desk.until(lambda: desk.call.stage is Stage.UP)


def test_a_dial_that_was_not_confirmed_stays_up_until_the_agent_says_what_became_of_it(
    sit: Sit, office: LiveOffice
) -> None:
    contact = office.create(phone="8822-0081")
    desk = sit("nora")
    desk.phone.error = unconfirmed()
    desk.open(contact["id"])
    desk.call.dial()
    desk.until(lambda: desk.call.can_close_by_hand)
    assert desk.call.stage is Stage.UP
    desk.call.close_by_hand()
    desk.until(lambda: not desk.waiting)
    assert desk.call.stage is Stage.OUTCOME
    assert desk.call.state_text.endswith("(not confirmed)")
    assert calls_of(office, contact["id"]) == ["ended unconfirmed"]
    desk.finish("NC")


def test_what_was_asked_about_one_contact_is_forgotten_at_the_next(sit: Sit, office: LiveOffice) -> None:
    odd, good = office.create(phone="1234568"), office.create(phone="8822-0091")
    desk = sit("olga")
    desk.open(odd["id"])
    desk.call.dial()
    assert desk.call.question is not None
    desk.open(good["id"])
    assert desk.call.question is None
    desk.call.answer()
    assert desk.call.stage is Stage.PREVIEW
