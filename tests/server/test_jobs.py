"""Periodic jobs: when they run, what a failing one does, and what each leaves behind. No test waits for time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from callmanager.domain.errors import Conflict, Unavailable
from callmanager.server.app import build_services
from callmanager.server.backups import list_backups, verify_backup
from callmanager.server.changes.entities import SESSION
from callmanager.server.jobs.disk import LARGE_JOURNAL_BYTES, LITTLE_SPACE_BYTES, DiskWatch
from callmanager.server.jobs.periodic import BACKUP_SETTLE_SECONDS, build_backup_job, build_jobs, tidy
from callmanager.server.jobs.scheduler import Job, Scheduler, Timetable
from callmanager.server.services import Services
from callmanager.server.storage.probe import STALE_SECONDS, WriteProbe
from callmanager.server.storage.tables import changes, idempotency_keys, sessions
from callmanager.settings import load_settings
from tests.web import Web

NOON = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


class SetClock:
    """Says what the test sets."""

    def __init__(self, instant: datetime = NOON) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


class Stopwatch:
    """A monotonic clock that the test winds."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def job(work: Callable[[], None], **times: float) -> Job:
    return Job("one", work, **{"every_seconds": 60.0, "first_after_seconds": 5.0, "retry_seconds": 10.0, **times})


def services_in(folder: Path, clock: SetClock, **settings: Any) -> Services:
    return build_services(load_settings(folder, {"BCRYPT_COST": 4, **settings}, {}), clock=clock)


def test_a_job_runs_at_its_times_and_not_between() -> None:
    watch, ran = Stopwatch(), []
    timetable = Timetable(job(lambda: ran.append(watch.seconds)), watch)
    for second in range(1000, 1131):
        watch.seconds = float(second)
        timetable.run_if_due()
    assert ran == [1005.0, 1065.0, 1125.0]


def test_what_a_sleeping_pc_has_missed_is_done_once() -> None:
    watch, ran = Stopwatch(), []
    timetable = Timetable(job(lambda: ran.append(1)), watch)
    watch.seconds += 100_000
    while timetable.run_if_due():
        pass
    assert ran == [1]
    assert timetable.seconds_left() == 60.0


def test_a_failing_job_is_logged_whole_and_runs_again_sooner(caplog: pytest.LogCaptureFixture) -> None:
    watch = Stopwatch()

    def fail() -> None:
        raise ZeroDivisionError("the cause")

    timetable = Timetable(job(fail), watch)
    watch.seconds += 5
    with caplog.at_level(logging.ERROR, "callmanager"):
        assert timetable.run_if_due()
    assert timetable.failures == 1
    assert timetable.seconds_left() == 10.0
    written = caplog.records[0].__dict__
    assert written["event"] == "job.failed"
    assert written["values"]["job"] == "one"
    assert "ZeroDivisionError: the cause" in written["values"]["traceback"]
    watch.seconds += 10
    assert timetable.run_if_due()


def test_a_long_job_holds_up_no_other_and_the_end_waits_for_it() -> None:
    hold, ran = threading.Event(), threading.Event()
    entered = threading.Event()

    def long() -> None:
        entered.set()
        hold.wait(20)

    jobs = [job(long, first_after_seconds=0.0), job(ran.set, first_after_seconds=0.0)]
    scheduler = Scheduler(jobs)
    scheduler.start()
    assert entered.wait(20)
    assert ran.wait(20)
    assert not scheduler.stop(timeout_seconds=0.0)
    hold.set()
    assert scheduler.stop(timeout_seconds=20.0)


def test_every_server_has_the_same_jobs(tmp_path: Path) -> None:
    services = services_in(tmp_path, SetClock())
    assert [found.name for found in build_jobs(services)] == [
        "agents",
        "agents_seen",
        "backup",
        "calls",
        "database_file",
        "disk",
        "housekeeping",
        "key_use",
        "leases",
        "readiness",
    ]
    services.storage.close()


def test_the_backup_job_takes_a_verified_one_and_prunes(tmp_path: Path) -> None:
    clock = SetClock()
    services = services_in(tmp_path, clock, BACKUP_KEEP_HOURS=1, BACKUP_KEEP_DAYS=0, BACKUP_KEEP_WEEKS=0)
    due = build_backup_job(services)
    assert (due.every_seconds, due.first_after_seconds) == (1800.0, BACKUP_SETTLE_SECONDS)
    for _ in range(8):
        due.work()
        clock.instant += timedelta(minutes=30)
    left = list_backups(services.backups.folder)
    assert len(left) == 3  # the newest verified three always stay
    assert all(verify_backup(found.path).ok for found in left)
    services.storage.close()


def test_a_server_that_is_often_restarted_has_backups_too(tmp_path: Path) -> None:
    clock = SetClock()
    services = services_in(tmp_path, clock)
    build_backup_job(services).work()
    clock.instant += timedelta(minutes=20)
    assert build_backup_job(services).first_after_seconds == pytest.approx(600.0)
    services.storage.close()


