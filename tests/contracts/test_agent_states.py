"""States of people as they are recorded: by themselves, by a lead, by calls, by coming and going."""

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from callmanager.domain.agent_states import AgentState
from callmanager.domain.errors import Conflict, Forbidden, Invalid, NotFound
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import agent_states, changes
from tests.state_office import StateOffice

STATES: tuple[tuple[AgentState, str | None], ...] = ((AgentState.NOT_READY, "break"), (AgentState.READY, None))


@pytest.fixture
def office(storage: Storage) -> StateOffice:
    return StateOffice(storage)


def test_who_signs_in_is_not_ready_until_he_says_so(office: StateOffice) -> None:
    office.come("ana")
    assert office.state_of("ana") == "not_ready"
    office.hand.pass_time(5)
    office.set("ana", "ready")
    office.hand.pass_time(60)
    assert office.states_of("ana") == [("not_ready", "signed_in", 5), ("ready", None, 60)]


def test_a_change_ends_one_interval_and_begins_the_next_at_one_instant_in_one_change_set(office: StateOffice) -> None:
    office.come("ana")
    office.hand.pass_time(1.234)
    office.set("ana", "not_ready", "lunch")
    with office.storage.read() as connection:
        first, second = connection.execute(select(agent_states).order_by(agent_states.c.id)).mappings()
        sets = connection.execute(
            select(changes.c.set_id, changes.c.kind, changes.c.actor_name, changes.c.scope)
            .where(changes.c.entity == "agent_state")
            .order_by(changes.c.seq)
        ).all()
    assert first["ended_at"] == second["started_at"]
    assert second["ended_at"] is None
    assert [(row.kind, row.actor_name, row.scope) for row in sets] == [
        ("created", "ana", "admins"),
        ("updated", "ana", "admins"),
        ("created", "ana", "admins"),
    ]
    assert sets[1].set_id == sets[2].set_id != sets[0].set_id


def test_the_same_state_again_changes_nothing_and_its_time_goes_on(office: StateOffice) -> None:
    office.come("ana")
    since = office.set("ana", "not_ready", "lunch").since
    office.hand.pass_time(600)
    told = len(office.told)
    assert office.set("ana", "not_ready", "lunch").since == since
    assert len(office.told) == told
    assert office.set("ana", "not_ready", "break").since != since


def test_nobody_sets_a_state_who_is_not_signed_in_at_a_desktop(office: StateOffice) -> None:
    with pytest.raises(Conflict) as refusal:
        office.set("ana", "ready")
    assert refusal.value.code == "agent_offline"
    with pytest.raises(Conflict):
        office.force("lead", "ana", "ready")
    assert office.states_of("ana") == []


def test_a_lost_cable_of_less_than_a_minute_leaves_no_trace(office: StateOffice) -> None:
    office.come("ana")
    office.set("ana", "ready")
    office.go("ana")
    office.hand.pass_time(59.9)
    office.settle()
    office.come("ana")
    office.hand.pass_time(600)
    office.settle()
    assert office.states_of("ana")[1:] == [("ready", None, 659)]


def test_who_stays_away_is_offline_since_he_left(office: StateOffice) -> None:
    office.come("ana")
    office.set("ana", "ready")
    office.hand.pass_time(100)
    office.go("ana")
    office.hand.pass_time(300)
    office.settle()
    assert office.states_of("ana")[1:] == [("ready", None, 100), ("offline", None, 300)]
    office.come("ana")
    office.hand.pass_time(10)
    assert office.states_of("ana")[2:] == [("offline", None, 300), ("not_ready", "signed_in", 10)]


def test_who_comes_back_after_the_minute_but_before_the_job_has_looked_was_away(office: StateOffice) -> None:
    office.come("ana")
    office.set("ana", "ready")
    office.go("ana")
    office.hand.pass_time(90)
    office.come("ana")
    office.hand.pass_time(10)
    assert office.states_of("ana")[1:] == [("ready", None, 0), ("offline", None, 90), ("not_ready", "signed_in", 10)]


def test_who_comes_back_late_and_leaves_again_while_that_is_recorded_does_not_stay_for_ever(
    office: StateOffice,
) -> None:
    office.come("ana")
    office.go("ana")
    office.hand.pass_time(90)
    office.states.listen(lambda standing: office.go("ana") if standing.state is AgentState.OFFLINE else None)
    office.come("ana")
    office.hand.pass_time(61)
    office.settle()
    assert office.state_of("ana") == "offline"


def test_the_last_of_two_desktops_counts(office: StateOffice) -> None:
    office.come("ana", "one")
    office.come("ana", "two")
    office.go("ana", "one")
    office.go("ana", "one")
    office.hand.pass_time(300)
    office.settle()
    assert office.state_of("ana") == "not_ready"
    office.go("ana", "two")
    office.hand.pass_time(61)
    office.settle()
    assert office.state_of("ana") == "offline"


def test_what_a_lead_set_meanwhile_is_not_written_over_by_the_time_at_which_the_cable_was_lost(
    office: StateOffice,
) -> None:
    office.come("ana")
    office.set("ana", "ready")
    office.go("ana")
    office.hand.pass_time(30)
    office.force("lead", "ana", "not_ready", "technical_problem")
    office.hand.pass_time(60)
    office.settle()
    assert office.states_of("ana")[1:] == [
        ("ready", None, 30),
        ("not_ready", "technical_problem", 0),
        ("offline", None, 60),
    ]


