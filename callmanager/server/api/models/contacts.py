"""Contacts, their history and the pages they come in, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from callmanager.server.api.models.locks import Lock
from callmanager.server.edges.contact_shapes import ContactGiven, Id, OptionalId, Short
from callmanager.server.edges.shapes import Instant, Wire

Token = Annotated[int, Field(ge=1, le=10**15 - 1)]


class MergeGiven(Wire):
    """Which contact stays, which goes into it, as they stood when both were shown, and what to set on the result.
    The tokens are those of the caller's locks of the two, when he has them."""

    keep_id: Id
    keep_version: Id
    merge_id: Id
    merge_version: Id
    keep_token: Token | None = None
    merge_token: Token | None = None
    fields: ContactGiven = ContactGiven()


class RestoreValueGiven(Wire):
    """One field of one change of the contact's history; `to` says whether its old or its new value comes back."""

    seq: Id
    field: Short
    to: Literal["old", "new"] = "old"


class Phone(Wire):
    number: str
    e164: str | None
    label: str
    valid: bool
    key: str


class Contact(Wire):
    id: int
    phone: str
    phone_e164: str | None
    phone_valid: bool
    phones: list[Phone]
    name: str
    email: str
    company: str
    note: str
    status: str
    team_id: int | None
    campaign_id: int | None
    assigned_to: int | None
    extra: dict[str, str]
    attempts: int
    last_called_at: datetime | None
    last_called_by: int | None
    next_call_at: datetime | None
    do_not_call: bool
    merged_into: int | None
    version: int
    seq: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    lock: Lock | None


class Contacts(RootModel[list[Contact]]):
    """All that was asked for; a `Link` header with rel="next" leads to the next page."""


class ContactFilters(Wire):
    """Which contacts."""

    q: Annotated[str, Field(max_length=200, description="words or digits, in any order, without accents")] | None = None
    phone: Annotated[str, Field(max_length=40, description="a number in any spelling")] | None = None
    status: Short | None = None
    team_id: Annotated[OptionalId, Field(description="0: without a team")] | None = None
    campaign_id: Annotated[OptionalId, Field(description="0: without a campaign")] | None = None
    assigned_to: Annotated[OptionalId, Field(description="0: nobody's")] | None = None
    phone_valid: Annotated[bool, Field(description="whether the first number can be dialled")] | None = None
    do_not_call: bool | None = None
    archived: bool = False
    updated_since: Instant | None = None
    sort: Literal["id", "-id", "name", "-name", "updated_at", "-updated_at"] = "id"


class ContactQuery(ContactFilters):
    """Filters. Without `limit` every contact comes, as a stream."""

    limit: Annotated[int, Field(ge=1, le=5_000)] | None = None
    cursor: Annotated[str, Field(max_length=600)] | None = None


class Actor(Wire):
    id: int
    name: str


class Change(Wire):
    seq: int
    set_id: int
    at: datetime
    actor: Actor
    origin: str
    origin_id: int | None
    entity: str
    record_id: int
    kind: Literal["created", "updated", "deleted", "restored"]
    fields: dict[str, list[Any]]


class Changes(RootModel[list[Change]]):
    """Changes, newest first."""


class HistoryQuery(Wire):
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    cursor: Annotated[int, Field(ge=1, le=2**53)] | None = None
