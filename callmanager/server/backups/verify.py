"""Says whether a backup is still what its manifest says it was. Changes nothing and never raises for a bad file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callmanager.domain.texts import N_
from callmanager.server.backups.contents import Contents, ContentsProblem, examine
from callmanager.server.backups.files import hash_file
from callmanager.server.backups.manifests import Manifest, read_manifest
from callmanager.server.pace import Pace


@dataclass(frozen=True, slots=True)
class Verification:
    """`contents` is None when the file is no readable database, `manifest` when there is no readable manifest."""

    path: Path
    problems: tuple[ContentsProblem, ...]
    manifest: Manifest | None
    contents: Contents | None
    sha256: str | None

    @property
    def ok(self) -> bool:
        """Nothing at all is wrong."""
        return not self.problems

    @property
    def usable(self) -> bool:
        """A server could run on it, though something may be wrong; `restore(..., force=True)` takes such a file."""
        return self.contents is not None and not any(problem.fatal for problem in self.problems)


def verify_backup(path: Path, pace: Pace | None = None) -> Verification:
    """Check bytes against the manifest, the database in itself, and the one against the other.

    `pace`: others are at work in this process.

    Codes: file_missing, file_unreadable, manifest_missing, manifest_garbled, size_differs, hash_differs,
    not_a_database, integrity_failed, tables_missing, foreign_keys_broken, chain_broken, chain_head_differs,
    mark_missing, epoch_differs, seq_differs, head_differs, rows_differ.
    """
    try:
        sha256, size = hash_file(path), path.stat().st_size
    except FileNotFoundError:
        return Verification(path, (ContentsProblem("file_missing", N_("The file is not there.")),), None, None, None)
    except OSError:
        return Verification(
            path, (ContentsProblem("file_unreadable", N_("The file cannot be read.")),), None, None, None
        )
    manifest, problems = _manifest(path)
    if manifest is not None:
        problems += _bytes(manifest, size, sha256)
    contents, inner = examine(path, pace)
    problems += inner
    if contents is not None:
        problems += _agreement(manifest, contents)
    return Verification(path, tuple(problems), manifest, contents, sha256)


def _manifest(path: Path) -> tuple[Manifest | None, list[ContentsProblem]]:
    try:
        return read_manifest(path), []
    except FileNotFoundError:
        return None, [ContentsProblem("manifest_missing", N_("The manifest (.json) beside the backup is missing."))]
    except (OSError, ValueError):
        return None, [ContentsProblem("manifest_garbled", N_("The manifest (.json) beside the backup cannot be read."))]


def _bytes(manifest: Manifest, size: int, sha256: str) -> list[ContentsProblem]:
    if size != manifest.size:
        params = {"found": size, "expected": manifest.size}
        return [
            ContentsProblem("size_differs", N_("The file has %(found)s bytes; it should have %(expected)s."), params)
        ]
    if sha256 != manifest.sha256:
        return [ContentsProblem("hash_differs", N_("The file is not the one that was written: a byte has changed."))]
    return []


def _agreement(manifest: Manifest | None, contents: Contents) -> Iterator[ContentsProblem]:
    if contents.backup_id is None:
        yield ContentsProblem("mark_missing", N_("The file does not bear the mark of a backup."))
    if manifest is None:
        return
    if contents.epoch != manifest.epoch:
        yield ContentsProblem("epoch_differs", N_("The file belongs to another lineage than its manifest says."))
    if contents.seq != manifest.seq:
        message = N_("The file ends at change %(found)s; it should end at %(expected)s.")
        yield ContentsProblem("seq_differs", message, {"found": contents.seq, "expected": manifest.seq})
    elif contents.head_hash != manifest.head_hash:
        yield ContentsProblem("head_differs", N_("The change log is not the one that the manifest witnessed."))
    for table in sorted(set(manifest.rows) | set(contents.rows)):
        found, expected = contents.rows.get(table, 0), manifest.rows.get(table, 0)
        if found != expected:
            params = {"table": table, "found": found, "expected": expected}
            message = N_("The table %(table)s has %(found)s rows; it should have %(expected)s.")
            yield ContentsProblem("rows_differ", message, params)
