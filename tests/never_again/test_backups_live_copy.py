"""Never again 13: a copy of a live WAL database called a backup; pruned by mtime; the new one deleted at once."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

from callmanager.server.backups import Keep, prune, take_backup, verify_backup
from tests.server.backup_samples import SetClock, add_contacts, build_database, dump, open_database


def test_what_is_only_in_the_wal_is_in_the_backup(tmp_path: Path) -> None:
    database = build_database(tmp_path / "contacts.db", contacts=5)
    with closing(open_database(database)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        add_contacts(writer, 40)
        backup = take_backup(database, tmp_path / "backups", clock=SetClock())
        shutil.copyfile(database, tmp_path / "copied.db")
    assert len(dump(tmp_path / "copied.db")["contacts"]) == 5, "the control: a file copy loses what is acknowledged"
    assert len(dump(backup.path)["contacts"]) == 45
    assert verify_backup(backup.path).ok


def test_pruning_goes_by_name_when_the_dates_of_the_files_say_the_opposite(tmp_path: Path) -> None:
    database, folder, clock = build_database(tmp_path / "contacts.db", 2), tmp_path / "backups", SetClock()
    paths = []
    for number in range(5):
        path = take_backup(database, folder, clock=clock, zone=UTC).path
        os.utime(path, (2_000_000_000 - number, 2_000_000_000 - number))
        paths.append(path)
        clock.advance(days=1)
    assert prune(folder, now=clock.now(), keep=Keep(0, 0, 0), zone=UTC) == paths[:2]


def test_the_backup_just_made_survives_its_own_pruning_even_after_the_clock_fell_back(tmp_path: Path) -> None:
    database, folder, clock = build_database(tmp_path / "contacts.db", 2), tmp_path / "backups", SetClock()
    for _ in range(5):
        take_backup(database, folder, clock=clock, zone=UTC)
        clock.advance(minutes=30)
    clock.advance(days=-400)
    made = take_backup(database, folder, clock=clock, zone=UTC)
    clock.advance(days=500)
    prune(folder, now=clock.now(), keep=Keep(0, 0, 0), just_made=made.path, zone=UTC)
    assert made.path.exists()
    assert verify_backup(made.path).ok
    assert prune(folder, now=clock.now() + timedelta(days=1), keep=Keep(0, 0, 0), zone=UTC) == [made.path]
