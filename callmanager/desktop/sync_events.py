"""What the sync tells those who show it: a window posts these to its bus, `callmanager watch` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from callmanager.desktop.wire import Head, Ids, LiveChanges, Page, Records
from callmanager.domain.errors import CallManagerError


class Status(StrEnum):
    """How the replica gets its news."""

    LIVE = "live"
    POLLING = "polling"
    OFFLINE = "offline"
    SIGNED_OUT = "signed_out"


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """`error` says why, when it is the server or the network that said so."""

    status: Status
    error: CallManagerError | None


@dataclass(frozen=True, slots=True)
class Applied:
    """The replica is complete up to `to`. `ids` are the records written, `changes` the lines of the log when they came
    along (a pull brings records only); `is_snapshot`: everything else was dropped before. While everything is loaded
    `records` may leave contacts out."""

    since: int
    to: int
    ids: Ids
    deleted: Ids
    records: Records
    changes: tuple[Mapping[str, Any], ...] | None
    is_snapshot: bool

    def tells_of(self, kind: str, record_id: int | None) -> bool:
        """Whether a record may be another one now, or gone."""
        return self.is_snapshot or record_id in self.ids.get(kind, ()) or record_id in self.deleted.get(kind, ())

    @classmethod
    def by_page(cls, page: Page) -> Self:
        ids = _ids(page.records) if page.rows is None else {**_ids(page.records), "contact": page.rows.ids}
        return cls(page.since, page.to, ids, page.deleted, page.records, None, page.since == 0)

    @classmethod
    def by_message(cls, since: int, message: LiveChanges) -> Self:
        new = tuple(change for change in message.changes if change["seq"] > since)
        return cls(since, message.seq, _ids(message.records), message.deleted, message.records, new, False)


@dataclass(frozen=True, slots=True)
class Progress:
    """A long catching up: at `done` of `total` (seqs of the log, for a bar)."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The server's log no longer holds the end that was seen before, without a new epoch: somebody changed the past."""

    seen: Head
    found: Head


@dataclass(frozen=True, slots=True)
class Heard:
    """Any event of the socket as it came: locks, presence, notices and the rest; after `sync` also all `agents`."""

    event: str
    payload: Any


SyncEvent = StatusChanged | Applied | Progress | Rewritten | Heard


def _ids(records: Records) -> dict[str, list[int]]:
    return {entity: [row["id"] for row in rows] for entity, rows in records.items()}