def test_a_backup_that_fails_is_remembered_until_one_succeeds(tmp_path: Path) -> None:
    services = services_in(tmp_path, SetClock())
    services.backups.folder.write_text("a file where the folder should be", "utf-8")
    due = build_backup_job(services)
    with pytest.raises(Unavailable):
        due.work()
    failure = services.backup_routine.failure
    assert failure is not None
    assert failure.at == NOON
    services.backups.folder.unlink()
    due.work()
    assert services.backup_routine.failure is None
    services.storage.close()


def test_a_second_folder_that_is_missing_is_a_remembered_failure_of_a_good_backup(tmp_path: Path) -> None:
    services = services_in(tmp_path, SetClock(), BACKUP_SECOND_FOLDER="usb")
    services.backup_routine.take()
    assert services.backup_routine.failure is not None
    assert services.backup_routine.failure.error.code == "second_folder_missing"
    assert not services.backup_routine.state().alarm
    (tmp_path / "usb").mkdir()
    services.backup_routine.take()
    assert services.backup_routine.failure is None
    assert len(list_backups(tmp_path / "usb")) == 1
    services.storage.close()


def test_two_backups_at_once_are_one_and_a_refusal(tmp_path: Path) -> None:
    services = services_in(tmp_path, SetClock())
    taking, go_on = threading.Event(), threading.Event()

    def hold(_step: str) -> None:
        taking.set()
        assert go_on.wait(20)

    first = threading.Thread(target=services.backup_routine.take, kwargs={"progress": hold})
    first.start()
    assert taking.wait(20)
    with pytest.raises(Conflict, match="Another backup"):
        services.backup_routine.take()
    go_on.set()
    first.join(20)
    assert len(list_backups(services.backups.folder)) == 1
    services.storage.close()


def test_housekeeping_forgets_what_is_old_and_nothing_else(tmp_path: Path) -> None:
    clock = SetClock()
    services = services_in(tmp_path, clock)
    admin = services.identities.by_username("admin").actor
    with services.log.write(admin, "cli") as tx:
        for name, until in (("old", NOON + timedelta(hours=1)), ("new", NOON + timedelta(days=9))):
            tx.insert(SESSION, {"user_id": admin.id, "jti": name, "address": "", "client": "", "expires_at": until})
        rows = [("old", NOON), ("new", NOON + timedelta(days=1))]
        for key, at in rows:
            values = {"user_id": 1, "key": key, "request_hash": "", "status": 200, "answer": "", "created_at": at}
            tx.connection.execute(idempotency_keys.insert(), values)
    clock.instant += timedelta(hours=25)
    tidy(services)
    with services.storage.read() as connection:
        assert connection.execute(select(idempotency_keys.c.key)).scalars().all() == ["new"]
        alive = select(sessions.c.jti).where(sessions.c.archived_at.is_(None))
        assert connection.execute(alive).scalars().all() == ["new"]
        seqs = connection.execute(select(func.max(changes.c.seq))).scalar()
    tidy(services)  # with nothing to do it changes nothing
    with services.storage.read() as connection:
        assert connection.execute(select(func.max(changes.c.seq))).scalar() == seqs
    services.storage.close()


def test_little_space_is_said_once_when_it_begins_and_once_when_it_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    free = [LITTLE_SPACE_BYTES - 1] * 3 + [LITTLE_SPACE_BYTES] * 2 + [5]
    watch = DiskWatch(tmp_path / "contacts.db", [tmp_path], free=lambda _folder: free.pop(0))
    with caplog.at_level(logging.INFO, "callmanager"):
        for _ in range(6):
            watch.look()
    said = [record.__dict__["event"] for record in caplog.records]
    assert said == ["disk.little_space", "disk.space_again", "disk.little_space"]


def test_a_journal_that_grows_without_bound_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (tmp_path / "contacts.db-wal").open("wb") as journal:
        journal.truncate(LARGE_JOURNAL_BYTES + 1)  # a hole: it takes no space
    watch = DiskWatch(tmp_path / "contacts.db", [])
    with caplog.at_level(logging.INFO, "callmanager"):
        watch.look()
        watch.look()
    assert [record.__dict__["event"] for record in caplog.records] == ["disk.journal_large"]


def test_the_probe_leaves_no_trace(tmp_path: Path) -> None:
    services = services_in(tmp_path, SetClock())

    def content() -> list[Any]:
        with services.storage.read() as connection:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
            return [connection.exec_driver_sql(f'SELECT * FROM "{name}"').all() for name in names]

    before = content()
    assert services.write_probe.run() is None
    assert content() == before
    services.storage.close()


def test_a_probe_that_nobody_repeats_says_nothing_any_more(tmp_path: Path) -> None:
    office = Web(tmp_path)
    watch = Stopwatch()
    probe = WriteProbe(office.services.storage, monotonic=watch)
    with pytest.raises(Unavailable, match="no longer checks"):
        probe.check()
    probe.run()
    watch.seconds += STALE_SECONDS
    probe.check()
    watch.seconds += 1
    with pytest.raises(Unavailable, match="no longer checks"):
        probe.check()
    office.close()