def test_a_short_stop_of_the_server_leaves_no_trace_for_who_comes_back(office: StateOffice) -> None:
    for name in ("ana", "bea"):
        office.come(name)
        office.set(name, "ready")
    office.hand.pass_time(100)
    office.mark()
    office.hand.pass_time(120)
    office.open_server()
    office.hand.pass_time(30)
    office.come("ana")
    office.hand.pass_time(100)
    office.settle()
    assert office.states_of("ana")[1:] == [("ready", None, 350)]
    assert office.states_of("bea")[1:] == [("ready", None, 100), ("offline", None, 250)]


def test_after_a_long_stop_everybody_was_away_since_the_server_last_knew(office: StateOffice) -> None:
    office.come("ana")
    office.set("ana", "ready")
    office.hand.pass_time(100)
    office.mark()
    office.hand.pass_time(3600)
    office.open_server()
    office.come("ana")
    assert office.states_of("ana")[1:] == [("ready", None, 100), ("offline", None, 3600), ("not_ready", "signed_in", 0)]


def test_who_had_left_before_a_crash_was_away_since_then(office: StateOffice) -> None:
    office.come("ana")
    office.go("ana")
    office.come("bea")
    office.hand.pass_time(40)
    office.mark()
    office.open_server()
    office.hand.pass_time(61)
    office.settle()
    assert [office.states_of(name)[-1] for name in ("ana", "bea")] == [("offline", None, 101), ("offline", None, 61)]


def test_a_crash_before_the_first_mark_puts_nobody_offline_before_he_came(office: StateOffice) -> None:
    office.come("ana")
    office.mark()
    office.hand.pass_time(1000)
    office.come("bea")
    office.hand.pass_time(5)
    office.open_server()
    office.hand.pass_time(61)
    office.settle()
    assert office.states_of("bea") == [("not_ready", "signed_in", 0), ("offline", None, 66)]


def test_a_call_makes_him_busy_and_nobody_changes_that_before_it_has_ended(office: StateOffice) -> None:
    office.come("ana")
    office.set("ana", "ready")
    office.call("ana", "on_call")
    for change in (lambda: office.set("ana", "not_ready", "lunch"), lambda: office.force("lead", "ana", "ready")):
        with pytest.raises(Conflict) as refusal:
            change()
        assert refusal.value.code == "agent_on_call"
    office.call("ana", "wrap_up")
    office.set("ana", "not_ready", "lunch")
    assert office.state_of("ana") == "not_ready"
    with pytest.raises(ValueError, match="offline"):
        office.call("ana", "offline")


def test_a_lead_sets_the_state_of_his_own_people_only_and_says_why(office: StateOffice) -> None:
    for name in ("ana", "sur", "free"):
        office.come(name)
    forced = office.force("lead", "ana", "not_ready", "meeting", why="reunión de las 10")
    assert (forced.by, forced.why, forced.reason) == ("lead", "reunión de las 10", "meeting")
    assert office.told[-1] == forced
    for by, name, error in (
        ("lead", "sur", NotFound),
        ("lead", "free", Forbidden),
        ("lead-free", "ana", NotFound),
        ("lead-free", "free", Forbidden),
        ("ana", "bea", Forbidden),
        ("ana", "ana", Forbidden),
    ):
        with pytest.raises(error):
            office.force(by, name, "ready")
    with pytest.raises(Invalid):
        office.force("lead", "ana", "ready", why="   ")
    assert office.force("manager", "sur", "ready").by == "manager"
    assert office.day("ana")["intervals"][-1]["by"] == "lead"
    assert office.set("ana", "ready").by is None


def test_a_day_holds_its_part_of_what_began_the_day_before(office: StateOffice) -> None:
    office.come("ana")
    office.set("ana", "ready")
    start = office.hand.now()
    office.hand.pass_time(3600)
    office.set("ana", "not_ready", "training")
    office.hand.pass_time(1800)
    day = office.day("ana", start=office.hand.now().replace(minute=30, second=0))
    assert [one["state"] for one in day["intervals"]] in (["ready", "not_ready"], ["not_ready"])
    whole = office.day("ana", start=start)
    assert (whole["seconds"]["ready"], whole["reasons"]["training"]) == (3600, 1800)
    assert (whole["login_seconds"], whole["productive_pause_seconds"]) == (5400, 1800)


def test_the_database_itself_keeps_one_open_interval_of_each(office: StateOffice) -> None:
    office.come("ana")
    with office.storage.read() as connection:
        row = dict(connection.execute(select(agent_states)).mappings().one())
    with pytest.raises(IntegrityError), office.storage.write() as connection:
        connection.execute(insert(agent_states).values({**row, "id": 99}))


def test_a_long_record_is_read_by_its_indexes(office: StateOffice) -> None:
    """2,000 changes of state: neither the next change nor the day looks at those that are over."""
    office.come("ana")
    with office.write(office.people["ana"]) as tx:
        for step in range(2_000):
            office.states.change(tx, tx.actor.id, *STATES[step % 2])
    asked = (
        "SELECT * FROM agent_states WHERE user_id = 1 AND ended_at IS NULL",
        "SELECT * FROM agent_states WHERE user_id = 1 AND started_at < 'x' ORDER BY started_at DESC, id DESC LIMIT 1",
        "SELECT * FROM agent_states WHERE user_id = 1 AND started_at >= 'x' AND started_at < 'y'",
        "SELECT user_id FROM agent_states WHERE ended_at IS NULL AND state != 'offline'",
    )
    with office.storage.read() as connection:
        for statement in asked if office.storage.dialect == "sqlite" else ():  # the plan is SQLite's
            plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")))
            assert "ix_agent_states" in plan, plan
            assert "TEMP B-TREE FOR ORDER BY" not in plan or "LAST TERM" in plan, plan
    assert len(office.day("ana")["intervals"]) == 2_001
