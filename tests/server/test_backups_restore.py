"""Restoring: what would be lost is said, the replaced database is kept, and a running server is not pulled away."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from callmanager.domain.errors import Conflict, Invalid, Unavailable
from callmanager.server.backups import Booted, Lost, drill, preview_restore, restore, take_backup, verify_backup
from tests.server.backup_samples import (
    COSTA_RICA,
    EPOCH,
    MORNING,
    ROOT,
    SetClock,
    add_contacts,
    add_to,
    break_chain,
    build_database,
    dump,
    is_sound,
    meta_of,
    open_database,
    read_acknowledged,
    start_writer,
)

REPLACED = "contacts_replaced_20261122_105331.db"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return build_database(tmp_path / "contacts.db")


@pytest.fixture
def backup(database: Path, tmp_path: Path) -> Path:
    return take_backup(database, tmp_path / "backups", clock=SetClock()).path


def test_a_restored_database_equals_the_backup_and_has_a_new_epoch(database: Path, backup: Path) -> None:
    add_to(database, 5)
    restored = restore(database, backup, clock=SetClock())
    assert dump(database) == dump(backup)
    assert is_sound(database)
    assert meta_of(database) == {"epoch": restored.new_epoch}
    assert restored.new_epoch != EPOCH
    assert verify_backup(backup).ok, "the backup itself is as before"


def test_the_replaced_database_is_kept_with_what_was_only_in_its_wal(database: Path, backup: Path) -> None:
    last = crash_a_writer(database)
    restored = restore(database, backup, clock=SetClock(), zone=COSTA_RICA)
    assert restored.replaced == database.with_name(REPLACED)
    assert last > 20
    assert len(dump(restored.replaced)["contacts"]) >= last
    assert verify_backup(restored.replaced).ok
    assert sorted(path.name for path in database.parent.glob("contacts.db*")) == ["contacts.db", "contacts.db.lock"]


def crash_a_writer(database: Path) -> int:
    notes = database.with_name("notes")
    writer = start_writer(database, notes)
    while len(read_acknowledged(notes)) < 5:
        assert writer.poll() is None
    writer.kill()
    writer.wait()
    assert database.with_name("contacts.db-wal").stat().st_size > 0
    return max(read_acknowledged(notes))


def test_a_restore_can_be_taken_back(database: Path, backup: Path) -> None:
    add_to(database, 5)
    before = dump(database)
    replaced = restore(database, backup, clock=SetClock()).replaced
    assert replaced is not None
    assert verify_backup(replaced).ok
    restore(database, replaced, clock=SetClock())
    assert dump(database) == before


def test_two_restores_of_one_second_keep_both_replaced_databases(database: Path, backup: Path) -> None:
    first = restore(database, backup, clock=SetClock()).replaced
    second = restore(database, backup, clock=SetClock()).replaced
    assert first != second
    assert all(path is not None and is_sound(path) for path in (first, second))


def test_a_database_that_is_gone_is_restored_onto_an_empty_place(database: Path, backup: Path, tmp_path: Path) -> None:
    place = tmp_path / "new pc" / "contacts.db"
    place.parent.mkdir()
    restored = restore(place, backup, clock=SetClock())
    assert (restored.replaced, restored.lost) == (None, Lost(after_seq=20))
    assert dump(place) == dump(backup)


@pytest.mark.parametrize("damage", [b"not a database at all " * 400, b""])
def test_a_ruined_database_is_replaced_and_kept_as_it_was(database: Path, backup: Path, damage: bytes) -> None:
    database.write_bytes(damage)
    database.with_name("contacts.db-wal").write_bytes(b"remains of a wal")
    restored = restore(database, backup, clock=SetClock(), zone=COSTA_RICA)
    assert dump(database) == dump(backup)
    assert restored.replaced is not None
    assert restored.replaced.read_bytes() == damage
    assert database.with_name(REPLACED + "-wal").read_bytes() == b"remains of a wal"
    assert not restored.lost.readable
    assert not database.with_name("contacts.db-wal").exists()


def test_a_running_server_is_not_pulled_away(database: Path, backup: Path) -> None:
    add_to(database, 1)
    before = dump(database)
    with FileLock(f"{database}.lock"), pytest.raises(Conflict) as caught:
        restore(database, backup, clock=SetClock(), force=True)
    assert caught.value.code == "server_running"
    assert dump(database) == before


def test_a_spoilt_backup_is_refused_even_by_force(database: Path, backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-4096])
    before = {path.name for path in database.parent.iterdir()} | {"contacts.db.lock"}
    for force in (False, True):
        with pytest.raises(Invalid) as caught:
            restore(database, backup, clock=SetClock(), force=force)
        assert caught.value.code == "backup_not_good"
    assert {path.name for path in database.parent.iterdir()} == before
    assert meta_of(database) == {"epoch": EPOCH}


def test_a_backup_without_its_manifest_is_restored_only_by_force(database: Path, backup: Path) -> None:
    backup.with_name(backup.name + ".json").unlink()
    with pytest.raises(Invalid) as caught:
        restore(database, backup, clock=SetClock())
    assert caught.value.fields == {"problems": ["manifest_missing"], "usable": True}
    restore(database, backup, clock=SetClock(), force=True)
    assert dump(database) == dump(backup)


def test_a_database_of_another_pc_is_restored_by_force(database: Path, tmp_path: Path) -> None:
    foreign = build_database(tmp_path / "from the old pc.db", contacts=3)
    restored = restore(database, foreign, clock=SetClock(), force=True)
    assert meta_of(database) == {"epoch": restored.new_epoch}
    assert dump(database) == dump(foreign)


def test_the_database_is_not_restored_over_itself(database: Path) -> None:
    with pytest.raises(Invalid) as caught:
        restore(database, database, clock=SetClock(), force=True)
    assert caught.value.code == "backup_is_database"


def test_a_copy_laid_over_a_crashed_database_before_the_restore_spoils_nothing(database: Path, backup: Path) -> None:
    crash_a_writer(database)
    shutil.copyfile(backup, database)
    assert preview_restore(database, backup) == Lost(after_seq=20)
    restored = restore(database, backup, clock=SetClock())
    assert dump(database) == dump(backup)
    assert restored.replaced is not None
    assert dump(restored.replaced) == dump(backup)


def test_a_copy_broken_off_is_replaced_and_the_old_wal_is_kept(database: Path, backup: Path) -> None:
    crash_a_writer(database)
    wal = database.with_name("contacts.db-wal").read_bytes()
    database.write_bytes(backup.read_bytes()[:9000])
    restored = restore(database, backup, clock=SetClock(), zone=COSTA_RICA)
    assert dump(database) == dump(backup)
    assert restored.replaced is not None
    assert restored.replaced.read_bytes() == backup.read_bytes()[:9000]
    assert database.with_name(REPLACED + "-wal").read_bytes() == wal


def test_an_obstacle_beside_the_database_changes_nothing(database: Path, backup: Path, tmp_path: Path) -> None:
    (tmp_path / ".contacts.db.restoring").mkdir()
    with pytest.raises(Unavailable) as caught:
        restore(database, backup, clock=SetClock())
    assert caught.value.code == "folder_unusable"
    assert meta_of(database) == {"epoch": EPOCH}
    assert not list(tmp_path.glob("contacts_replaced_*"))


_RUN_WITH_LITTLE_ROOM = """
import resource, shutil, sys
from pathlib import Path
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Unavailable
from callmanager.server.backups import adopt_if_copied, restore
database, backup = Path(sys.argv[1]), Path(sys.argv[2])
if sys.argv[3] == "adopt":
    shutil.copyfile(backup, database)
