"""Takes one backup of a SQLite database while the server goes on writing. Prunes nothing (retention.py)."""

from __future__ import annotations

import dataclasses
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, tzinfo
from pathlib import Path

from callmanager import __version__
from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, Invalid, NotFound, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.backups.contents import ContentsProblem, examine
from callmanager.server.backups.files import (
    check_room,
    copy_file,
    create_private,
    discard,
    give_owner,
    hash_file,
    storage_errors,
    sync_file,
    sync_folder,
)
from callmanager.server.backups.listing import Backup, folder_lock
from callmanager.server.backups.manifests import Manifest, write_manifest
from callmanager.server.backups.marks import set_mark
from callmanager.server.backups.names import BackupName, free_name, is_part, manifest_path, part_path, stamp
from callmanager.server.pace import Pace

Progress = Callable[[str], None]

_PAGES_PER_STEP = 256
_BUSY_SECONDS = 10.0


def take_backup(
    database: Path,
    folder: Path,
    *,
    clock: Clock,
    second_folder: Path | None = None,
    progress: Progress | None = None,
    zone: tzinfo | None = None,
    pace: Pace | None = None,
) -> Backup:
    """Write `contacts_backup_YYYYMMDD_HHMMSS.db` and its manifest into `folder`, verified, and return it.

    Guarantees
    - The file is the state of one instant: every change acknowledged before the call is inside, none by half.
    - It is one plain SQLite file (no -wal), complete by itself; copying it over `contacts.db` restores it.
    - A file under the documented name has been reopened, checked and hashed; an unfinished one never bears that name.
    - Writers are not held up. Until the copy is done SQLite cannot empty the -wal, which grows by what is written.
    - An earlier backup is never overwritten: one of the same second gets `_2`.

    Left out: settings (`config.py`, `.env`), the secret key, certificates, logs. Keep those apart.

    Steps, and what happens when one fails (nothing is ever left behind but what a crash leaves; the next call
    removes that)
    1. Take the folder's lock, remove unfinished files of a crash. Conflict(backup_running) after a long wait.
    2. See that there is room for the whole database. Unavailable(disk_full).
    3. Copy page by page inside one read transaction. Unavailable: disk_full, database_busy, database_unreadable.
    4. Mark the copy, make it one plain file, flush it.
    5. Reopen it read-only: integrity, foreign keys, rows, chain of changes, its head. A file that no server could run
       on, or that is behind its source, is thrown away: Unavailable(backup_not_verified). When only the data is at
       fault (a broken chain, a dangling reference) the backup is kept, since it is as good as its source, but its
       manifest names the problem and it does not count as verified.
    6. Write the manifest, rename the copy, flush the folder.
    7. Copy both to `second_folder`, which must exist, and compare the hash. A failure here is only reported, in
       `second_error`: the first backup is good.

    `progress` is told the step: "copying", "checking", "second_folder", "done"; what it raises cancels. `pace`: others
    are at work in this process.
    """
    if not database.is_file():
        raise NotFound("database_missing", N_("There is no database at %(path)s."), path=str(database))
    tell = progress or _silence
    with storage_errors(folder):
        _make_folder(folder, database)
        with folder_lock(folder):
            discard_leftovers(folder)
            now = clock.now()
            name = free_name(folder, BackupName(stamp(now, zone)))
            backup = _take(database, name, folder, tell, now=now, pace=pace or Pace())
    if second_folder is not None:
        tell("second_folder")
        backup = _with_second_copy(backup, second_folder)
    tell("done")
    return backup


