"""Teams, campaigns and the do-not-call list, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from callmanager.server.api.models.people import Cursor, PageLimit
from callmanager.server.api.models.sync import CallingHours, Campaign, Team
from callmanager.server.edges.contact_shapes import Id, Short
from callmanager.server.edges.shapes import Wire

__all__ = ["Campaign", "Team"]

Reason = Annotated[str, Field(max_length=2_000)]
Day = Annotated[str, Field(max_length=10)]


class TeamGiven(Wire):
    name: Short


class TeamEdited(Wire):
    """`archived` takes a team without active people out of use, or brings it back."""

    name: Short = ""
    archived: bool = False

    def fields(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class Teams(RootModel[list[Team]]):
    """A page of teams."""


class TeamQuery(Wire):
    archived: bool = False
    limit: PageLimit = 1_000
    cursor: Cursor = 0


class CampaignGiven(Wire):
    """Without `team_id` it is for all teams; without `calling_hours` it lets call at any time."""

    name: Short
    team_id: Id | None = None
    active: bool = True
    calling_hours: CallingHours | None = None


class CampaignEdited(Wire):
    """`calling_hours` are set as a whole; null takes them away."""

    name: Short = ""
    team_id: Id | None = None
    active: bool = True
    calling_hours: CallingHours | None = None
    archived: bool = False

    def fields(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class Campaigns(RootModel[list[Campaign]]):
    """A page of campaigns that the caller may see."""


class CampaignQuery(TeamQuery):
    active: bool | None = None


class NumberGiven(Wire):
    """A line that nobody may call (`number`) or a person who may not be called on any phone (`contact_id`).

    `source`: the register or the letter that says so, `reference` its number there; of one line each source has an
    entry of its own. The days are written as 2026-11-22; on `expires_on` it binds for the last time.
    """

    number: Short = ""
    contact_id: Id | None = None
    reason: Reason = ""
    source: Reason = ""
    reference: Reason = ""
    listed_on: Day | None = None
    expires_on: Day | None = None


class Number(Wire):
    """An entry of the list. Of kind `line` it bars the number for everybody, of kind `person` the contact. One without
    an id is of a register's file and goes with that."""

    id: int | None
    kind: Literal["line", "person"]
    number: str
    contact_id: int | None
    reason: str
    source: str
    reference: str
    listed_on: str | None
    expires_on: str | None
    version: int | None
    seq: int | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class Numbers(RootModel[list[Number]]):
    """A page of what must not be called."""


class NumberQuery(Wire):
    number: Annotated[str, Field(max_length=40, description="a number in any spelling")] | None = None
    contact_id: Annotated[int, Field(ge=1, le=2**31 - 1, description="what bars this contact")] | None = None
    limit: PageLimit = 1_000
    cursor: Cursor = 0
