"""B1: a clock that was wrong leaves no trace but its stamps. Each test begins by a right clock, goes on by one that is
an hour, a day or two years ahead (or two years behind), and ends by the right one again: over a restart, or set while
the server runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from callmanager.cli.doctor.findings import Level
from callmanager.cli.doctor.machine import check_clock
from callmanager.domain.clock import from_wire
from callmanager.domain.people import Actor, Role
from callmanager.server.actions import agent_states, housekeeping
from callmanager.server.backups import list_backups
from callmanager.server.changes.audit import verify_log
from callmanager.server.jobs.periodic import sweep_leases
from callmanager.server.queries.start_warnings import clock_warnings
from callmanager.server.storage.sqlite_reader import inspect_sqlite
from callmanager.server.storage.tables import changes
from tests.trial.shifted_office import AGENT, AHEAD, OTHER, RIGHT, SHIFTS, ShiftedOffice, shifted_office

TTL, REST, SWEEP = 45.0, 5.0, 5.0
# a day lies between an hour and two years: of what does not name a day, only the proofs try it too
wrong = pytest.mark.parametrize(
    "shift",
    [pytest.param(by, id=name, marks=[pytest.mark.long] if name == "1 d" else []) for name, by in SHIFTS.items()],
)
ahead = pytest.mark.parametrize("shift", AHEAD.values(), ids=AHEAD)
HOURS = {"weekdays": [["08:00-12:00"]] * 7, "holidays": []}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ShiftedOffice]:
    with shifted_office(tmp_path) as made:
        yield made


def seconds_until_free(office: ShiftedOffice, contact: dict[str, object]) -> float:
    """How long nobody else gets the contact, in steps of the sweep."""
    for waited in range(0, 120, int(SWEEP)):
        sweep_leases(office.web.services)
        if office.lock(OTHER, contact).status_code == 200:
            return float(waited)
        office.hand.pass_time(SWEEP)
    raise AssertionError("the lock does not end")


@wrong
def test_a_lock_of_before_a_restart_ends_in_its_time(office: ShiftedOffice, shift: timedelta) -> None:
    contact = office.contact()
    office.restart(shift)
    assert office.lock(AGENT, contact).status_code == 200
    office.restart()
    assert seconds_until_free(office, contact) <= TTL + REST + SWEEP


@wrong
def test_a_lock_ends_in_its_time_when_the_clock_is_set_while_the_server_runs(
    office: ShiftedOffice, shift: timedelta
) -> None:
    office.restart(shift)
    contact = office.contact()
    assert office.lock(AGENT, contact).status_code == 200
    office.set_clock()
    assert office.lock(OTHER, contact).status_code == 423
    waited = seconds_until_free(office, contact)
    assert TTL <= waited <= TTL + REST + SWEEP
    assert office.is_right(office.contact_now(int(str(contact["id"])))["lock"]["since"])


@wrong
def test_a_lock_given_by_the_right_clock_lives_and_ends_in_its_time(office: ShiftedOffice, shift: timedelta) -> None:
    contact = office.contact()
    office.restart(shift)
    office.contact(phone="8811-0002")
    office.restart()
    lease = office.lock(AGENT, contact).json
    assert from_wire(lease["expires_at"]) == office.right() + timedelta(seconds=TTL)
    office.hand.pass_time(TTL - 5)
    assert office.lock(OTHER, contact).status_code == 423
    assert seconds_until_free(office, contact) <= 5 + REST + SWEEP


@wrong
def test_a_call_lasts_what_it_lasts_though_the_clock_was_wrong_before(office: ShiftedOffice, shift: timedelta) -> None:
    contact, other = office.contact(), office.contact(phone="8811-0002")
    office.restart(shift)
    office.call(contact, "NC")
    office.restart()
    told = office.call(other, "INTERESADO", talk=30)["call"]
    assert told["talk_seconds"] == 30.0
    assert office.is_right(told["ended_at"])
    told = office.call(contact, "INTERESADO", talk=20)["call"]
    assert told["talk_seconds"] == 20.0


@wrong
def test_a_call_that_is_up_when_the_clock_is_set_lasts_what_it_lasts(office: ShiftedOffice, shift: timedelta) -> None:
    contact = office.contact()
    office.restart(shift)
    call = office.dial(contact).json
    office.hand.pass_time(4)
    office.tell(call, "connected")
    office.hand.pass_time(25)
    office.set_clock()
    office.hand.pass_time(15)
    told = office.tell(call, "ended", cause="hung_up")
    assert told["talk_seconds"] == 40.0
    assert office.is_right(told["ended_at"])
    office.hand.pass_time(7)
    done = office.dispose(told, "INTERESADO", anyway=True)
    assert done["call"]["wrap_up_seconds"] == 7.0
    assert done["contact"]["status"] == "INTERESADO"


@wrong
def test_a_call_that_waits_for_its_outcome_over_a_restart_takes_one(office: ShiftedOffice, shift: timedelta) -> None:
    contact = office.contact()
    office.restart(shift)
    call = office.dial(contact).json
    office.tell(call, "connected")
    office.hand.pass_time(12)
    office.tell(call, "ended", cause="hung_up")
    office.restart()
    later = (office.right() + timedelta(hours=2)).isoformat()
    done = office.dispose(call, "INTERESADO", callback_at=later, anyway=True)
    assert from_wire(done["contact"]["next_call_at"]) == office.right() + timedelta(hours=2)
    assert done["call"]["talk_seconds"] == 12.0


@wrong
def test_retries_follow_the_right_clock_and_the_latest_call_has_the_last_word(
    office: ShiftedOffice, shift: timedelta
) -> None:
    contact = office.contact()
    office.restart(shift)
    office.call(contact, "OCUPADO")
    office.restart()
    for number in range(1, 3):
        found = office.call(contact, "NC")["contact"]
        assert (found["status"], found["attempts"]) == ("NC", 1 + number)
        assert office.is_right(found["last_called_at"])
        due = from_wire(found["next_call_at"]) - office.right()
        assert timedelta(0) < due < timedelta(days=3)


@wrong
def test_the_number_of_another_contact_is_recent_for_an_hour_and_not_for_years(
    office: ShiftedOffice, shift: timedelta
) -> None:
    contact, twin = office.contact(), office.contact(name="Otra persona")
    office.restart(shift)
    office.call(contact, "NC")
    office.restart()
    office.hand.pass_time(2 * 3600 + timedelta(days=1).total_seconds() * (shift == AHEAD["1 d"]))
    assert office.dial(twin).status_code == 201


@wrong
def test_calling_hours_are_those_of_the_right_clock(office: ShiftedOffice, shift: timedelta) -> None:
    made = office.web.ask("manager", "POST", "/campaigns", json={"name": "Navidad", "calling_hours": HOURS}).json
    contact = office.contact(campaign_id=made["id"])
    office.restart(shift + timedelta(hours=6))
    assert office.dial(contact).json["code"] == "outside_hours"
    office.restart()
    assert office.dial(contact).status_code == 201  # 10:00 there


def test_calling_hours_are_those_of_the_right_clock_as_soon_as_it_is_set(office: ShiftedOffice) -> None:
    made = office.web.ask("manager", "POST", "/campaigns", json={"name": "Navidad", "calling_hours": HOURS}).json
    contact = office.contact(campaign_id=made["id"])
    office.restart(timedelta(hours=6))
    assert office.dial(contact).json["code"] == "outside_hours"
    office.set_clock()
    assert office.dial(contact).status_code == 201
    office.set_clock(timedelta(hours=6))
    assert office.web.ask("boss", "GET", "/calls?open=true").json != []


@ahead
def test_whoever_signed_in_by_a_clock_that_was_ahead_signs_in_again(office: ShiftedOffice, shift: timedelta) -> None:
    given = {"username": AGENT, "password": f"clave de {AGENT}"}
    office.restart(shift)
    old = office.web.client.post("/auth/login", json=given).json["token"]
    office.restart()
    assert me(office, old) == 401
    fresh = office.web.client.post("/auth/login", json=given)
    assert fresh.status_code == 200
    assert me(office, fresh.json["token"]) == 200
    with office.web.services.log.write(actor_of(office, "admin"), "job") as tx:
        housekeeping.end_expired_sessions(tx)
    office.set_clock(timedelta(days=730))
    assert me(office, old) == 401
    office.set_clock()
    assert me(office, fresh.json["token"]) == 200


def me(office: ShiftedOffice, token: str) -> int:
    return office.web.client.get("/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code


def actor_of(office: ShiftedOffice, name: str) -> Actor:
    return office.web.services.identities.by_username(name).actor


@ahead
def test_nobody_is_throttled_by_failures_of_another_time(office: ShiftedOffice, shift: timedelta) -> None:
    office.restart(shift)
    for _ in range(6):
        office.web.client.post("/auth/login", json={"username": AGENT, "password": "otra"})
    office.restart()
    given = {"username": AGENT, "password": f"clave de {AGENT}"}
    assert office.web.client.post("/auth/login", json=given).status_code == 200


@wrong
def test_a_repeat_is_known_for_a_day_and_forgotten_after_it(office: ShiftedOffice, shift: timedelta) -> None:
    office.restart(shift)
    body = {"phone": "8811-0009"}
    office.web.ask("manager", "POST", "/contacts", json=body, repeat="k-1")
    if shift > timedelta():
        office.restart()
        forget(office)
        assert "Idempotency-Replayed" in office.web.ask("manager", "POST", "/contacts", json=body, repeat="k-1").headers
    office.set_clock()
    office.hand.pass_time(25 * 3600)
    assert forget(office) == 1


def forget(office: ShiftedOffice) -> int:
    with office.web.services.storage.write() as connection:
        return housekeeping.forget_repeats(connection, office.hand.now())


@wrong
def test_states_begin_and_add_up_by_the_right_clock(office: ShiftedOffice, shift: timedelta) -> None:
    come(office)
    office.restart(shift)
    come(office)
    state(office, "not_ready", "lunch")
    office.hand.pass_time(60)
    office.restart()
    come(office)
    state(office, "ready")
    office.hand.pass_time(120)
    state(office, "not_ready", "break")
    office.hand.pass_time(60)
    day = office.web.ask(AGENT, "GET", "/agents/me/day?offset=0").json
    shown = [(one["state"], one["reason"], one["seconds"]) for one in day["intervals"] if one["seconds"]]
    assert shown[-1] == ("not_ready", "break", 60)
    assert shown[-2] == ("ready", None, 120)
    assert office.is_right(day["to"])


@wrong
def test_a_state_that_lasts_while_the_clock_is_set_counts_each_second_once(
    office: ShiftedOffice, shift: timedelta
) -> None:
    office.restart(shift)
    come(office)
    state(office, "ready")
    office.hand.pass_time(100)
    old_day = office.hand.at.date()
    office.set_clock()
    office.hand.pass_time(50)
    state(office, "not_ready", "break")
    days = {old_day.isoformat(), office.right().date().isoformat()}
    found = [office.web.ask(AGENT, "GET", f"/agents/me/day?offset=0&date={day}").json for day in days]
    assert sum(day["seconds"]["ready"] for day in found) == 150


def come(office: ShiftedOffice) -> None:
    """The agent is at his desktop."""
    services = office.web.services
    services.attendance.arrive("desktop", Actor(office.web.ids[AGENT], AGENT, Role.AGENT, office.web.teams["Norte"]))
    agent_states.settle(services.log, services.states, services.attendance)


def state(office: ShiftedOffice, name: str, reason: str | None = None) -> None:
    answer = office.web.ask(AGENT, "PUT", "/agents/me/state", json={"state": name, "reason": reason})
    assert answer.status_code == 200, answer.text


@ahead
def test_the_stamps_of_the_log_never_go_back_and_each_is_a_step_later(office: ShiftedOffice, shift: timedelta) -> None:
    office.restart(shift)
    contact = office.contact()
    office.restart()
    for note in "abc":
        contact = office.web.edit("manager", contact, note=note).json
        office.hand.pass_time(1)
    with office.web.services.storage.read() as connection:
        rows = connection.execute(select(changes.c.set_id, changes.c.at).order_by(changes.c.seq)).all()
    stamps = {set_id: from_wire(at) for set_id, at in rows}
    assert all(before <= after for before, after in pairwise(stamps.values()))
    last = list(stamps.values())[-4:]
    assert all(after - before == timedelta(milliseconds=1) for before, after in pairwise(last))
    assert from_wire(contact["updated_at"]) == last[-1], "a record bears the stamp of its last change"
    assert verify_log(office.web.services.storage).ok


@wrong
def test_backups_of_a_right_clock_outlive_a_wrong_one(
    office: ShiftedOffice, shift: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    def take(times: int) -> None:
        for _ in range(times):
            office.web.services.backup_routine.take()
            office.hand.pass_time(1800)

    office.web.settings = {"BACKUP_KEEP_HOURS": 4, "BACKUP_KEEP_DAYS": 0, "BACKUP_KEEP_WEEKS": 0}
    office.restart()
    take(3)
    good = {backup.path.name for backup in list_backups(office.web.services.backups.folder)}
    office.restart(shift)
    take(3)
    assert good <= {backup.path.name for backup in list_backups(office.web.services.backups.folder)}
    office.restart()
    with caplog.at_level(logging.INFO):
        take(8)
    left = {backup.path.name for backup in list_backups(office.web.services.backups.folder)}
    gone = {name for name in good if name not in left}
    assert gone, "they age by the backups that follow"
    named = "".join(str(getattr(record, "values", {}).get("names", "")) for record in caplog.records)
    assert all(name in named for name in gone), "each that is deleted is named"
    state = office.web.services.backup_routine.state()
    assert (state.code, state.age_seconds) == ("fine", 1800.0)


@ahead
def test_what_is_told_can_be_done(office: ShiftedOffice, shift: timedelta) -> None:
    office.restart(shift)
    office.contact()
    office.restart()
    services = office.web.services
    services.write_probe.run()
    ready = office.web.client.get("/health/ready", headers={"Accept-Language": "en"})
    assert (ready.status_code, ready.json["status"]) == (200, "ready")
    (notice,) = ready.json["warnings"]
    assert notice["code"] == "log_ahead"
    assert "there is nothing to do" in notice["detail"]
    assert [warning.code for warning in clock_warnings(services.storage, office.hand.now())] == [
        "log_ahead",
        "log_ahead_advice",
    ]
    (finding,) = check_clock(office.hand.now(), inspect_sqlite(services.database).last_change_at)
    assert finding.level is Level.WARNING, "nothing is broken: the exit code stays 0"
    span = {"1 h": "59 min", "1 d": "23 h 59 min", "2 years": "729 d 23 h"}
    assert span[next(name for name, by in AHEAD.items() if by == shift)] == finding.params["ahead"]
    office.hand.at += shift  # its time has come
    assert "warnings" not in office.web.client.get("/health/ready").json
    assert (
        next(iter(check_clock(office.hand.now(), inspect_sqlite(services.database).last_change_at))).level is Level.OK
    )


def test_a_clock_that_is_right_is_not_spoken_of(office: ShiftedOffice) -> None:
    assert office.web.client.get("/health/ready").json.get("warnings") is None
    assert clock_warnings(office.web.services.storage, RIGHT) == []
