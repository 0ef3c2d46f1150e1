"""What may be set on a contact, by request or by socket event."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from callmanager.domain.contacts import EXTRA_FIELDS, PHONES
from callmanager.server.edges.shapes import Instant, Wire

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
