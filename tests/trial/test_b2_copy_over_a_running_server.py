"""B2: a backup copied over the database of a running server. Nothing is said to be saved that the next start loses."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError
from callmanager.server.backups import adopt_if_copied, take_backup
from callmanager.server.backups.retention import Keep
from callmanager.server.backups.routine import BackupRoutine
from callmanager.server.changes.entities import TEAM
from callmanager.server.changes.write import Transaction
from callmanager.server.storage import sqlite as storage_module
from callmanager.server.storage.own_file import note_path
from callmanager.server.storage.sqlite import SqliteStorage
from tests.copied_over import Moment, backup_of, build_office, copy_over, copy_over_at_work
from tests.office import Office

WAYS = ("cp", "slowly", "mv")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(SqliteStorage(tmp_path / "contacts.db"))
    opened.create(name="before the backup")
    take_backup(tmp_path / "contacts.db", tmp_path / "backups", clock=SystemClock())
    opened.create(name="after the backup")
    yield opened
    opened.storage.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "contacts.db"


@pytest.fixture
def backup(office: Office, tmp_path: Path) -> Path:
    return backup_of(tmp_path)


def names(office: Office) -> list[str]:
    with office.storage.read() as connection:
        return [name for (name,) in connection.exec_driver_sql("SELECT name FROM contacts ORDER BY id")]


def names_in(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM contacts ORDER BY id")]


def refusal_of(call: object, *args: object, **kwargs: object) -> str:
    with pytest.raises(CallManagerError) as caught:
        call(*args, **kwargs)  # type: ignore[operator]
    return caught.value.code


@pytest.mark.parametrize("moment", [Moment(5, "slowly", kill=False), Moment(25, "mv", kill=True)], ids=str)
def test_nothing_is_saved_into_a_file_that_the_next_start_replaces(tmp_path: Path, moment: Moment) -> None:
    copy_over_at_work(build_office(tmp_path / "template", contacts_kept=200), tmp_path / "office", moment)


@pytest.mark.long
@pytest.mark.parametrize("kept", [300, 60_000], ids=["small", "large"])
def test_nothing_is_saved_into_such_a_file_at_twenty_moments(tmp_path: Path, kept: int) -> None:
    template, chance = build_office(tmp_path / "template", contacts_kept=kept), random.Random(20261122)
    for number in range(20):
        moment = Moment(chance.randint(1, 400), WAYS[number % 3], kill=number % 2 == 0)
        copy_over_at_work(template, tmp_path / "office", moment)
        shutil.rmtree(tmp_path / "office")


@pytest.mark.parametrize("how", WAYS)
def test_reads_and_writes_are_refused_and_the_copy_stays_as_it_was_copied(
    office: Office, database: Path, backup: Path, how: str
) -> None:
    copy_over(backup, database, how)
    assert refusal_of(office.create, name="too late") == "database_replaced"
    assert refusal_of(names, office) == "database_replaced"
    assert refusal_of(office.storage.check) == "database_replaced"
    office.storage.close()
    assert database.read_bytes() == backup.read_bytes()


def test_a_change_whose_commit_went_into_the_lost_file_is_not_told_as_saved(
    office: Office, database: Path, backup: Path
) -> None:
    told: list[object] = []
    office.log.on_commit(told.append)

    def insert_and_copy(tx: Transaction) -> None:
        tx.insert(TEAM, {"name": "Sur"})
        copy_over(backup, database, "cp")

    assert refusal_of(office.do, insert_and_copy) == "database_replaced"
    assert told == []


def test_a_read_that_meets_the_foreign_file_in_the_middle_gives_nothing(
    office: Office, database: Path, backup: Path
) -> None:
    def copy_and_read() -> None:
        with office.storage.read() as connection:
            copy_over(backup, database, "cp")
            connection.exec_driver_sql("SELECT * FROM contacts").fetchall()

    assert refusal_of(copy_and_read) == "database_replaced"


def test_no_backup_is_taken_of_a_file_that_was_copied_there(office: Office, database: Path, backup: Path) -> None:
    routine = BackupRoutine(
        database=database,
        folder=backup.parent,
        second_folder=None,
        keep=Keep(),
        interval_minutes=30,
        clock=SystemClock(),
        check_own=office.storage.check,
    )
    copy_over(backup, database, "cp")
    assert refusal_of(routine.take) == "database_replaced"
    assert len(list(backup.parent.glob("*.db"))) == 1


def test_the_next_start_adopts_a_file_without_a_mark_and_puts_the_journal_aside(
    office: Office, database: Path, tmp_path: Path
) -> None:
    office.create(name="only in the journal")
    other = Office(SqliteStorage(tmp_path / "other.db"))
    other.create(name="of another office")
    other.storage.close()
    shutil.copyfile(tmp_path / "other.db", database)
    assert refusal_of(office.storage.check) == "database_replaced"
    office.storage.close()
    adoption = adopt_if_copied(database, clock=SystemClock())
    assert adoption is not None
    assert adoption.mark is None
    assert adoption.old_epoch != adoption.new_epoch
    assert names_in(database) == ["of another office"]
    assert not note_path(database).exists()


def test_a_file_that_was_only_touched_or_written_by_sqlite_itself_stays_the_servers_own(
    office: Office, database: Path
) -> None:
    os.utime(database)
    office.create(name="touched")
    with closing(sqlite3.connect(database)) as another:
        another.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    office.create(name="checkpointed")
    assert names(office)[-2:] == ["touched", "checkpointed"]
    office.storage.check()


def test_a_note_about_a_file_that_is_whole_loses_nothing_of_its_journal(office: Office, database: Path) -> None:
    office.create(name="only in the journal")
    shutil.copytree(database.parent, database.parent / "crashed")  # as a kill -9 leaves them
    crashed = database.parent / "crashed" / "contacts.db"
    note_path(crashed).write_text("a program wrote into it", "ascii")
    assert adopt_if_copied(crashed, clock=SystemClock()) is None
    assert "only in the journal" in names_in(crashed)


def test_a_copy_into_which_a_server_has_written_is_refused_at_start(
    office: Office, database: Path, backup: Path
) -> None:
    office.storage.close()
    shutil.copyfile(backup, database)
    with database.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"0123456789")
    call = {"clock": SystemClock(), "folders": [backup.parent]}
    assert refusal_of(adopt_if_copied, database, **call) in {"copied_backup_differs", "copied_backup_damaged"}


@pytest.mark.parametrize("emptied", [True, False], ids=["emptied", "removed"])
def test_a_database_that_is_gone_is_not_begun_anew(office: Office, database: Path, emptied: bool) -> None:
    office.create(name="only in the journal")
    if emptied:
        database.write_bytes(b"")
    else:
        database.unlink()
    assert refusal_of(office.create, name="late") == "database_replaced"
    office.storage.close()
    code = refusal_of(adopt_if_copied, database, clock=SystemClock())
    assert code == ("copied_backup_damaged" if emptied else "database_missing")
    assert database.with_name("contacts.db-wal").stat().st_size > 0


def test_a_journal_that_was_removed_takes_nothing_saved_with_it(office: Office, database: Path) -> None:
    office.create(name="only in the journal")
    database.with_name("contacts.db-wal").unlink()
    assert refusal_of(office.create, name="late") == "journal_lost"
    assert refusal_of(office.storage.check) == "journal_lost"  # as the job does twice a second
    shutil.copyfile(database, database.with_name("after a kill.db"))
    assert "only in the journal" in names_in(database.with_name("after a kill.db"))


def test_the_journal_stays_bounded_though_sqlite_makes_no_checkpoint_unasked(office: Office, database: Path) -> None:
    for number in range(3 * storage_module.CHECKPOINT_ROWS // 4):
        office.create(name=str(number))
    assert database.with_name("contacts.db-wal").stat().st_size < 16 * 1024 * 1024
    assert database.stat().st_size > 400_000
