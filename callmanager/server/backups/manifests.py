"""The manifest beside each backup: what the file was when it was verified. Reads and writes that small file only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from callmanager.domain.clock import from_wire, to_wire
from callmanager.server.backups.files import write_text
from callmanager.server.backups.names import manifest_path

FORMAT = 1
_MAX_BYTES = 1 << 20
T = TypeVar("T")
_TEXTS = ("name", "backup_id", "sha256", "epoch", "head_hash", "program_version", "sqlite_version")
_NUMBERS = ("size", "seq")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Sizes in bytes, instants in UTC, `seq` and `head_hash` of the change log, `rows` per table.

    `problems` holds codes of what was wrong with the data itself when the backup was taken (for example
    `chain_broken`); such a backup is kept but does not count as verified.
    """

    name: str
    backup_id: str
    at: datetime
    verified_at: datetime
    size: int
    sha256: str
    epoch: str
    seq: int
    head_hash: str
    rows: Mapping[str, int]
    problems: tuple[str, ...]
    program_version: str
    sqlite_version: str

    @property
    def verified(self) -> bool:
        return not self.problems


def manifest_to_wire(manifest: Manifest) -> dict[str, Any]:
    """The manifest as it is written to its file."""
    instants = {"at": to_wire(manifest.at), "verified_at": to_wire(manifest.verified_at)}
    return {"format": FORMAT, **asdict(manifest), "problems": list(manifest.problems), **instants}


def manifest_from_wire(wire: object) -> Manifest:
    """Raises ValueError when anything is missing, of another type, or of a newer format."""
    if not isinstance(wire, dict) or wire.get("format") != FORMAT:
        raise ValueError("not a manifest of this format")
    texts: dict[str, Any] = {name: _typed(wire, name, str) for name in _TEXTS}
    numbers: dict[str, Any] = {name: _typed(wire, name, int) for name in _NUMBERS}
    return Manifest(
        **texts,
        **numbers,
        at=from_wire(_typed(wire, "at", str)),
        verified_at=from_wire(_typed(wire, "verified_at", str)),
        rows={str(table): _typed(wire["rows"], table, int) for table in _typed(wire, "rows", dict)},
        problems=tuple(str(code) for code in _typed(wire, "problems", list)),
    )


def _typed(wire: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = wire.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is missing or of another type")
    return value


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Write it beside `backup`, whole or not at all."""
    write_text(manifest_path(backup), json.dumps(manifest_to_wire(manifest), indent=2, ensure_ascii=False) + "\n")


def read_manifest(backup: Path) -> Manifest:
    """Raises FileNotFoundError (no manifest), another OSError (unreadable) or ValueError (garbled)."""
    with manifest_path(backup).open("rb") as file:
        text = file.read(_MAX_BYTES)
    try:
        return manifest_from_wire(json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def find_manifest(backup: Path) -> Manifest | None:
    """The manifest, or None when it is missing, unreadable or garbled."""
    try:
        return read_manifest(backup)
    except (OSError, ValueError):
        return None
