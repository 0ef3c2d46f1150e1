"""Contacts, their history and the pages they come in, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from callmanager.domain.contacts import EXTRA_FIELDS, PHONES
from callmanager.server.api.edge.bodies import Instant, Wire

Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
OptionalId = Annotated[int, Field(ge=0, le=2**31 - 1)]
Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=400)]


class PhoneGiven(Wire):
    number: Short
    label: Short = ""


class ContactGiven(Wire):
    """What may be set on a contact. `phone` stands for the first of `phones`; give one of the two."""

    phone: Short | None = None
    phones: Annotated[list[PhoneGiven | Short], Field(min_length=1, max_length=PHONES)] | None = None
    name: Short = ""
    email: Short = ""
    company: Short = ""
    note: Text = ""
    status: Short = "SIN_GESTIONAR"
    team_id: Id | None = None
    campaign_id: Id | None = None
    assigned_to: Id | None = None
    extra: Annotated[dict[str, str], Field(max_length=EXTRA_FIELDS)] = Field(default_factory=dict)
    next_call_at: Instant | None = None

    def fields(self) -> dict[str, Any]:
        """What the caller gave, and only that. A contact always has a number, so null means none was given."""
        given = self.model_dump(exclude_unset=True)
        return {name: value for name, value in given.items() if value is not None or name not in ("phone", "phones")}


class MergeGiven(Wire):
    """Which contact stays, which goes into it, as they stood when both were shown, and what to set on the result."""

    keep_id: Id
    keep_version: Id
    merge_id: Id
    merge_version: Id
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
    lock: dict[str, Any] | None


class Contacts(RootModel[list[Contact]]):
    """All that was asked for; a `Link` header with rel="next" leads to the next page."""


class ContactFilters(Wire):
    """Which contacts."""

    q: Annotated[str, Field(max_length=200, description="words or digits, in any order, without accents")] | None = None
    phone: Annotated[str, Field(max_length=40, description="a number in any spelling")] | None = None
    status: Short | None = None
    team_id: Annotated[OptionalId, Field(description="0: without a team")] | None = None
    campaign_id: Id | None = None
    assigned_to: Annotated[OptionalId, Field(description="0: nobody's")] | None = None
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
