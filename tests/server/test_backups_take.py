"""Taking a backup: one plain verified file, while others write, and nothing half-made whatever fails."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from callmanager.domain.errors import NotFound, Unavailable
from callmanager.server.backups import list_backups, take_backup, verify_backup
from callmanager.server.backups.files import check_room
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
    meta_of,
    open_database,
    read_acknowledged,
    start_writer,
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return build_database(tmp_path / "contacts.db")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".backups.lock")


def test_a_backup_is_one_plain_file_with_everything_inside(database: Path, folder: Path) -> None:
    backup = take_backup(database, folder, clock=SetClock(), zone=COSTA_RICA)
    assert visible(folder) == ["contacts_backup_20261122_105331.db", "contacts_backup_20261122_105331.db.json"]
    assert backup.path.read_bytes()[18:20] == b"\x01\x01", "the header says rollback journal, not WAL"
    assert dump(backup.path) == dump(database)
    assert verify_backup(backup.path).ok


def test_its_name_is_the_wall_clock_and_its_manifest_is_utc(database: Path, folder: Path) -> None:
    backup = take_backup(database, folder, clock=SetClock(), zone=COSTA_RICA)
    assert str(backup.name) == "contacts_backup_20261122_105331.db"
    assert backup.manifest is not None
    assert backup.manifest.at == MORNING


def test_the_manifest_says_what_is_inside(database: Path, folder: Path) -> None:
    manifest = take_backup(database, folder, clock=SetClock()).manifest
    assert manifest is not None
    assert (manifest.epoch, manifest.seq, manifest.verified) == (EPOCH, 20, True)
    assert (manifest.rows["contacts"], manifest.rows["changes"]) == (20, 20)
    assert manifest.head_hash == dump(database)["log_head"][0][-1]


def test_only_the_copy_bears_the_mark(database: Path, folder: Path) -> None:
    backup = take_backup(database, folder, clock=SetClock())
    assert meta_of(database) == {"epoch": EPOCH}
    assert backup.manifest is not None
    assert meta_of(backup.path) == {
        "epoch": EPOCH,
        "backup_id": backup.manifest.backup_id,
        "backup_at": "2026-11-22T16:53:31.123Z",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owner-only mode bits")
def test_only_the_owner_can_read_a_backup(database: Path, folder: Path) -> None:
    backup = take_backup(database, folder, clock=SetClock())
    for path in (backup.path, backup.path.with_name(backup.path.name + ".json")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_search_index_of_the_copy_answers_and_agrees_with_its_table(database: Path, folder: Path) -> None:
    backup = take_backup(database, folder, clock=SetClock())
    with closing(sqlite3.connect(backup.path)) as copy:
        assert copy.execute("SELECT rowid FROM contacts_fts WHERE contacts_fts MATCH '7'").fetchall() == [(7,)]
        copy.execute("INSERT INTO contacts_fts (contacts_fts, rank) VALUES ('integrity-check', 1)")


def test_writers_go_on_while_the_pages_are_copied(database: Path, folder: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as writer:
        backup = take_backup(
            database, folder, clock=SetClock(), progress=lambda step: step == "copying" and add_contacts(writer, 3)
        )
    assert backup.manifest is not None
    assert backup.manifest.seq == 20, "the copy is the state of the instant at which it began"
    assert verify_backup(backup.path).ok
    assert len(dump(database)["contacts"]) > 20


def test_a_long_copy_under_steady_writing_ends_with_the_first_instant(tmp_path: Path, folder: Path) -> None:
    # Enough pages for several steps; a copy that starts again at each write would never end.
    database = build_database(tmp_path / "big.db", contacts=20)
    with closing(open_database(database)) as connection:
        connection.execute("CREATE TABLE ballast (id INTEGER PRIMARY KEY, bytes BLOB)")
        connection.execute("INSERT INTO ballast (bytes) VALUES (zeroblob(12000000))")
    steps: list[str] = []
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as writer:

        def write_too(step: str) -> None:
            steps.append(step)
            if step == "copying" and len(steps) < 40:  # a copy that starts again shall fail here, not hang
                add_contacts(writer, 1)

        backup = take_backup(database, folder, clock=SetClock(), progress=write_too)
    assert 12 <= steps.count("copying") <= 24
    assert backup.manifest is not None
    assert backup.manifest.seq == 20


def test_a_backup_under_four_writers_holds_every_acknowledged_change_up_to_its_seq(
    database: Path, folder: Path, tmp_path: Path
) -> None:
    notes = [tmp_path / f"writer-{number}" for number in range(4)]
    writers = [start_writer(database, path) for path in notes]
    try:
        while min(len(read_acknowledged(path)) for path in notes) < 3:
            assert all(writer.poll() is None for writer in writers)
        before = max(seq for path in notes for seq in read_acknowledged(path))
        backups = [take_backup(database, folder, clock=SetClock()) for _ in range(3)]
        while not any(seq > _seq(backups[-1]) for path in notes for seq in read_acknowledged(path)):
            assert all(writer.poll() is None for writer in writers)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    acknowledged = {seq for path in notes for seq in read_acknowledged(path)}
    assert before <= _seq(backups[0]) <= _seq(backups[2]) < max(acknowledged)
    for backup in backups:
        assert verify_backup(backup.path).problems == ()
        inside = {row[1] for row in dump(backup.path)["changes"]}
        assert inside >= {seq for seq in acknowledged if seq <= _seq(backup)}


def _seq(backup: object) -> int:
    return int(backup.manifest.seq)  # type: ignore[attr-defined]


def test_backups_of_the_same_second_do_not_overwrite_each_other(database: Path, folder: Path) -> None:
    clock = SetClock()
    first = take_backup(database, folder, clock=clock, zone=COSTA_RICA)
    before = first.path.read_bytes()
    add_to(database, 1)
    names = [str(take_backup(database, folder, clock=clock, zone=COSTA_RICA).name) for _ in range(2)]
    assert names == ["contacts_backup_20261122_105331_2.db", "contacts_backup_20261122_105331_3.db"]
    assert first.path.read_bytes() == before
    assert all(verify_backup(folder / name).ok for name in names)


def test_a_backup_without_its_manifest_is_not_overwritten_either(database: Path, folder: Path) -> None:
    path = take_backup(database, folder, clock=SetClock()).path
    path.with_name(path.name + ".json").unlink()
    assert take_backup(database, folder, clock=SetClock()).path != path


def test_backups_asked_for_at_the_same_time_are_all_taken(database: Path, folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: take_backup(database, folder, clock=SetClock()), range(4)))
    assert len({backup.path for backup in taken}) == 4
    assert all(verify_backup(backup.path).ok for backup in taken)


def test_what_a_crash_left_is_removed_and_other_files_are_not(database: Path, folder: Path) -> None:
    folder.mkdir()
    part = ".contacts_backup_20261122_102331.db.part"
    for name in (part, part + "-journal", part + "-wal", "notes.txt", ".other.part"):
        (folder / name).write_text("x")
    backup = take_backup(database, folder, clock=SetClock())
    assert visible(folder) == [".other.part", backup.path.name, backup.path.name + ".json", "notes.txt"]


_DIE_WITHIN_A_TAKE = """
import os, signal, sys
from pathlib import Path
from callmanager.domain.clock import SystemClock
from callmanager.server.backups import take_backup
def die(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
take_backup(Path(sys.argv[1]), Path(sys.argv[2]), clock=SystemClock(), progress=die)
"""


@pytest.mark.parametrize("step", ["copying", "checking"])
def test_a_crash_within_a_backup_shows_no_backup_and_is_cleared_by_the_next(
    database: Path, folder: Path, step: str
) -> None:
    command = [sys.executable, "-c", _DIE_WITHIN_A_TAKE, str(database), str(folder), step]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode != 0
    assert list_backups(folder) == []
    assert any(name.endswith(".part") for name in visible(folder))
    backup = take_backup(database, folder, clock=SetClock())
    assert visible(folder) == [backup.path.name, backup.path.name + ".json"]
    assert verify_backup(backup.path).ok


def test_a_cancelled_backup_leaves_nothing(database: Path, folder: Path) -> None:
    def cancel(step: str) -> None:
        if step == "checking":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_backup(database, folder, clock=SetClock(), progress=cancel)
    assert visible(folder) == []


def test_a_missing_database_is_named_and_no_folder_is_made(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(NotFound) as caught:
        take_backup(tmp_path / "nothing.db", folder, clock=SetClock())
    assert caught.value.code == "database_missing"
    assert not folder.exists()
    assert not (tmp_path / "nothing.db").exists()


def test_room_is_checked_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        check_room(tmp_path, 10**18)
    assert caught.value.code == "disk_full"
    assert "1000000000000 MB are needed" in str(caught.value)


_TAKE_WITH_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Unavailable
from callmanager.server.backups import take_backup
database, folder, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    take_backup(database, folder, clock=SystemClock())
except Unavailable as error:
    print(error.code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
@pytest.mark.parametrize("pages", [0, 1, 5])
def test_a_full_disk_leaves_no_partial_file_and_the_earlier_backup_good(
    database: Path, folder: Path, pages: int
) -> None:
    earlier = take_backup(database, folder, clock=SetClock())
    before = visible(folder)
    command = [sys.executable, "-c", _TAKE_WITH_LITTLE_ROOM, str(database), str(folder), str(pages * 4096)]
    # The database needs its -shm, which this process keeps alive, so that only the backup folder is short of room.
    with closing(open_database(database)) as reader:
        reader.execute("SELECT count(*) FROM contacts").fetchone()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("disk_full", "")
    assert visible(folder) == before
    assert verify_backup(earlier.path).ok
    assert take_backup(database, folder, clock=SetClock()).verified_at, "it resumes when there is room"


def test_a_damaged_database_gives_no_backup_and_says_so(database: Path, folder: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'contacts'").fetchone()[0]
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 200)
    with pytest.raises(Unavailable) as caught:
        take_backup(database, folder, clock=SetClock())
    assert caught.value.code == "backup_not_verified"
    assert visible(folder) == []


def test_a_broken_chain_is_kept_with_its_problem_and_does_not_count_as_verified(database: Path, folder: Path) -> None:
    break_chain(database, 7)
    backup = take_backup(database, folder, clock=SetClock())
    assert backup.manifest is not None
    assert (backup.manifest.problems, backup.verified_at) == (("chain_broken",), None)
    problems = verify_backup(backup.path).problems
    assert [(problem.code, problem.params) for problem in problems] == [("chain_broken", {"seq": 7})]


def test_the_second_folder_gets_a_verified_copy(database: Path, folder: Path, tmp_path: Path) -> None:
    second = tmp_path / "other disk"
    second.mkdir()
    backup = take_backup(database, folder, clock=SetClock(), second_folder=second)
    assert backup.second_error is None
    assert backup.second_copy is not None
    assert backup.second_copy.read_bytes() == backup.path.read_bytes()
    assert verify_backup(backup.second_copy).ok


def test_the_second_folder_never_loses_a_backup_of_the_same_name(database: Path, folder: Path, tmp_path: Path) -> None:
    second = tmp_path / "other disk"
    other = take_backup(database, second, clock=SetClock())
    backup = take_backup(database, folder, clock=SetClock(), second_folder=second)
    assert backup.second_copy not in {None, other.path}
    assert [verify_backup(found.path).ok for found in list_backups(second)] == [True, True]


def test_an_absent_second_folder_is_reported_and_spoils_nothing(database: Path, folder: Path, tmp_path: Path) -> None:
    backup = take_backup(database, folder, clock=SetClock(), second_folder=tmp_path / "unplugged")
    assert backup.second_error is not None
    assert backup.second_error.code == "second_folder_missing"
    assert not (tmp_path / "unplugged").exists()
    assert verify_backup(backup.path).ok


def test_the_first_folder_is_refused_as_the_second(database: Path, folder: Path) -> None:
    backup = take_backup(database, folder, clock=SetClock(), second_folder=folder)
    assert backup.second_error is not None
    assert backup.second_error.code == "second_folder_same"
    assert len(list_backups(folder)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /proc")
def test_no_file_stays_open(database: Path, folder: Path) -> None:
    take_backup(database, folder, clock=SetClock())
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        take_backup(database, folder, clock=SetClock())
    assert len(list(Path("/proc/self/fd").iterdir())) == before
