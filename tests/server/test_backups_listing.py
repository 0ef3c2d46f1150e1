"""Listing backups by name, and the state that administrators see."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callmanager.domain.errors import NotFound
from callmanager.server.backups import backup_state, get_backup, list_backups, take_backup
from callmanager.server.backups.names import BackupName, parse_backup_name
from tests.server.backup_samples import COSTA_RICA, MORNING, SetClock, build_database


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return build_database(tmp_path / "contacts.db", contacts=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.mark.parametrize(
    "name",
    [
        "contacts_backup_20261122_105331.db.json",
        ".contacts_backup_20261122_105331.db.part",
        "contacts_backup_20261322_105331.db",
        "contacts_backup_20261122_105331_1_.db",
        "contacts_backup_20261122_105331_0.db",
        "contacts_backup_00010101_000000.db",
        "contacts_backup_٢٠٢٦١١٢٢_105331.db",
        "contacts_replaced_20261122_105331.db",
        "contacts.db",
        "Contacts_backup_20261122_105331.db ",
    ],
)
def test_the_files_of_others_are_not_backups(name: str) -> None:
    assert parse_backup_name(name) is None


def test_names_are_read_back_and_ordered_by_time_then_number() -> None:
    texts = [
        "contacts_backup_20261122_105331.db",
        "contacts_backup_20261122_105331_2.db",
        "contacts_backup_20261122_105331_10.db",
        "contacts_backup_20261122_105332.db",
    ]
    names = [parse_backup_name(text) for text in texts]
    assert [str(name) for name in names] == texts
    assert sorted(name for name in reversed(names) if name) == names
    assert BackupName("20261122_105331").at(COSTA_RICA) == datetime(2026, 11, 22, 16, 53, 31, tzinfo=UTC)


def test_backups_are_listed_newest_name_first_whatever_their_files_say(database: Path, folder: Path) -> None:
    clock = SetClock()
    taken = []
    for _ in range(3):
        taken.append(take_backup(database, folder, clock=clock).path)
        clock.advance(minutes=30)
    for age, path in enumerate(taken):
        os.utime(path, (2_000_000_000 - age, 2_000_000_000 - age))
    (folder / "holiday.jpg").write_text("x")
    assert [backup.path for backup in list_backups(folder)] == taken[::-1]


def test_an_absent_folder_holds_no_backup(folder: Path) -> None:
    assert list_backups(folder) == []


def test_a_backup_is_verified_only_while_its_manifest_and_size_agree(database: Path, folder: Path) -> None:
    path = take_backup(database, folder, clock=SetClock()).path
    assert [backup.verified_at for backup in list_backups(folder)] == [MORNING]
    with path.open("ab") as file:
        file.write(b"x")
    assert [backup.verified_at for backup in list_backups(folder)] == [None]
    path.with_name(path.name + ".json").unlink()
    (alone,) = list_backups(folder, zone=UTC)
    assert (alone.manifest, alone.verified_at) == (None, None)


def test_a_backup_is_found_by_its_name_and_never_by_a_path(database: Path, folder: Path) -> None:
    taken = take_backup(database, folder, clock=SetClock())
    assert get_backup(folder, taken.path.name).path == taken.path
    for text in ("contacts_backup_20200101_000000.db", "../contacts.db", str(taken.path), ""):
        with pytest.raises(NotFound):
            get_backup(folder, text)


def test_a_fresh_backup_is_fine_and_an_old_one_is_an_alarm(database: Path, folder: Path) -> None:
    taken = take_backup(database, folder, clock=SetClock())
    fine = backup_state(folder, now=MORNING + timedelta(minutes=35))
    old = backup_state(folder, now=MORNING + timedelta(minutes=35, seconds=1))
    assert (fine.code, fine.alarm, fine.age_seconds) == ("fine", False, 2100.0)
    assert (old.code, old.alarm, old.last and old.last.path) == ("too_old", True, taken.path)
    assert not backup_state(folder, now=MORNING + timedelta(hours=1), alarm_after=timedelta(hours=2)).alarm


def test_no_backup_is_an_alarm(folder: Path) -> None:
    assert backup_state(folder, now=MORNING).code == "none"


def test_a_spoilt_newer_backup_does_not_count(database: Path, folder: Path) -> None:
    clock = SetClock()
    good = take_backup(database, folder, clock=clock).path
    clock.advance(hours=1)
    take_backup(database, folder, clock=clock).path.write_bytes(b"short")
    state = backup_state(folder, now=clock.now())
    assert (state.code, state.last and state.last.path) == ("too_old", good)


def test_a_backup_from_the_future_does_not_silence_the_alarm(database: Path, folder: Path) -> None:
    take_backup(database, folder, clock=SetClock(MORNING + timedelta(days=400)))
    assert backup_state(folder, now=MORNING).code == "in_the_future"
    take_backup(database, folder, clock=SetClock())
    later = backup_state(folder, now=MORNING + timedelta(hours=1))
    assert (later.code, later.age_seconds) == ("too_old", 3600.0)
