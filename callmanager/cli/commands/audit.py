"""`callmanager audit verify`: walks the hash chain of the history, in this process and on a snapshot, read-only."""

from __future__ import annotations

import click

from callmanager.cli.desk import Desk
from callmanager.cli.screen import bar, tell, warn
from callmanager.cli.spoken import group, say
from callmanager.domain.texts import N_
from callmanager.server.backups import list_backups
from callmanager.server.backups.marks import require_own
from callmanager.settings import Settings


@group("audit", N_("Check that the history was not rewritten."))
def audit() -> None:
    pass


@audit.command("verify", help=N_("Walk the whole history; name the first change that does not fit, if any."))
@click.pass_obj
def verify(desk: Desk) -> int:
    desk.require_office()
    return _verify(desk.settings)


def _witness(settings: Settings, epoch: str) -> tuple[int, str] | None:
    """The head that the newest backup of this lineage remembers: whoever rewrote the past did not rewrite that."""
    for one in list_backups(settings.BACKUP_FOLDER):
        if one.manifest is not None and one.manifest.epoch == epoch:
            return one.manifest.seq, one.manifest.head_hash
    return None


def _verify(settings: Settings) -> int:
    from callmanager.server.changes.audit import verify_log  # noqa: PLC0415 - SQLAlchemy takes a while
    from callmanager.server.changes.log import read_head  # noqa: PLC0415
    from callmanager.server.storage.sqlite_reader import SqliteReader  # noqa: PLC0415

    require_own(settings.DATABASE)
    storage = SqliteReader(settings.DATABASE)
    try:
        with storage.read() as connection:
            epoch = read_head(connection).epoch
        with bar(say(N_("Checking"))) as advance:
            report = verify_log(storage, witness=_witness(settings, epoch), progress=advance)
    finally:
        storage.close()
    if report.ok:
        tell(N_("The history is whole: %(count)s changes. Head: %(hash)s"), count=report.rows, hash=report.head_hash)
        return 0
    warn(
        N_(
            "The history was altered at change %(seq)s. Keep this database and its backups as they are, and compare "
            "with the newest backup that verifies: `callmanager backup verify`."
        ),
        seq=report.first_bad_seq,
    )
    return 1
