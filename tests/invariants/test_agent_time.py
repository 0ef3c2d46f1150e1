"""Whatever people, leads, calls, cables and restarts do to states: no gap, no overlap, and the seconds add up."""

import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from callmanager.domain.agent_states import REASONS_CHOSEN
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Conflict
from callmanager.server.agents.attendance import GRACE
from callmanager.server.agents.ledger import StateLedger
from callmanager.server.changes.write import Transaction
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.server.storage.tables import agent_states, log_head
from tests.state_office import StateOffice

PEOPLE = ("ana", "bea")
DESKTOPS = ("one", "two")
people = st.sampled_from(PEOPLE)
desktops = st.sampled_from(DESKTOPS)
choices = st.just(("ready", None)) | st.tuples(st.just("not_ready"), st.sampled_from(REASONS_CHOSEN))


class TimeMachine(RuleBasedStateMachine):
    """Two agents and their lead. The model knows only who is connected, and since when each has not been."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.office = StateOffice(SqliteStorage(Path(self.folder.name) / "contacts.db"))
        self.connected: dict[str, set[str]] = {name: set() for name in PEOPLE}
        self.gone_at: dict[str, float] = {}

    def teardown(self) -> None:
        self.office.storage.close()
        self.folder.cleanup()

    @rule(name=people, desktop=desktops)
    def come(self, name: str, desktop: str) -> None:
        if desktop not in self.connected[name]:
            self.connected[name].add(desktop)
            self.gone_at.pop(name, None)
            self.office.come(name, f"{name}-{desktop}")
            assert self.office.state_of(name) != "offline"

    @rule(name=people, desktop=desktops)
    def go(self, name: str, desktop: str) -> None:
        self.office.go(name, f"{name}-{desktop}")
        if desktop in self.connected[name]:
            self.connected[name].remove(desktop)
            if not self.connected[name]:
                self.gone_at[name] = self.office.hand.stopwatch

    @rule(name=people, choice=choices)
    def choose(self, name: str, choice: tuple[str, str | None]) -> None:
        with suppress(Conflict):
            self.office.set(name, *choice)

    @rule(name=people, choice=choices)
    def force(self, name: str, choice: tuple[str, str | None]) -> None:
        with suppress(Conflict):
            self.office.force("lead", name, *choice)

    @rule(name=people, state=st.sampled_from(["on_call", "wrap_up", "ready"]))
    def call(self, name: str, state: str) -> None:
        if self.office.state_of(name) != "offline":
            self.office.call(name, state)

    @rule(milliseconds=st.integers(0, 200_000))
    def wait(self, milliseconds: int) -> None:
        self.office.hand.pass_time(milliseconds / 1000)

    @rule(seconds=st.integers(-7_200, 0))
    def set_the_clock_back(self, seconds: int) -> None:
        self.office.hand.set_by(seconds)

    @rule()
    def look(self) -> None:
        """The job runs."""
        self.office.settle()
        for name in PEOPLE:
            gone = self.gone_at.get(name)
            if self.connected[name]:
                assert self.office.state_of(name) != "offline"
            elif gone is not None and self.office.hand.stopwatch - gone > GRACE.total_seconds() + 0.001:
                assert self.office.state_of(name) == "offline"

    @rule()
    def mark(self) -> None:
        self.office.mark()

    @rule(down_seconds=st.integers(0, 2_000))
    def crash(self, down_seconds: int) -> None:
        """What is in memory is gone; everybody must connect again, and has the grace from now on."""
        self.office.hand.pass_time(down_seconds)
        self.office.open_server()
        for name in PEOPLE:
            self.connected[name].clear()
            self.gone_at[name] = self.office.hand.stopwatch

    @invariant()
    def intervals_follow_each_other(self) -> None:
        rows, at = read_rows(self.office)
        for name in PEOPLE:
            mine = [row for row in rows if row["user_id"] == self.office.people[name].id]
            check_rows(mine, at)

    @invariant()
    def seconds_add_up(self) -> None:
        for name in PEOPLE:
            check_day(self.office, name)


def read_rows(office: StateOffice) -> tuple[list[dict[str, Any]], str]:
    """The record, and the latest instant of the log."""
    with office.storage.read() as connection:
        rows = connection.execute(select(agent_states).order_by(agent_states.c.id)).mappings().all()
        return [dict(row) for row in rows], str(connection.execute(select(log_head.c.at)).scalar())


def check_rows(rows: list[dict[str, Any]], at: str) -> None:
    for before, after in pairwise(rows):
        assert before["ended_at"] == after["started_at"], "a gap or an overlap"
        assert (before["state"], before["reason"]) != (after["state"], after["reason"]), "one interval in two pieces"
    for row in rows:
        assert to_wire(row["started_at"]) <= at, "it begins in the future"
        assert row["ended_at"] is None or row["started_at"] <= row["ended_at"]
    assert [row["ended_at"] is None for row in rows] == [False] * (len(rows) - 1) + [True] * bool(rows)


def check_day(office: StateOffice, name: str) -> None:
    day = office.day(name)
    if not day["intervals"]:
        return
    first, last = (datetime.fromisoformat(text) for text in (day["intervals"][0]["started_at"], day["to"]))
    span = (last.replace(microsecond=0) - first.replace(microsecond=0)) // timedelta(seconds=1)
    assert sum(day["seconds"].values()) == span == sum(one["seconds"] for one in day["intervals"])
    assert day["login_seconds"] + day["seconds"]["offline"] == span


def run(examples: int, steps: int) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=checks,
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )
    run_state_machine_as_test(TimeMachine, settings=how)


def test_time_adds_up_whatever_happens() -> None:
    run(examples=25, steps=30)


@pytest.mark.long
def test_time_adds_up_whatever_happens_for_long() -> None:
    run(examples=400, steps=60)


def test_intervals_that_do_not_meet_are_noticed(tmp_path: Path) -> None:
    """The negative control: an end that is a moment off."""
    office = StateOffice(SqliteStorage(tmp_path / "contacts.db"))
    office.come("ana")
    office.hand.pass_time(10)
    office.set("ana", "ready")
    with office.write() as tx:
        shorten_first(tx, office.states, office.people["ana"].id)
    rows, at = read_rows(office)
    with pytest.raises(AssertionError, match="gap"):
        check_rows(rows, at)
    office.storage.close()


def shorten_first(tx: Transaction, states: StateLedger, user_id: int) -> None:
    current = states.find(tx, user_id)
    assert current is not None
    tx.update(current, started_at=current["started_at"] + timedelta(seconds=1))
