"""Puts a backup in the place of the database, with the server stopped. The replaced database is kept, never deleted."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from filelock import FileLock, Timeout

from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, Conflict, Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.domain.withdrawals import Withdrawal
from callmanager.server.backups.contents import examine
from callmanager.server.backups.files import (
    check_room,
    companion_paths,
    copy_file,
    discard,
    give_owner,
    storage_errors,
    sync_file,
    sync_folder,
)
from callmanager.server.backups.losses import Lost, preview_restore
from callmanager.server.backups.manifests import write_manifest
from callmanager.server.backups.marks import MAGIC, Adoption, adopt_if_copied, find_mark, is_copied, set_mark
from callmanager.server.backups.names import stamp
from callmanager.server.backups.take import seal
from callmanager.server.backups.verify import Verification, verify_backup
from callmanager.server.backups.withdrawn import find_withdrawn


@dataclass(frozen=True, slots=True)
class Restored:
    """What happened: where the replaced database is now (None if there was none), and what it had more."""

    replaced: Path | None
    lost: Lost
    new_epoch: str
    verification: Verification


def restore(
    database: Path,
    backup: Path,
    *,
    clock: Clock,
    force: bool = False,
    withdraw: bool = True,
    zone: tzinfo | None = None,
) -> Restored:
    """Replace `database` by `backup`.

    Guarantees
    - The database is the old one or the restored one at every instant, also after a crash between two steps.
    - The replaced database stays as `contacts_replaced_YYYYMMDD_HHMMSS.db` beside it, with everything that was in its
      -wal. If its -wal could not be folded in, that lies beside it under the matching name.
    - The restored database has a new epoch, so every client loads everything anew; its change log is the backup's.
    - What was withdrawn since (keys, people, passwords, rights) is withdrawn again by the next start, before anybody is
      let in; not with `withdraw=False`.

    Left out: settings, secret key, certificates, logs; sessions that nobody has ended since come back.

    Steps and their failures (until step 5 nothing has changed)
    1. Take the server's lock. Conflict(server_running).
    2. Verify the backup. Invalid(backup_not_good) names the first problem; `force` accepts a missing manifest, another
       hash, a broken chain, but never a file that no server could run on.
    3. See that there is room for two more copies. Unavailable(disk_full).
    4. Copy the backup beside the database, compare its hash, flush. Unavailable(disk_full, folder_unusable).
    5. Fold the -wal into the old database, give it a second name. Unavailable(folder_unusable).
    6. Put the copy in place in one step, still bearing its mark: from here on a crash is finished by the next start.
    7. Adopt it as at start: set a left -wal aside, clear the mark, new epoch (marks.adopt_if_copied).
    """
    if database.exists() and backup.exists() and database.samefile(backup):
        raise Invalid("backup_is_database", N_("This file is the database itself. Choose a backup."))
    with server_stopped(database):
        verification = check_backup(backup, force=force)
        with storage_errors(database.parent):
            _adopt_earlier_copy(database, clock, zone)
            lost = preview_restore(database, backup)
            withdrawn = find_withdrawn(database, backup) if withdraw else []
            replaced, adoption = _replace(database, backup, verification, clock=clock, zone=zone, withdrawn=withdrawn)
    return Restored(replaced, lost, adoption.new_epoch, verification)


@contextmanager
def server_stopped(database: Path) -> Iterator[None]:
    """Hold the lock that a running server holds. Raises Conflict(server_running)."""
    try:
        with FileLock(f"{database}.lock", timeout=0):
            yield
    except Timeout as error:
        raise Conflict("server_running", N_("The server is running. Stop it, then restore.")) from error


def check_backup(backup: Path, *, force: bool = False) -> Verification:
    """Raises Invalid(backup_not_good) unless the backup is good or, with `force`, at least usable."""
    verification = verify_backup(backup)
    if verification.ok or (force and verification.usable):
        return verification
    problem = verification.problems[0]
    raise Invalid(
        "backup_not_good",
        N_("This backup is not good: %(problem)s Choose another one."),
        fields={"problems": [problem.code for problem in verification.problems], "usable": verification.usable},
        problem=problem,
    )


def _adopt_earlier_copy(database: Path, clock: Clock, zone: tzinfo | None) -> None:
    # Somebody copied a backup over it and has not started the server since. A copy broken off is replaced as it is;
    # of a database that is gone the journal is set aside.
    try:
        adopt_if_copied(database, clock=clock, zone=zone)
    except Unavailable as error:
        if error.code not in {"copied_backup_damaged", "database_missing"}:
            raise


def _replace(
    database: Path,
    backup: Path,
    verification: Verification,
    *,
    clock: Clock,
    zone: tzinfo | None,
    withdrawn: Sequence[Withdrawal],
) -> tuple[Path | None, Adoption]:
    now = clock.now()
    incoming = database.with_name(f".{database.name}.restoring")
    discard(incoming)
    try:
        check_room(database.parent, 2 * backup.stat().st_size)
        if copy_file(backup, incoming) != verification.sha256:
            raise Invalid("backup_changed", N_("The backup changed while it was copied. Try again."))
        _dress(incoming, database)
        _mark_if_bare(incoming, now)
        replaced = _keep_replaced(database, stamp(now, zone))
        _put_in_place(incoming, database, replaced)
    finally:
        discard(incoming)
    adoption = adopt_if_copied(database, clock=clock, zone=zone, find_withdrawn=lambda _mark, _fresh: withdrawn)
    assert adoption is not None, "the file in place bears a mark"
    if replaced is not None:
        _complete_replaced(database, replaced, adoption, now)
    return replaced, adoption


def _dress(incoming: Path, database: Path) -> None:
    # A restore typed by root must not leave a database that the service may not open.
    if database.exists():
        incoming.chmod(database.stat().st_mode & 0o777 | 0o600)
    give_owner(incoming, like=database if database.exists() else database.parent)


def _put_in_place(incoming: Path, database: Path, replaced: Path | None) -> None:
    try:
        incoming.replace(database)
    except OSError:
        if replaced is not None:  # a second name of a database that goes on living would be dangerous
            replaced.unlink(missing_ok=True)
        raise
    sync_folder(database.parent)


def _mark_if_bare(incoming: Path, now: datetime) -> None:
    if find_mark(incoming) is None:
        set_mark(incoming, str(uuid.uuid4()), now)
        sync_file(incoming)


def _keep_replaced(database: Path, when: str) -> Path | None:
    if not database.exists():
        return None
    _fold_wal(database)
    replaced = _free_path(database, when)
    try:
        os.link(database, replaced)
    except OSError:  # a file system without second names (FAT)
        check_room(database.parent, database.stat().st_size)
        shutil.copy2(database, replaced)
        sync_file(replaced)
    return replaced


def _fold_wal(database: Path) -> None:
    # Opening a file whose head is gone would make SQLite remove the -wal, opening a copy would pour a foreign one into
    # it; such files are set aside as they are.
    with database.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
    if is_copied(database):
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()


def _free_path(database: Path, when: str) -> Path:
    path, number = database.with_name(f"contacts_replaced_{when}.db"), 1
    while path.exists():
        number += 1
        path = database.with_name(f"contacts_replaced_{when}_{number}.db")
    return path


def _complete_replaced(database: Path, replaced: Path, adoption: Adoption, now: datetime) -> None:
    """Give the replaced file what was set aside of it or, when it is whole, a mark and a manifest like a backup's."""
    names = zip(companion_paths(database), companion_paths(replaced), strict=True)
    pairs = {old.name: new for old, new in names}
    for left in adoption.set_aside:
        left.replace(pairs[left.name.rpartition(".left-")[0]])
    if not adoption.set_aside and examine(replaced)[0] is not None:
        # Marked, it may be copied or restored back as safely as a backup. It is kept even when that fails.
        with suppress(sqlite3.Error, OSError, CallManagerError):
            manifest, _ = seal(replaced, replaced.name, now, now)
            write_manifest(replaced, manifest)
