"""Which backups a folder holds, newest first by name. Looks at names, sizes and manifests; opens no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from filelock import FileLock, Timeout

from callmanager.domain.errors import CallManagerError, Conflict, NotFound
from callmanager.domain.texts import N_
from callmanager.server.backups.files import give_owner
from callmanager.server.backups.manifests import Manifest, find_manifest
from callmanager.server.backups.names import BackupName, parse_backup_name

_LOCK = ".backups.lock"
_WAIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup file. `at` is UTC, from the manifest or else from the name; `size` in bytes, as found now.

    `second_copy` and `second_error` are set only on the result of taking it.
    """

    path: Path
    name: BackupName
    at: datetime
    size: int
    manifest: Manifest | None
    second_copy: Path | None = None
    second_error: CallManagerError | None = None

    @property
    def verified_at(self) -> datetime | None:
        """When it was found good; None without a manifest, with another size than then, or with known problems."""
        if self.manifest is None or not self.manifest.verified or self.manifest.size != self.size:
            return None
        return self.manifest.verified_at


def list_backups(folder: Path, *, zone: tzinfo | None = None) -> list[Backup]:
    """Every backup of the folder, newest name first; an absent folder holds none. Other files are left out.

    `zone` is the wall clock of the names, by default this computer's.
    """
    if not folder.is_dir():
        return []
    named = [(name, path) for path in folder.iterdir() if (name := parse_backup_name(path.name))]
    found = (_backup(name, path, zone) for name, path in sorted(named, key=lambda pair: pair[0], reverse=True))
    return [backup for backup in found if backup is not None]


def get_backup(folder: Path, text: str, *, zone: tzinfo | None = None) -> Backup:
    """The backup of this file name; NotFound when the folder has none. A path in `text` is never followed."""
    name = parse_backup_name(text)
    backup = _backup(name, folder / str(name), zone) if name else None
    if backup is None:
        raise NotFound("backup_not_found", N_("There is no backup of this name."), fields={"name": text})
    return backup


def _backup(name: BackupName, path: Path, zone: tzinfo | None) -> Backup | None:
    try:
        size = path.stat().st_size
    except OSError:  # removed between listing and looking
        return None
    manifest = find_manifest(path)
    return Backup(path, name, manifest.at if manifest else name.at(zone), size, manifest)


@contextmanager
def folder_lock(folder: Path, *, wait_seconds: float = _WAIT_SECONDS) -> Iterator[None]:
    """Hold the folder against another taking or pruning, in any process. Raises Conflict(backup_running)."""
    try:
        with FileLock(folder / _LOCK, timeout=wait_seconds):
            give_owner(folder / _LOCK, like=folder)
            yield
    except Timeout as error:
        raise Conflict("backup_running", N_("Another backup is being taken. Wait until it is done.")) from error
