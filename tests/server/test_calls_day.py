"""A day of calls: the time of the agent adds up to the second, and so do the calls that it was spent on."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.clock import from_wire
from callmanager.server.leases.terms import LeaseTerms
from callmanager.server.queries.call_sheet import CallSheet
from callmanager.server.queries.calls import CallFilter, list_calls
from callmanager.server.storage.sqlite import SqliteStorage
from tests.call_days import Day
from tests.call_office import CallOffice

DAYS = [(1, 120), *(pytest.param(seed, 400, marks=pytest.mark.long) for seed in range(1, 7))]
"""The seed of each, and how many calls are made."""


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return CallOffice(SqliteStorage(tmp_path / "contacts.db"), terms=LeaseTerms(lease=timedelta(days=1), most=500))


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
