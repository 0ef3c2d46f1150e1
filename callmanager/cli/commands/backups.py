"""`callmanager backup`: take, list, verify, restore and rehearse. All but restore also beside a running server."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from callmanager.cli.desk import Desk
from callmanager.cli.processes import running_server
from callmanager.cli.screen import confirmed, local_time, show_json, show_table, size_text, tell, warn
from callmanager.cli.spoken import argument, group, option, say
from callmanager.domain.clock import SystemClock, to_wire
from callmanager.domain.errors import NotFound, Unavailable
from callmanager.domain.texts import N_
from callmanager.domain.withdrawals import Withdrawal, told
from callmanager.server.backups import (
    Backup,
    Booted,
    Keep,
    Lost,
    drill,
    get_backup,
    list_backups,
    preview_restore,
    prune,
    restore,
    take_backup,
    verify_backup,
)
from callmanager.server.backups.marks import require_own
from callmanager.server.backups.restore import check_backup, server_stopped
from callmanager.server.backups.withdrawn import find_withdrawn
from callmanager.settings import Settings

_COLUMNS = {
    "name": N_("Backup"),
    "at": N_("Taken"),
    "size": N_("Size"),
    "verified": N_("Verified"),
    "seq": N_("Changes"),
}
# Tables of records; the others (sessions, throttles) change as soon as a server lives.
_COUNTED = (
    "contacts",
    "contact_phones",
    "users",
    "teams",
    "campaigns",
    "api_keys",
    "imports",
    "do_not_call",
    "changes",
)
_PEOPLE_SHOWN = 10

_name = argument("name", metavar="FILE", help=N_("A name of `callmanager backup list`, or the path of a file."))


@group("backup", N_("Backups: take, list, verify, restore, rehearse."))
def backup() -> None:
    pass


@backup.command("take", help=N_("Take a backup now, verified; also while the server runs."))
@click.pass_obj
def take(desk: Desk) -> int:
    settings = desk.settings
    desk.require_office()
    clock = SystemClock()
    require_own(settings.DATABASE)
    made = take_backup(
        settings.DATABASE, settings.BACKUP_FOLDER, clock=clock, second_folder=settings.BACKUP_SECOND_FOLDER
    )
    keep = Keep(settings.BACKUP_KEEP_HOURS, settings.BACKUP_KEEP_DAYS, settings.BACKUP_KEEP_WEEKS)
    gone = prune(settings.BACKUP_FOLDER, now=clock.now(), keep=keep, just_made=made.path)
    tell(N_("Backup taken: %(path)s (%(size)s)."), path=made.path, size=size_text(made.size))
    if gone:
        tell(N_("Older ones removed: %(names)s."), names=", ".join(path.name for path in gone))
    if made.second_error is not None:
        warn(N_("The second copy was not made: %(problem)s"), problem=made.second_error)
    if made.verified_at is None:
        warn(
            N_("The database itself has a problem, so this copy does not count as verified: run `callmanager doctor`.")
        )
    return 0 if made.verified_at is not None and made.second_error is None else 1


@backup.command("list", help=N_("List the backups, newest first."))
@option("--json", "as_json", is_flag=True, help=N_("As JSON, for programs."))
@click.pass_obj
def list_(desk: Desk, as_json: bool) -> None:
    found = list_backups(desk.settings.BACKUP_FOLDER)
    if as_json:
        show_json([_as_value(one) for one in found])
    elif found:
        show_table(_COLUMNS, [_as_row(one) for one in found])
    else:
        tell(N_("There are no backups in %(folder)s yet."), folder=desk.settings.BACKUP_FOLDER)


@backup.command("verify", help=N_("Check one backup, or all of them, down to the last byte."))
@argument(
    "name", metavar="FILE", required=False, help=N_("A name of `callmanager backup list`, or the path of a file.")
)
@click.pass_obj
def verify(desk: Desk, name: str | None) -> int:
    paths = [_find(desk.settings, name)] if name else [one.path for one in list_backups(desk.settings.BACKUP_FOLDER)]
    if not paths:
        tell(N_("There are no backups in %(folder)s yet."), folder=desk.settings.BACKUP_FOLDER)
    good = [_verified(path) for path in paths]
    return 0 if all(good) else 1


@backup.command("restore", help=N_("Put a backup in the place of the database; the server must be stopped."))
@_name
@option("--yes", is_flag=True, help=N_("Do not ask."))
@option(
    "--withdraw-again/--leave-as-restored",
    "withdraw",
    default=None,
    help=N_("Revoke, deactivate and change again what was so after the backup; else it is asked, and done with --yes."),
)
@option(
    "--force", is_flag=True, help=N_("Take a backup that is usable though not good: no manifest, a broken history.")
)
@click.pass_obj
def restore_(desk: Desk, name: str, yes: bool, withdraw: bool | None, force: bool) -> None:
    settings = desk.settings
    path = _find(settings, name)
    with server_stopped(settings.DATABASE):  # told before anything is asked
        check_backup(path, force=force)
        for line in _losses(preview_restore(settings.DATABASE, path)):
            click.echo(line)
        withdrawn = find_withdrawn(settings.DATABASE, path)
    if not (yes or confirmed(N_("Go back to this backup?"))):
        raise click.Abort
    withdraw = _withdraws(withdrawn, wanted=True if yes and withdraw is None else withdraw)
    done = restore(settings.DATABASE, path, clock=SystemClock(), force=force, withdraw=withdraw)
    if withdrawn and withdraw:
        tell(N_("The next start withdraws it again, before it lets anybody in."))
    tell(N_("Restored. Start the server; every window loads its contacts anew."))
    if done.replaced is not None:
        tell(N_("The replaced database is kept as %(path)s."), path=done.replaced)


@backup.command("drill", help=N_("Rehearse: restore the newest backup elsewhere, start a server on it, compare."))
@argument(
    "name", metavar="FILE", required=False, help=N_("A name of `callmanager backup list`, or the path of a file.")
)
@click.pass_obj
def drill_(desk: Desk, name: str | None) -> int:
    settings = desk.settings
    path = _find(settings, name) if name else _newest(settings)
    with tempfile.TemporaryDirectory(prefix="callmanager-") as folder:
        result = drill(path, Path(folder), boot=_boot, clock=SystemClock())
    for problem in result.problems:
        warn(problem.message, **problem.params)
    if result.ok:
        tell(
            N_("%(name)s restores: a server started on it and %(count)s tables agree."),
            name=path.name,
            count=len(result.compared),
        )
    return 0 if result.ok else 1


def _find(settings: Settings, text: str) -> Path:
    path = Path(text)
    if path.name != text or path.is_file():
        if not path.is_file():
            raise NotFound("backup_not_found", N_("There is no file %(path)s."), path=text)
        return path.absolute()
    return get_backup(settings.BACKUP_FOLDER, text).path


def _newest(settings: Settings) -> Path:
    for one in list_backups(settings.BACKUP_FOLDER):
        if one.verified_at is not None:
            return one.path
    raise NotFound("backup_not_found", N_("There is no verified backup yet. Run `callmanager backup take`."))


def _verified(path: Path) -> bool:
    found = verify_backup(path)
    if found.ok:
        tell(N_("%(name)s: good"), name=path.name)
    for problem in found.problems:
        warn(N_("%(name)s: %(problem)s"), name=path.name, problem=problem)
    return found.ok


def _withdraws(withdrawn: Sequence[Withdrawal], *, wanted: bool | None) -> bool:
    """Whether what the backup brings back is to be withdrawn again; yes, unless somebody says no."""
    if not withdrawn:
        return True
    tell(N_("This backup brings back what was withdrawn after it was taken:"))
    for message, params in told(withdrawn):
        click.echo(f"  {say(message, **params)}")
    return confirmed(N_("Withdraw it again?"), default=True) if wanted is None else wanted


def _losses(lost: Lost) -> Iterator[str]:
    if not lost.readable:
        yield say(N_("The present database cannot be read, so nobody can say what would be lost."))
    elif not lost.changes:
        yield say(N_("Nothing would be lost: the database has no changes after this backup."))
    else:
        yield say(
            N_(
                "These changes would be lost: %(count)s, from %(first)s to %(last)s; "
                "new contacts among them: %(contacts)s."
            ),
            count=lost.changes,
            first=local_time(lost.first_at),
            last=local_time(lost.last_at),
            contacts=lost.contacts_created,
        )
        for person, count in lost.people[:_PEOPLE_SHOWN]:
            yield f"  {person}: {count}"
    if not lost.same_history:
        yield say(N_("This backup is from another line of the history than the present database."))


def _boot(database: Path) -> Booted:
    """A real server in a process of its own, on the restored file."""
    folder = database.parent
    options = [
        "--database",
        str(database),
        "--backup-folder",
        str(folder / "backups"),
        "--log-file",
        str(folder / "log"),
    ]
    try:
        with running_server(folder, *options), closing(_reader(database)) as connection:
            counted = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _COUNTED}
    except Unavailable:
        return Booted(ready=False)
    return Booted(ready=True, rows=counted)


def _reader(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)


def _as_value(one: Backup) -> dict[str, Any]:
    return {
        "name": str(one.name),
        "at": to_wire(one.at),
        "size": one.size,
        "verified_at": to_wire(one.verified_at) if one.verified_at else None,
        "seq": one.manifest.seq if one.manifest else None,
        "problems": list(one.manifest.problems) if one.manifest else [],
    }


def _as_row(one: Backup) -> dict[str, Any]:
    return {
        **_as_value(one),
        "at": local_time(one.at),
        "size": size_text(one.size),
        "verified": one.verified_at is not None,
    }
