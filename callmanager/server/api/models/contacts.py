"""Contacts, their history and the pages they come in, as they look on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, create_model

from callmanager.domain.contact_fields import FIELDS, RECORDS, FieldKind
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
    lines: Annotated[
        list[str],
        Field(
            default_factory=list,
            description="of a text that is kept as it is written and may be several numbers: the lines of each",
        ),
    ]


_SENT_AS: Mapping[FieldKind, Any] = {
    **dict.fromkeys((FieldKind.TEXT, FieldKind.LINES, FieldKind.EMAIL, FieldKind.STATUS), str),
    **dict.fromkeys((FieldKind.E164, FieldKind.ZONE), str | None),
    FieldKind.PHONES: list[Phone],
    FieldKind.EXTRA: dict[str, str],
    FieldKind.NUMBER: int,
    FieldKind.FLAG: bool,
    FieldKind.INSTANT: datetime | None,
    **dict.fromkeys(RECORDS, int | None),
}
_SENT: dict[str, Any] = {field.name: (_SENT_AS[field.kind], ...) for field in FIELDS}
_ContactFields: Any = create_model("_ContactFields", __base__=Wire, id=(int, ...), **_SENT)


class Contact(_ContactFields):  # type: ignore[misc]  # made from the table of fields
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

    q: Annotated[str, Field(max_length=200, description="words, of its note too, or digits")] | None = None
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
