"""What is told after a commit, and what a failure between any two steps leaves behind: nothing."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from callmanager.domain.people import SYSTEM
from callmanager.server.actions import contacts, merges
from callmanager.server.changes.audit import verify_log
from callmanager.server.changes.entities import CONTACT, TEAM
from callmanager.server.changes.write import ChangeLog, Committed
from callmanager.server.clocks import WatchedClock
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.server.storage.tables import changes, contact_phones, contact_search, log_head
from callmanager.server.storage.tables import contacts as contact_table
from tests.lease_office import HandClock
from tests.office import REGION, Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    storage = SqliteStorage(tmp_path / "contacts.db")
    yield Office(storage)
    storage.close()


def told(office: Office) -> list[Committed]:
    heard: list[Committed] = []
    office.log.on_commit(heard.append)
    return heard


def test_every_commit_is_announced_once_after_it_can_be_read(office: Office) -> None:
    seen: list[int] = []

    def look(committed: Committed) -> None:
        with office.storage.read() as connection:
            rows = connection.execute(select(changes.c.seq).where(changes.c.set_id == committed.set_id)).scalars()
            seen.extend(rows)

    office.log.on_commit(look)
    heard = told(office)
    office.create(name="Ana")
    with office.write() as tx:
        tx.insert_many(TEAM, [{"name": "north"}, {"name": "south"}])
    assert seen == [1, 2, 3]
    assert [(one.set_id, one.seq_from, one.seq_to, one.entities) for one in heard] == [
        (1, 1, 1, {"contact"}),
        (2, 2, 3, {"team"}),
    ]


def test_a_transaction_that_changes_nothing_announces_nothing(office: Office) -> None:
    made = office.create(name="Ana")
    heard = told(office)
    office.edit(made.id, made.version, name="Ana")
    assert heard == []


def test_a_listener_that_fails_neither_loses_the_change_nor_silences_the_others(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_committed: Committed) -> None:
        raise RuntimeError("a broken listener")

    office.log.on_commit(fail)
    heard = told(office)
    assert office.create(name="Ana").id == 1
    assert len(heard) == 1
    assert "listener_failed" in caplog.text


class Failpoint:
    """Makes the nth statement of the writer fail, whether it comes by SQLAlchemy or straight to the driver."""

    def __init__(self, office: Office) -> None:
        self.left = -1
        storage: Any = office.storage
        event.listen(storage._writer_engine, "before_cursor_execute", self._before)
        driver = storage._writer._connection.connection.driver_connection
        driver.before = self._before

    def _before(self, *_arguments: Any) -> None:
        if self.left == 0:
            self.left = -1
            raise ZeroDivisionError
        self.left -= 1


class Watched(sqlite3.Connection):
    """SQLite's driver, which says so before a statement that reads or changes rows."""

    before: Callable[[], None] = staticmethod(lambda: None)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._tell(sql)
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._tell(sql)
        return super().executemany(sql, *values)

    def _tell(self, sql: str) -> None:
        if sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            self.before()


def everything(office: Office) -> list[Any]:
    tables = (changes, log_head, contact_table, contact_phones, contact_search)
    with office.storage.read() as connection:
        return [connection.execute(select(table)).all() for table in tables]


def create_one(office: Office) -> None:
    office.create(name="Luis", phone="2222-3333")


def edit_one(office: Office) -> None:
    office.edit(1, 1, name="Otra", phones=[{"number": "2222-1111"}, {"number": "8888-0000"}])


def merge_two(office: Office) -> None:
    office.do(merges.merge, 1, 2, keep_version=1, other_version=1, fields={}, region=REGION)


def archive_one(office: Office) -> None:
    office.do(contacts.delete, 1, version=1)


@pytest.mark.parametrize("work", [create_one, edit_one, merge_two, archive_one])
def test_a_failure_between_any_two_steps_leaves_nothing_and_tells_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Any
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
    office = Office(SqliteStorage(tmp_path / "contacts.db"))
    office.create(name="Ana", phone="8888-0000")
    office.create(name="Ana María", phone="8888-0001")
    heard, before = told(office), everything(office)
    failpoint = Failpoint(office)
    steps = 0
    while True:
        failpoint.left = steps
        try:
            work(office)
        except ZeroDivisionError:
            assert everything(office) == before, f"step {steps}"
            assert heard == []
            steps += 1
            continue
        break
    assert steps >= 4
    assert len(heard) == 1
    assert everything(office) != before
    assert verify_log(office.storage).ok
    office.storage.close()


def test_a_failure_after_the_last_step_of_the_block_leaves_nothing(office: Office, monkeypatch: Any) -> None:
    heard = told(office)
    monkeypatch.setattr("callmanager.server.changes.write.Transaction.finish", lambda _tx: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        office.create(name="Ana")
    assert heard == []
    assert everything(office)[0] == []


def test_a_swallowed_failure_cannot_be_committed(office: Office) -> None:
    """An action that catches an error of the database would leave changes without rows."""
    with office.write() as tx:
        tx.insert(TEAM, {"name": "north"})
    with pytest.raises(RuntimeError, match="swallowed"):
        insert_twice(office)
    with office.storage.read() as connection:
        assert connection.execute(select(changes.c.seq)).scalars().all() == [1]
    assert verify_log(office.storage).ok


def insert_twice(office: Office) -> None:
    with office.write() as tx, pytest.raises(Exception, match="UNIQUE"):
        tx.insert(TEAM, {"name": "north"})


def test_a_record_as_it_was_earlier_in_the_transaction_cannot_be_written_over_the_later_one(office: Office) -> None:
    made = office.create(name="Ana")
    with pytest.raises(RuntimeError, match="earlier in this transaction"):
        edit_from_the_same_copy(office, made.id)
    with office.write() as tx:
        once = tx.update(tx.get(CONTACT, made.id), note="1")
        assert tx.update(once, note="2").version == 3


def edit_from_the_same_copy(office: Office, contact_id: int) -> None:
    with office.write() as tx:
        record = tx.get(CONTACT, contact_id)
        tx.update(record, note="1")
        tx.update(record, name="B")


def test_the_listener_runs_in_the_thread_that_wrote(office: Office) -> None:
    names: list[str] = []
    office.log.on_commit(lambda _committed: names.append(threading.current_thread().name))
    writer = threading.Thread(target=create_one, args=(office,), name="the writer")
    writer.start()
    writer.join()
    assert names == ["the writer"]


def test_a_reader_during_the_block_sees_neither_change_nor_row(office: Office) -> None:
    def count(connection: Connection) -> int:
        return len(connection.execute(select(changes.c.seq)).all())

    with office.write() as tx:
        tx.insert(TEAM, {"name": "north"})
        with office.storage.read() as connection:
            assert count(connection) == 0
    with office.storage.read() as connection:
        assert count(connection) == 1


def test_the_first_write_after_the_clock_was_set_follows_the_leap_before_all_else(office: Office) -> None:
    hand, followed = HandClock(), list[timedelta]()
    log = ChangeLog(office.storage, WatchedClock(hand, hand.monotonic), on_leap=lambda _tx, leap: followed.append(leap))
    hand.set_by(3600)
    for _ in range(2):
        with log.write(SYSTEM, "job"):
            assert followed == [timedelta(hours=1)]


def test_a_log_that_nobody_follows_goes_on_when_the_clock_is_set(office: Office) -> None:
    hand = HandClock()
    log = ChangeLog(office.storage, WatchedClock(hand, hand.monotonic))
    hand.set_by(3600)
    with log.write(SYSTEM, "job") as tx:
        assert tx.now == hand.at
