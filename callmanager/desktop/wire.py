"""What the server sends, as values: pages of the feed, live changes, sessions and leases. Does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson
from requests.utils import parse_header_links

from callmanager.domain.contacts import ROW_COLUMNS

Record = dict[str, Any]
Records = Mapping[str, list[Record]]
Ids = Mapping[str, list[int]]

ENTITIES = ("contact", "team", "campaign", "user", "disposition")
"""The kinds of record that a replica holds, by their names on the wire; `user` is a colleague."""


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a replica is complete, in which lineage (epoch) and for which view of it (sight)."""

    epoch: str
    seq: int
    sight: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the server's log: a client that keeps the last one it saw notices a past that was rewritten."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class ContactRows:
    """Contacts as the replica keeps them: rows of ROW_COLUMNS, and the JSON of each, unread, in the same order."""

    rows: list[list[Any]]
    wires: list[bytes]

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.wires) or {len(row) for row in self.rows} - {len(ROW_COLUMNS)}:
            raise ValueError(f"{len(self.rows)} rows for {len(self.wires)} contacts, or other columns")

    @property
    def ids(self) -> list[int]:
        return [row[0] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Page:
    """Records new or changed after `since`, and ids that are gone, complete up to `to`. Contacts stand in `records` or,
    where many were asked for at once, in `rows`."""

    epoch: str
    sight: int
    since: int
    to: int
    has_more: bool
    head: Head
    records: Records
    deleted: Ids
    rows: ContactRows | None = None

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.to, self.sight)

    @classmethod
    def from_wire(cls, body: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is not an answer of /sync."""
        return cls(
            epoch=str(body["epoch"]),
            sight=int(body["sight"]),
            since=int(body["from"]),
            to=int(body["to"]),
            has_more=bool(body["has_more"]),
            head=Head(int(body["head"]["seq"]), str(body["head"]["hash"])),
            records=_lists(body["records"]),
            deleted=_lists(body["deleted"]),
        )

    @classmethod
    def from_lines(cls, body: bytes) -> Self:
        """A page of ROWS_TYPE. Raises like `from_wire`, also for one that was cut off anywhere."""
        head, rows, *wires = body.split(b"\n")
        if not wires or wires.pop():
            raise ValueError("the last line has no end")
        return replace(cls.from_wire(orjson.loads(head)), rows=ContactRows(orjson.loads(rows), wires))


@dataclass(frozen=True, slots=True)
class LiveChanges:
    """What happened after `prev` up to `seq`: the log's lines, and the records as they are now.

    `is_behind`: too much to send, so that nothing came along and the feed has to be asked.
    """

    epoch: str
    prev: int
    seq: int
    is_behind: bool
    changes: list[dict[str, Any]]
    records: Records
    deleted: Ids

    @classmethod
    def from_wire(cls, body: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is not a `changes` message."""
        is_behind = bool(body.get("behind"))
        given = {"changes": [], "records": {}, "deleted": {}} if is_behind else body
        return cls(
            epoch=str(body["epoch"]),
            prev=int(body["prev"]),
            seq=int(body["seq"]),
            is_behind=is_behind,
            changes=list(given["changes"]),
            records=_lists(given["records"]),
            deleted=_lists(given["deleted"]),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands when it has connected: whether nothing is missing, who is there doing what, and the states
    of people as far as this one may know them (docs/realtime.md, `agent_state`)."""

    is_current: bool
    presence: Any = None
    agents: Any = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who was signed in; the token itself stays inside the client. `region` is the country whose numbers the office
    writes without their country, `office` its name; an older server says neither."""

    user_id: int
    username: str
    role: str
    team: str | None
    must_change_password: bool
    expires_at: str
    region: str = "CR"
    office: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to change one contact; `token` goes with every write under it."""

    contact_id: int
    token: int
    expires_at: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answered: its JSON, and the version when it is of one record."""

    status: int
    body: Any
    version: str = ""
    link: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def next_cursor(self) -> str | None:
        """Where the next page of a list begins; None after the last one."""
        pages = (page["url"] for page in parse_header_links(self.link) if page.get("rel") == "next")
        return next((parse_qs(urlsplit(url).query)["cursor"][0] for url in pages), None)


def _lists(groups: Any) -> dict[str, list[Any]]:
    return {str(name): list(items) for name, items in dict(groups).items()}
