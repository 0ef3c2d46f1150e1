"""A backup copied over the database, as the documents say: adopted at start, with a crash's -wal put aside first."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from callmanager.domain.errors import Unavailable
from callmanager.server.backups import adopt_if_copied, find_mark, take_backup, verify_backup
from tests.server.backup_samples import (
    COSTA_RICA,
    EPOCH,
    MORNING,
    SetClock,
    add_contacts,
    add_to,
    build_database,
    dump,
    is_sound,
    meta_of,
    open_database,
    read_acknowledged,
    start_writer,
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return build_database(tmp_path / "contacts.db")


@pytest.fixture
def backup(database: Path, tmp_path: Path) -> Path:
    return take_backup(database, tmp_path / "backups", clock=SetClock()).path


def files_beside(database: Path) -> set[str]:
    return {path.name for path in database.parent.iterdir() if path.is_file()}


def kill_a_writer(database: Path, notes: Path) -> int:
    """Let a process write, kill it hard, and return the last change it was told is safe; its -wal stays."""
    writer = start_writer(database, notes)
    try:
        while len(read_acknowledged(notes)) < 15:
            assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()
    assert database.with_name("contacts.db-wal").stat().st_size > 0
    return max(read_acknowledged(notes))


def test_a_backup_copied_over_a_killed_servers_database_is_adopted_whole(
    database: Path, backup: Path, tmp_path: Path
) -> None:
    kill_a_writer(database, tmp_path / "notes")
    shutil.copyfile(backup, database)
    adoption = adopt_if_copied(database, clock=SetClock(), zone=COSTA_RICA)
    assert adoption is not None
    assert dump(database) == dump(backup)
    assert is_sound(database)
    assert (adoption.old_epoch, adoption.mark.at) == (EPOCH, MORNING)
    assert meta_of(database) == {"epoch": adoption.new_epoch}
    assert adoption.new_epoch != EPOCH
    assert "contacts.db-wal.left-20261122_105331" in {path.name for path in adoption.set_aside}
    assert all(path.exists() for path in adoption.set_aside)


def test_without_adoption_the_old_wal_spoils_the_copy(database: Path, backup: Path, tmp_path: Path) -> None:
    """The control of the test above."""
    kill_a_writer(database, tmp_path / "notes")
    shutil.copyfile(backup, database)
    try:
        spoilt = dump(database) != dump(backup) or not is_sound(database)
    except sqlite3.DatabaseError:
        spoilt = True
    assert spoilt


def test_a_killed_servers_own_database_is_left_alone_and_loses_nothing(database: Path, tmp_path: Path) -> None:
    last = kill_a_writer(database, tmp_path / "notes")
    before = {name: (tmp_path / name).read_bytes() for name in files_beside(database)}
    assert adopt_if_copied(database, clock=SetClock()) is None
    assert {name: (tmp_path / name).read_bytes() for name in files_beside(database)} == before
    assert max(row[1] for row in dump(database)["changes"]) >= last  # type: ignore[type-var]


def test_an_unmarked_copy_is_known_by_the_wal_that_cannot_be_its_own(
    database: Path, backup: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.execute("DELETE FROM meta WHERE key LIKE 'backup%'")
    kill_a_writer(database, tmp_path / "notes")
    shutil.copyfile(backup, database)
    adoption = adopt_if_copied(database, clock=SetClock())
    assert adoption is not None
    assert adoption.mark is None
    assert dump(database) == dump(backup)
    assert meta_of(database) == {"epoch": adoption.new_epoch}


def test_a_database_torn_within_a_checkpoint_is_left_to_its_own_wal(database: Path, tmp_path: Path) -> None:
    last = kill_a_writer(database, tmp_path / "notes")
    whole = database.read_bytes()
    database.write_bytes(whole[: len(whole) - 4096])
    assert adopt_if_copied(database, clock=SetClock()) is None
    assert database.with_name("contacts.db-wal").stat().st_size > 0
    database.write_bytes(whole)
    assert max(row[1] for row in dump(database)["changes"]) >= last  # type: ignore[type-var]


def test_adoption_happens_once(database: Path, backup: Path) -> None:
    shutil.copyfile(backup, database)
    assert adopt_if_copied(database, clock=SetClock()) is not None
    epoch = meta_of(database)["epoch"]
    assert adopt_if_copied(database, clock=SetClock()) is None
    assert meta_of(database)["epoch"] == epoch


def test_changes_after_an_adoption_survive_the_next_crash(database: Path, backup: Path, tmp_path: Path) -> None:
    shutil.copyfile(backup, database)
    adopt_if_copied(database, clock=SetClock())
    with closing(open_database(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    last = kill_a_writer(database, tmp_path / "notes")
    assert adopt_if_copied(database, clock=SetClock()) is None
    assert max(row[1] for row in dump(database)["changes"]) >= last  # type: ignore[type-var]


def test_an_adoption_broken_off_is_done_again(database: Path, backup: Path) -> None:
    shutil.copyfile(backup, database)
    half = database.with_name(".contacts.db.adopting")
    half.write_bytes(b"half a copy")
    database.with_name("contacts.db-wal").write_bytes(b"old")
    database.with_name("contacts.db-wal.left-20261122_105331").write_bytes(b"older")
    adoption = adopt_if_copied(database, clock=SetClock(), zone=COSTA_RICA)
    assert adoption is not None
    assert adoption.set_aside[0].name == "contacts.db-wal.left-20261122_105331_2"
    assert database.with_name("contacts.db-wal.left-20261122_105331").read_bytes() == b"older"
    assert not half.exists()
    assert dump(database) == dump(backup)


@pytest.mark.parametrize("wal", [b"", b"old"])
@pytest.mark.parametrize("keep", [0.2, 0.9])
def test_a_copy_broken_off_is_refused_and_nothing_is_touched(
    database: Path, backup: Path, keep: float, wal: bytes
) -> None:
    good = backup.read_bytes()
    database.write_bytes(good[: int(len(good) * keep)])
    for path in database.parent.glob("contacts.db-*"):
        path.unlink()
    if wal:
        database.with_name("contacts.db-wal").write_bytes(wal)
    before = files_beside(database)
    with pytest.raises(Unavailable) as caught:
        adopt_if_copied(database, clock=SetClock())
    assert caught.value.code == "copied_backup_damaged"
    assert files_beside(database) == before


def test_the_mark_leaves_no_bytes_behind(database: Path, backup: Path) -> None:
    mark = find_mark(backup)
    assert mark is not None
    shutil.copyfile(backup, database)
    adopt_if_copied(database, clock=SetClock())
    assert mark.backup_id.encode() in backup.read_bytes()
    assert mark.backup_id.encode() not in database.read_bytes()


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\x00" + b"\x00" * 4096])
def test_a_file_that_cannot_be_read_bears_no_mark(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "contacts.db"
    path.write_bytes(content)
    assert adopt_if_copied(path, clock=SetClock()) is None
    assert path.read_bytes() == content


def test_an_absent_database_bears_no_mark(tmp_path: Path) -> None:
    assert adopt_if_copied(tmp_path / "contacts.db", clock=SetClock()) is None
    assert list(tmp_path.iterdir()) == []


def test_paths_with_strange_signs_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "Año 100% #1 ?x=1"
    folder.mkdir()
    database = build_database(folder / "contacts.db", 3)
    copied = take_backup(database, folder / "copias", clock=SetClock()).path
    shutil.copyfile(copied, database)
    assert adopt_if_copied(database, clock=SetClock()) is not None
    assert dump(database) == dump(copied)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
def test_a_read_only_copy_becomes_writable_again(database: Path, backup: Path) -> None:
    shutil.copyfile(backup, database)
    database.chmod(0o440)
    adopt_if_copied(database, clock=SetClock())
    assert stat.S_IMODE(database.stat().st_mode) == 0o640
    assert os.access(database, os.W_OK)
    add_to(database, 1)


def test_the_next_backup_of_an_adopted_database_is_good(database: Path, backup: Path) -> None:
    shutil.copyfile(backup, database)
    adopt_if_copied(database, clock=SetClock())
    with closing(open_database(database)) as connection:
        add_contacts(connection, 2)
    again = take_backup(database, backup.parent, clock=SetClock())
    assert verify_backup(again.path).ok
    assert again.manifest is not None
    assert again.manifest.epoch == meta_of(database)["epoch"]