limit = backup.stat().st_size - 4096
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    if sys.argv[3] == "adopt":
        adopt_if_copied(database, clock=SystemClock())
    else:
        restore(database, backup, clock=SystemClock())
except Unavailable as error:
    print(error.code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
@pytest.mark.parametrize("what", ["restore", "adopt"])
def test_a_full_disk_changes_nothing_and_it_goes_on_when_there_is_room(database: Path, backup: Path, what: str) -> None:
    before = {path.name for path in database.parent.iterdir()} | {"contacts.db.lock"}
    command = [sys.executable, "-c", _RUN_WITH_LITTLE_ROOM, str(database), str(backup), what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("disk_full", "")
    assert {path.name for path in database.parent.iterdir()} | {"contacts.db.lock"} == before
    assert meta_of(database)["epoch"] == EPOCH
    restore(database, backup, clock=SetClock())
    assert dump(database) == dump(backup)


def test_what_would_be_lost_is_said_by_whom_and_since_when(database: Path, backup: Path) -> None:
    add_to(database, 3, actor="ana", at=MORNING + timedelta(minutes=5))
    add_to(database, 4, actor="luis", at=MORNING + timedelta(minutes=9))
    before = {path.name: path.read_bytes() for path in database.parent.glob("contacts.db")}
    lost = preview_restore(database, backup)
    assert lost == Lost(
        changes=7,
        change_sets=2,
        people=(("luis", 4), ("ana", 3)),
        first_at=MORNING + timedelta(minutes=5),
        last_at=MORNING + timedelta(minutes=9),
        contacts_created=7,
        after_seq=20,
    )
    assert {path.name: path.read_bytes() for path in database.parent.glob("contacts.db")} == before
    assert restore(database, backup, clock=SetClock()).lost == lost


def test_nothing_is_lost_when_nothing_happened_since(database: Path, backup: Path) -> None:
    assert preview_restore(database, backup) == Lost(after_seq=20)


def test_a_preview_is_possible_while_the_server_writes(database: Path, backup: Path) -> None:
    with closing(open_database(database)) as writer:
        add_contacts(writer, 2)
        writer.execute("BEGIN IMMEDIATE")
        assert preview_restore(database, backup).changes == 2
        writer.execute("ROLLBACK")


def test_histories_that_parted_are_compared_from_where_they_did(database: Path, backup: Path, tmp_path: Path) -> None:
    add_to(database, 5, actor="ana")
    newer = take_backup(database, tmp_path / "backups", clock=SetClock(MORNING + timedelta(hours=1))).path
    restore(database, backup, clock=SetClock())
    add_to(database, 2, actor="luis")
    lost = preview_restore(database, newer)
    assert (lost.after_seq, lost.same_history, lost.people) == (20, False, (("luis", 2),))


def test_an_unreadable_backup_cannot_be_previewed(database: Path, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("x" * 9000)
    with pytest.raises(Invalid) as caught:
        preview_restore(database, tmp_path / "text.db")
    assert caught.value.code == "backup_unreadable"


def count_rows(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("contacts", "teams")
        }


def test_a_drill_starts_on_a_copy_and_compares_the_counts(database: Path, backup: Path, tmp_path: Path) -> None:
    started: list[Path] = []

    def boot(copy: Path) -> Booted:
        started.append(copy)
        assert dump(copy) == dump(backup)
        return Booted(ready=True, rows=count_rows(copy))

    result = drill(backup, tmp_path / "drill", boot=boot, clock=SetClock())
    assert (result.ok, result.compared) == (True, ("contacts", "teams"))
    assert started[0].name == "contacts.db"
    assert list((tmp_path / "drill").iterdir()) == []
    assert meta_of(database) == {"epoch": EPOCH}


@pytest.mark.parametrize(
    ("booted", "codes"),
    [
        (Booted(ready=False), ["server_not_ready"]),
        (Booted(ready=True), ["nothing_compared"]),
        (Booted(ready=True, rows={"contacts": 19, "teams": 1}), ["rows_differ"]),
    ],
)
def test_a_drill_fails_when_the_server_does_not_agree(
    backup: Path, tmp_path: Path, booted: Booted, codes: list[str]
) -> None:
    result = drill(backup, tmp_path / "drill", boot=lambda _: booted, clock=SetClock())
    assert [problem.code for problem in result.problems] == codes


def test_a_drill_refuses_a_backup_that_is_not_good(backup: Path, tmp_path: Path) -> None:
    break_chain(backup, 3)
    with pytest.raises(Invalid):
        drill(backup, tmp_path / "drill", boot=lambda _: Booted(ready=True), clock=SetClock())
    assert list((tmp_path / "drill").iterdir()) == []
