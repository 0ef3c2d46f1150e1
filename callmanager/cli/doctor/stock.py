"""Checks of what is kept: database, backups, log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from tempfile import TemporaryFile

from callmanager.cli.doctor.findings import Finding, ok, problem, warning
from callmanager.cli.doctor.machine import existing_folder
from callmanager.cli.doors import is_running
from callmanager.cli.screen import local_time, size_text
from callmanager.domain.clock import from_wire
from callmanager.domain.errors import CallManagerError, NotFound
from callmanager.domain.texts import N_
from callmanager.server.backups import backup_state
from callmanager.server.backups.leftovers import private_paths
from callmanager.server.backups.marks import is_known_copied
from callmanager.server.process.offices import require_office
from callmanager.server.process.ownership import find_owner
from callmanager.server.security.private_files import is_exposed
from callmanager.server.storage.schema import HEAD_REVISION
from callmanager.server.storage.shares import share_kind
from callmanager.server.storage.sqlite_reader import DatabaseFacts, inspect_sqlite
from callmanager.settings import Settings

DATABASE, BACKUPS, SECOND, LOG = N_("Database"), N_("Backups"), N_("Second copy"), N_("Log")
FILES = N_("Files")
LARGE_WAL = 256 * 1024 * 1024
LATE_AFTER = timedelta(minutes=5)

_RESTORE = N_("Stop the server and go back to a good backup: `callmanager backup list`, `callmanager backup restore`.")


def look_at_database(settings: Settings) -> tuple[DatabaseFacts | None, list[Finding]]:
    """The facts, when there is a database that can be read, and what they mean."""
    path = settings.DATABASE
    try:
        require_office(path, settings.backup_folders)
    except NotFound as error:
        return None, [_absent(error)]
    kind = share_kind(path)
    if kind is not None:
        advice = N_("Put the database on a disk of this PC, not on a network folder.")
        return None, [problem("share", DATABASE, N_("It is on a network folder (%(kind)s)."), advice, kind=kind)]
    copied = is_known_copied(path)
    if copied and is_running(settings):
        seen = N_("Another file was put in the place of the database while the server was running.")
        advice = N_("Start the server again: it takes over what was put there. Until then it reads and saves nothing.")
        return None, [problem("database_replaced", DATABASE, seen, advice)]
    try:
        facts = inspect_sqlite(path, still=copied)
    except CallManagerError as error:
        return None, [problem("database", DATABASE, error.message, _RESTORE, **error.params)]
    return facts, [_judged(facts, str(path)), *_beside(facts, copied=copied)]


def _absent(error: NotFound) -> Finding:
    """Without backups it may be a folder in which the server was never started; with them something was lost."""
    if "backup" in error.params:
        return problem("database", DATABASE, error.message, "", **error.params)
    return warning("database", DATABASE, error.message, "", **error.params)


def _judged(facts: DatabaseFacts, path: str) -> Finding:
    params = {
        "path": path,
        "size": size_text(facts.size),
        "revision": facts.revision or "-",
        "mode": facts.journal_mode,
    }
    if facts.first_fault is not None:
        return problem("database", DATABASE, N_("%(path)s is damaged."), _RESTORE, **params)
    if facts.revision is None:
        advice = N_("Check that the setting DATABASE names the right file.")
        return problem("database", DATABASE, N_("%(path)s is no database of CallManager."), advice, **params)
    if facts.revision > HEAD_REVISION:
        advice = N_("Install that version, or restore a backup from before.")
        return problem(
            "database", DATABASE, N_("A newer CallManager wrote it (schema %(revision)s)."), advice, **params
        )
    return ok("database", DATABASE, N_("%(path)s: whole, %(size)s, schema %(revision)s, journal %(mode)s"), **params)


def _beside(facts: DatabaseFacts, *, copied: bool) -> Iterator[Finding]:
    if copied:
        seen = N_("It is a backup that was copied here.")
        yield ok(
            "copied", DATABASE, seen, N_("The next start takes it over; every window then loads its contacts anew.")
        )
    elif facts.journal_mode != "wal" and facts.revision is not None:
        advice = N_("Put the database on a disk of this PC, not on a network folder.")
        yield warning(
            "journal", DATABASE, N_("Its journal mode is %(mode)s instead of wal."), advice, mode=facts.journal_mode
        )
    if facts.wal_size > LARGE_WAL:
        advice = N_("Start the server again; if it grows back, close programs that keep the database open.")
        yield warning("wal", DATABASE, N_("Its journal has %(size)s."), advice, size=size_text(facts.wal_size))


def check_backups(settings: Settings, now: datetime, *, has_database: bool) -> Iterator[Finding]:
    """Age of the last verified backup, and whether there is a copy on another disk."""
    if has_database:
        yield _age(settings, now)
    yield _second(settings)


def _age(settings: Settings, now: datetime) -> Finding:
    alarm_after = timedelta(minutes=settings.BACKUP_INTERVAL_MINUTES) + LATE_AFTER
    state = backup_state(settings.BACKUP_FOLDER, now=now, alarm_after=alarm_after)
    if state.last is None:
        seen, params = N_("There is no verified backup in %(folder)s."), {"folder": str(settings.BACKUP_FOLDER)}
    else:
        seen, params = N_("The last verified one is of %(at)s."), {"at": local_time(state.last.at)}
    if not state.alarm:
        return ok("backups", BACKUPS, seen, **params)
    if state.code == "in_the_future":
        advice = N_(
            "Its date is in the future. If the clock of this PC is right now, run `callmanager backup take`; a running "
            "server takes one by itself. If the clock is wrong, set it right."
        )
        return warning("backups", BACKUPS, seen, advice, **params)
    if is_running(settings) and _started_after(settings, now - alarm_after):
        return ok("backups", BACKUPS, seen, N_("The server was just started; the next one is due soon."), **params)
    if is_running(settings):
        return problem(
            "backups",
            BACKUPS,
            seen,
            N_("The server runs and takes none: look for `backup` in callmanager.log."),
            **params,
        )
    return warning("backups", BACKUPS, seen, N_("Start the server, or run `callmanager backup take`."), **params)


def _started_after(settings: Settings, instant: datetime) -> bool:
    since = str((find_owner(settings.DATABASE) or {}).get("since", ""))
    try:
        return from_wire(since) > instant
    except ValueError:
        return False


def _second(settings: Settings) -> Finding:
    folder = settings.BACKUP_SECOND_FOLDER
    if folder is None:
        advice = N_(
            "Set BACKUP_SECOND_FOLDER in config.py to a folder on another disk or PC; a broken disk then loses nothing."
        )
        return warning("second_copy", SECOND, N_("There is none."), advice)
    if not folder.is_dir():
        advice = N_("Connect the disk or the share, or correct BACKUP_SECOND_FOLDER.")
        return problem("second_copy", SECOND, N_("%(folder)s cannot be reached."), advice, folder=str(folder))
    if settings.DATABASE.parent.is_dir() and folder.stat().st_dev == settings.DATABASE.parent.stat().st_dev:
        advice = N_("Choose a folder on another disk or PC.")
        return warning(
            "second_copy", SECOND, N_("%(folder)s is on the same disk as the database."), advice, folder=str(folder)
        )
    return ok("second_copy", SECOND, "%(folder)s", folder=str(folder))


def check_log(settings: Settings) -> Iterator[Finding]:
    """Whether the log can be written."""
    path = settings.LOG_FILE
    try:
        if path.exists():
            path.open("ab").close()
        else:
            with TemporaryFile(dir=existing_folder(path.parent)):
                pass
    except OSError:
        advice = N_("Let this account write there, or set LOG_FILE in config.py.")
        yield problem("log", LOG, N_("%(path)s cannot be written."), advice, path=str(path))
    else:
        yield ok("log", LOG, "%(path)s", path=str(path))


def check_files(settings: Settings) -> Iterator[Finding]:
    """Whether other accounts of this PC can read people's data. On Windows the rights of the folder tell."""
    if sys.platform == "win32":
        return
    paths = private_paths(settings.DATABASE, settings.LOG_FILE, settings.BACKUP_FOLDER)
    exposed = [path for path in paths if is_exposed(path)]
    if exposed:
        advice = N_("Start the server again, which makes them its own; if they stay so, run: chmod 600 on each.")
        names = ", ".join(path.name for path in exposed[:5])
        yield problem("files", FILES, N_("Other accounts of this PC can read %(names)s."), advice, names=names)
    else:
        yield ok("files", FILES, N_("Database, log and backups are their owner's alone."))
