"""The feed and the log, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from callmanager.domain.calling_hours import HOLIDAY, MOST_HOLIDAYS, MOST_SPANS, SPAN, WEEKDAYS
from callmanager.server.api.models.contacts import Contact
from callmanager.server.api.models.dispositions import DispositionRecord
from callmanager.server.edges.contact_shapes import Id
from callmanager.server.edges.shapes import Instant, Wire

Seq = Annotated[int, Field(ge=0, le=2**53)]
Limit = Annotated[int, Field(ge=1, le=5_000)]


class SnapshotQuery(Wire):
    limit: Limit = 5_000


class ChangesQuery(Wire):
    """`sight` is what the last answer said; it makes sure that what the caller may see has not changed meanwhile."""

    epoch: Annotated[str, Field(max_length=80)]
    since: Seq
    sight: Seq | None = None
    limit: Limit = 5_000


class Head(Wire):
    seq: int
    hash: str


class Team(Wire):
    id: int
    name: str
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


# What they must look like is said here and checked in the domain, whose sentences say what to write.
SpanText = Annotated[str, Field(max_length=20, json_schema_extra={"pattern": f"^{SPAN}$"})]
HolidayText = Annotated[str, Field(max_length=20, json_schema_extra={"pattern": f"^{HOLIDAY}$"})]
DaySpans = Annotated[list[SpanText], Field(max_length=MOST_SPANS)]
_OFFICE_WEEK = [*([["09:00-13:00", "14:00-20:00"]] * 5), ["10:00-14:00"], []]


class CallingHours(Wire):
    """When a campaign lets call, at the wall time of the contact.

    `weekdays` are Monday to Sunday, each with its spans; the end of one may be 24:00. A day without spans is closed,
    and so are `holidays`.
    """

    weekdays: Annotated[
        list[DaySpans], Field(min_length=WEEKDAYS, max_length=WEEKDAYS, json_schema_extra={"examples": [_OFFICE_WEEK]})
    ]
    holidays: Annotated[
        list[HolidayText], Field(max_length=MOST_HOLIDAYS, json_schema_extra={"examples": [["2026-12-25"]]})
    ] = Field(default_factory=list)


class Campaign(Team):
    """`calling_hours` null: it lets call at any time."""

    team_id: int | None
    active: bool
    calling_hours: CallingHours | None


class Colleague(Wire):
    id: int
    username: str
    role: str
    team_id: int | None
    active: bool
    version: int
    seq: int


class Records(Wire):
    contact: list[Contact]
    team: list[Team]
    campaign: list[Campaign]
    user: list[Colleague]
    disposition: list[DispositionRecord]


class Sync(Wire):
    """Records that are new or changed after `from`, and ids that are gone, complete up to `to`."""

    epoch: str
    sight: int
    from_: Annotated[int, Field(alias="from")]
    to: int
    has_more: bool
    head: Head
    records: Records
    deleted: dict[str, list[int]]


class LogQuery(Wire):
    """Which changes; newest first."""

    entity: Annotated[str, Field(max_length=40)] | None = None
    record: Id | None = None
    actor: Seq | None = None
    set: Id | None = None
    since: Annotated[Seq | Instant, Field(union_mode="left_to_right", description="a seq or an instant")] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    cursor: Annotated[int, Field(ge=1, le=2**53)] | None = None


class Kept(Wire):
    entity: str
    record_id: int
    fields: list[str]


class Undone(Wire):
    """What went back: the set that did it, how many records, and which were left since somebody changed them."""

    set_id: int
    records: int
    kept: list[Kept]


class ChainReport(Wire):
    """The walk over the hash chain."""

    ok: bool
    rows: int
    first_bad_seq: int | None
    head_seq: int
    head_hash: str
    status: Literal["intact", "broken"]
