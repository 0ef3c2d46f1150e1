"""A server in memory, at the seam of the sync: a log of records, its feed, and a socket delivered by hand. It gives
contacts as rows to who wishes them so, unless it is an old one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from callmanager.desktop.store.contact_rows import row_of
from callmanager.desktop.wire import ENTITIES, ContactRows, Head, Page, Position, Standing
from callmanager.domain.errors import CallManagerError, Gone, Unavailable


def contact(contact_id: int, seq: int, **fields: Any) -> dict[str, Any]:
    """A contact as the server sends it."""
    at = "2026-11-22T10:00:00.000Z"
    phone = {"number": "8888-0000", "e164": "+50688880000", "label": "", "valid": True, "key": "+50688880000"}
    nobody = dict.fromkeys(("team_id", "campaign_id", "assigned_to", "last_called_by", "merged_into", "lock"))
    never = dict.fromkeys(("last_called_at", "next_call_at", "archived_at", "zone"))
    empty = dict.fromkeys(("email", "company", "note", "status_reason"), "")
    number = {"phone": phone["number"], "phone_e164": phone["e164"], "phone_valid": True, "phones": [phone]}
    who = {"id": contact_id, "name": f"Contacto {contact_id}", "status": "new", "extra": {}, "attempts": 0}
    trail = {"version": 1, "seq": seq, "created_at": at, "updated_at": at, "do_not_call": False}
    return {**who, **number, **nobody, **never, **empty, **trail, **fields}


def page(since: int, to: int, *rows: dict[str, Any], gone: list[int] | None = None, more: bool = False) -> Page:
    """A page of the feed from `since` on up to `to`."""
    return Page("one", 1, since, to, more, Head(to, "h"), {"contact": list(rows)}, {"contact": gone or []})


@dataclass
class FakeClock:
    """Wall clock and monotonic clock, moved by the test."""

    seconds: float = 0.0
    slept: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 10, tzinfo=UTC) + timedelta(seconds=self.seconds + self.slept)

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class FakeLink:
    """One socket: `deliver` brings an event to the client, if the connection still stands."""

    server: FakeServer
    on_event: Callable[[str, Any], None]
    is_open: bool = True

    def sync(self, position: Position) -> Standing:
        self.server.asked.append("sync")
        self.server.check(position)
        return Standing(position.seq == self.server.seq, presence={"people": [], "contacts": []})

    def close(self) -> None:
        self.is_open = False

    def deliver(self, event: str, payload: Any) -> None:
        if self.is_open:
            self.on_event(event, payload)


@dataclass
class FakeServer:
    """Contacts 1 to n, of which some are archived or hidden; each change takes the next seq."""

    epoch: str = "first"
    past: str = ""
    sight: int = 1
    seq: int = 1
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    gone: dict[int, int] = field(default_factory=dict)
    links: list[FakeLink] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    knows_rows: bool = True
    has_socket: bool = True
    no_socket: CallManagerError = field(default_factory=lambda: Unavailable("no_socket", "no socket"))
    failure: CallManagerError | None = None
    before_page: Callable[[], None] = lambda: None

    def put(self, contact_id: int, **fields: Any) -> None:
        self.seq += 1
        self.gone.pop(contact_id, None)
        self.rows[contact_id] = contact(contact_id, self.seq, **fields)

    def drop(self, contact_id: int) -> None:
        if self.rows.pop(contact_id, None) is not None:
            self.seq += 1
            self.gone[contact_id] = self.seq

    def restore_backup(self) -> None:
        """Another lineage: its seqs begin anew."""
        self.epoch += "+"
        kept = sorted(self.rows)[::2]
        self.seq = 1
        self.rows, self.gone = {}, {}
        for contact_id in kept:
            self.put(contact_id, name="restored")

    def message(self, prev: int) -> dict[str, Any]:
        """What is broadcast after the changes that follow `prev`."""
        page = self._page(prev, limit=10**9)
        changes = [{"seq": seq, "entity": "contact"} for seq in range(prev + 1, self.seq + 1)]
        place = {"epoch": self.epoch, "prev": prev, "seq": self.seq}
        return {**place, "changes": changes, "records": dict(page.records), "deleted": dict(page.deleted)}

    def check(self, position: Position) -> None:
        if (position.epoch, position.sight) != (self.epoch, self.sight) or position.seq > self.seq:
            raise Gone("snapshot_needed", "start over")

    def read_snapshot(self, *, limit: int, as_rows: bool) -> Page:
        self._answer("snapshot")
        return self._shaped(self._page(0, limit), as_rows=as_rows)

    def read_changes(self, position: Position, *, limit: int, as_rows: bool) -> Page:
        self._answer("changes")
        self.check(position)
        return self._shaped(self._page(position.seq, limit), as_rows=as_rows)

    def connect_live(self, on_event: Callable[[str, Any], None]) -> FakeLink:
        self.asked.append("connect")
        self._fail()
        if not self.has_socket:
            raise self.no_socket
        self.links.append(FakeLink(self, on_event))
        return self.links[-1]

    def canonical(self) -> bytes:
        return canonical(self.rows[key] for key in sorted(self.rows))

    def _answer(self, what: str) -> None:
        self.asked.append(what)
        self._fail()
        self.before_page()

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _shaped(self, page: Page, *, as_rows: bool) -> Page:
        self.shapes.append("rows" if as_rows and self.knows_rows else "records")
        return rows_of(page) if as_rows and self.knows_rows else page

    def _page(self, since: int, limit: int) -> Page:
        changed = sorted(row["seq"] for row in self.rows.values() if row["seq"] > since)
        to = changed[limit - 1] if len(changed) >= limit else self.seq
        records = [row for row in self.rows.values() if since < row["seq"] <= to]
        gone = sorted(key for key, seq in self.gone.items() if since < seq <= to) if since else []
        return Page(
            epoch=self.epoch,
            sight=self.sight,
            since=since,
            to=to,
            has_more=to < self.seq,
            head=Head(self.seq, f"{self.epoch}{self.past}-{self.seq}"),
            records={**{name: [] for name in ENTITIES}, "contact": sorted(records, key=lambda row: row["seq"])},
            deleted={**{name: [] for name in ENTITIES}, "contact": gone},
        )


def rows_of(page: Page) -> Page:
    """The same page with its contacts as rows."""
    given = page.records["contact"]
    wires = [orjson.dumps({**contact, "lock": None}) for contact in given]
    records = {name: rows for name, rows in page.records.items() if name != "contact"}
    return replace(page, records=records, rows=ContactRows([list(row_of(contact)) for contact in given], wires))


def canonical(records: Any) -> bytes:
    """One spelling for the same records."""
    return b"\n".join(orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for record in records)


def without_locks(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records of the feed by id, as a replica keeps them: locks are live state and no part of the log."""
    return [{**row, "lock": None} if "lock" in row else row for row in sorted(rows, key=lambda row: row["id"])]