def _make_folder(folder: Path, database: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        give_owner(folder, like=database.parent)


def discard_leftovers(folder: Path) -> None:
    """Remove what a crash in the middle of a backup left in the folder."""
    for path in folder.iterdir():
        if is_part(path.name):
            path.unlink(missing_ok=True)


def seal(
    part: Path, name: str, at: datetime, verified_at: datetime, pace: Pace | None = None
) -> tuple[Manifest, list[ContentsProblem]]:
    """Mark a closed copy, make it one plain file, flush and verify it. Raises Unavailable(backup_not_verified)."""
    backup_id = str(uuid.uuid4())
    set_mark(part, backup_id, at)
    sync_file(part)
    contents, problems = examine(part, pace)
    if contents is None:
        raise _not_verified(problems[0])
    manifest = Manifest(
        name=name,
        backup_id=backup_id,
        at=at,
        verified_at=verified_at,
        size=part.stat().st_size,
        sha256=hash_file(part),
        epoch=contents.epoch,
        seq=contents.seq,
        head_hash=contents.head_hash,
        rows=dict(contents.rows),
        problems=tuple(problem.code for problem in problems),
        program_version=__version__,
        sqlite_version=sqlite3.sqlite_version,
    )
    return manifest, problems


def _silence(_step: str) -> None:
    pass


def _take(database: Path, name: BackupName, folder: Path, tell: Progress, *, now: datetime, pace: Pace) -> Backup:
    part, target = part_path(folder, name), folder / str(name)
    try:
        create_private(part)
        seq_at_start = _copy_pages(database, part, tell, pace)
        tell("checking")
        manifest, _ = seal(part, str(name), now, now, pace)
        if manifest.seq < seq_at_start:
            message = N_("The copy ends at change %(found)s, the database was at %(expected)s.")
            raise _not_verified(
                ContentsProblem("seq_behind", message, {"found": manifest.seq, "expected": seq_at_start})
            )
        _publish(part, target, manifest)
    finally:
        discard(part)
    return Backup(target, name, now, manifest.size, manifest)


def _copy_pages(database: Path, part: Path, tell: Progress, pace: Pace) -> int:
    # VACUUM INTO would renumber rows of tables without an integer key and costs as much; stepping without a transaction
    # of our own starts again at every foreign write and never ends on a busy server (docs/decisions/0020).
    source = sqlite3.connect(
        f"{database.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY_SECONDS
    )
    with closing(source), closing(sqlite3.connect(part, isolation_level=None)) as target:
        seq = _head_seq(source)
        source.execute("BEGIN")
        ((pages,), (page_size,)) = (source.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size"))
        _head_seq(source)  # the first read fixes the instant of the copy
        check_room(part.parent, pages * page_size)
        target.execute("PRAGMA synchronous = OFF")  # flushed once, at the end
        pace.begin()
        source.backup(target, pages=_PAGES_PER_STEP, progress=lambda *_: _between_steps(tell, pace))
        source.execute("ROLLBACK")
    return seq


def _between_steps(tell: Progress, pace: Pace) -> None:
    tell("copying")
    pace.give_way()  # the disk is everybody's


def _head_seq(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT seq FROM log_head").fetchone()
    return int(row[0]) if row else 0


def _publish(part: Path, target: Path, manifest: Manifest) -> None:
    # The manifest first: whoever sees a backup finds its manifest too.
    try:
        write_manifest(target, manifest)
        for path in (part, manifest_path(target)):
            give_owner(path, like=target.parent)
        part.replace(target)
    except BaseException:
        manifest_path(target).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _not_verified(problem: ContentsProblem) -> Unavailable:
    return Unavailable(
        "backup_not_verified",
        N_(
            "The new backup is not good and was thrown away: %(problem)s Check the disk; earlier backups are untouched."
        ),
        fields={"problem": problem.code, **problem.params},
        problem=problem,
    )


def _with_second_copy(backup: Backup, second: Path) -> Backup:
    try:
        with storage_errors(second):
            return dataclasses.replace(backup, second_copy=_copy_to_second(backup, second))
    except CallManagerError as error:
        return dataclasses.replace(backup, second_error=error)


def _copy_to_second(backup: Backup, second: Path) -> Path:
    assert backup.manifest is not None, "a backup just taken has one"
    if not second.is_dir():  # never made here: it would land on the wrong disk while the right one is unplugged
        raise Unavailable("second_folder_missing", N_("The folder %(folder)s is not there."), folder=str(second))
    if second.samefile(backup.path.parent):
        raise Invalid("second_folder_same", N_("The second folder is the first one. Choose one on another disk."))
    discard_leftovers(second)
    check_room(second, backup.size)
    name = free_name(second, backup.name)
    part, target = part_path(second, name), second / str(name)
    try:
        copy_file(backup.path, part)
        if hash_file(part) != backup.manifest.sha256:
            raise _not_verified(ContentsProblem("hash_differs", N_("The copy differs from its source.")))
        _publish(part, target, dataclasses.replace(backup.manifest, name=str(name)))
    finally:
        discard(part)
    return target
