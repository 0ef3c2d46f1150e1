"""A day of calls: the time of the agent adds up to the second, and so do the calls that it was spent on."""

import random
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.clock import from_wire
from callmanager.server.actions.work import agent_states
from callmanager.server.leases.terms import Terms
from callmanager.server.queries.call_sheet import CallSheet
from callmanager.server.queries.calls import CallFilter, list_calls
from callmanager.server.storage.sqlite import SqliteStorage
from tests.call_office import CallOffice

DAYS = [(1, 120), *(pytest.param(seed, 400, marks=pytest.mark.long) for seed in range(1, 7))]
"""The seed of each, and how many calls are made."""
UNANSWERED = ("busy", "no_answer", "rejected", "unreachable", "failed", "hung_up_here")
OUTCOMES = ("NC", "OCUPADO", "BUZON", "CUELGA", "VENTA", "NO_INTERESADO", "SIN_RED")


class Day:
    """One agent's day, by a seed: pauses, calls of every kind, steps told late, wrap-up of any length."""

    def __init__(self, office: CallOffice, seed: int) -> None:
        self.office, self.dice = office, random.Random(seed)
        self.contacts = [office.contact(phone=f"8{number:07}") for number in range(40)]
        office.sign_in("ana")

    def run(self, number_of_calls: int) -> None:
        for number in range(number_of_calls):
            self.wait(25)
            if self.dice.random() < 0.05:
                self.pause()
            self.call(self.contacts[number % len(self.contacts)])

    def wait(self, most: float) -> None:
        self.office.hand.pass_time(round(self.dice.uniform(0, most), 3))

    def pause(self) -> None:
        office, ana = self.office, self.office.people["ana"]
        for state, reason in (("not_ready", "lunch"), ("not_ready", "restroom"), ("ready", None)):
            office.do(agent_states.set_own, office.states, state, reason, actor=ana)
            self.wait(200)

    def call(self, contact: Any) -> None:
        office, dice = self.office, self.dice
        call = office.start("ana", contact, anyway=True)
        if dice.random() < 0.03:
            office.tell("ana", call, "ended", "failed")
            return
        assumed = dice.random() < 0.3
        steps = [step for step in ("dialing", "ringing") if dice.random() < 0.8]
        answered = dice.random() < 0.5
        for step in (*steps, *(["connected"] if answered else [])):
            self.wait(10)
            office.tell("ana", call, step, ago=round(dice.uniform(0, 5), 3), assumed=assumed)
        if answered and dice.random() < 0.2:
            self.wait(20)
            office.tell("ana", call, "on_hold")
        self.wait(30)
        cause = "hung_up" if answered else dice.choice(UNANSWERED)
        ended = office.tell("ana", call, "ended", cause, ago=round(dice.uniform(0, 4), 3), assumed=assumed)
        self.wait(40)
        if office.listed("ana", is_open=True):
            late = dice.choice((0.0, round(dice.uniform(0, 40), 3)))
            told, _contact = office.dispose("ana", ended, dice.choice(OUTCOMES), anyway=True, ago=late)
            if dice.random() < 0.1:
                self.wait(5)
                office.retract("ana", told)
                self.wait(5)
                office.dispose("ana", told, "NC", anyway=True)


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return CallOffice(SqliteStorage(tmp_path / "contacts.db"), terms=Terms(lease=timedelta(days=1), most=500))


def seconds_between(start: Any, end: Any) -> int:
    """As intervals of states are counted: between whole seconds."""
    return int(end.timestamp()) - int(start.timestamp())


@pytest.mark.parametrize(("seed", "number_of_calls"), DAYS)
def test_a_day_adds_up_to_the_second(office: CallOffice, seed: int, number_of_calls: int) -> None:
    came = office.hand.now()
    Day(office, seed).run(number_of_calls)
    left = office.hand.now()
    day, calls = office.day("ana"), office.listed("ana")
    assert len(calls) == number_of_calls
    seconds = day["seconds"]
    assert seconds["ready"] + seconds["on_call"] + seconds["wrap_up"] + seconds["not_ready"] == day["login_seconds"]
    assert day["login_seconds"] == seconds_between(came, left)
    spans = [(from_wire(one["requested_at"]), from_wire(one["ended_at"])) for one in calls]
    assert seconds["on_call"] == sum(seconds_between(*span) for span in spans)
    assert all(later[0] >= earlier[1] for later, earlier in pairwise(spans))
    on_call = {(one["started_at"], one["ended_at"]) for one in day["intervals"] if one["state"] == "on_call"}
    assert on_call == {(one["requested_at"], one["ended_at"]) for one in calls}


def test_what_calls_add_up_to_is_what_each_says(office: CallOffice) -> None:
    Day(office, 3).run(120)
    sums, calls = office.day("ana")["calls"], office.listed("ana")
    talked = [call for call in calls if call["talk_seconds"] is not None]
    talk = {kind: [c["talk_seconds"] for c in talked if c["estimated"] is kind] for kind in (True, False)}
    assert len(talk[True]) > 5
    assert len(talk[False]) > 5
    assert sums["talk_seconds_estimated"] == pytest.approx(sum(talk[True]), abs=0.0005)
    assert sums["talk_seconds"] == pytest.approx(sum(talk[False]), abs=0.0005)
    assert sums["wrap_up_seconds"] == pytest.approx(sum(c["wrap_up_seconds"] or 0 for c in calls), abs=0.0005)
    assert sum(sums["results"].values()) == len(calls)
    assert sums["answered"] == sum(c["result"] == "answered" for c in calls)
    assert sums["attempts"] == sum(office.contact_now(one)["attempts"] for one in {c["contact_id"] for c in calls})
    assert sums["contacts"] == sum(c["disposition"] in ("CUELGA", "VENTA", "NO_INTERESADO") for c in calls)
    for call in calls:
        parts = [call[name] for name in ("requested_at", "dialing_at", "ringing_at", "connected_at", "ended_at")]
        told = [part for part in parts if part is not None]
        assert told == sorted(told)


def test_the_table_of_calls_says_of_each_talk_whether_it_was_measured(office: CallOffice) -> None:
    Day(office, 4).run(60)
    calls = {str(one["id"]): one for one in office.listed("manager")}
    sheet = CallSheet(office.storage, office.people["manager"], CallFilter(), "en")
    rows = list(sheet.rows())
    assert len(rows) == len(calls) == 60
    for row in rows:
        call = calls[row["Call"]]
        kind = "" if call["talk_seconds"] is None else "estimated" if call["estimated"] else "measured"
        assert (row["Talk is"], row["Talk (s)"]) == (kind, "" if kind == "" else str(call["talk_seconds"]))
    assert {row["Talk is"] for row in rows} == {"", "estimated", "measured"}
    assert set(sheet.columns) == set(rows[0])
    in_spanish = CallSheet(office.storage, office.people["manager"], CallFilter(), "es")
    assert {row["Conversación es"] for row in in_spanish.rows()} == {"", "estimada", "medida"}


def test_pages_of_calls_hold_each_once(office: CallOffice) -> None:
    Day(office, 5).run(25)
    found: list[int] = []
    cursor = None
    with office.storage.read() as connection:
        while True:
            page = list_calls(connection, office.people["ana"], CallFilter(), limit=4, cursor=cursor)
            found += [one["id"] for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found) == 25
