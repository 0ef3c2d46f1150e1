"""Says whether a replica holds what the server gives, byte for byte in canonical JSON; locks are no part of records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Replica
from callmanager.desktop.wire import ENTITIES, Page
from tests.desktop.fake_server import canonical

LIMIT = 5_000


def read_everything(remote: Remote) -> Page:
    """What the server gives to somebody who has nothing, at one instant."""
    page = remote.read_snapshot(limit=LIMIT)
    assert not page.has_more
    return page


def digests_of_page(page: Page) -> dict[str, str]:
    """A digest of each kind of record."""
    return {entity: _digest(sorted(page.records[entity], key=lambda row: row["id"])) for entity in ENTITIES}


def digests_of_replica(replica: Replica) -> dict[str, str]:
    """The same of what a client holds."""
    return {entity: _digest(map(orjson.loads, replica.iter_wires(entity))) for entity in ENTITIES}


def differences(path: Path, page: Page) -> list[str]:
    """What is not equal, for whoever has to look into it."""
    replica = Replica(path)
    try:
        return [
            f"{entity} {record_id}: here {mine.get(record_id)} there {theirs.get(record_id)}"
            for entity in ENTITIES
            for mine in [_by_id(map(orjson.loads, replica.iter_wires(entity)))]
            for theirs in [_by_id(page.records[entity])]
            for record_id in sorted({*mine, *theirs})
            if mine.get(record_id) != theirs.get(record_id)
        ]
    finally:
        replica.close()


def _digest(rows: Iterable[Mapping[str, Any]]) -> str:
    return hashlib.sha256(canonical(map(_without_lock, rows))).hexdigest()


def _by_id(rows: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {row["id"]: _without_lock(row) for row in rows}


def _without_lock(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "lock"}
