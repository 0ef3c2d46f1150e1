"""People's states and days, as they look on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from callmanager.server.api.models.calls import CallSums
from callmanager.server.edges.agent_shapes import Agent, PhoneState, Reason, State, StateForced, StateGiven
from callmanager.server.edges.shapes import Wire

__all__ = ["Agent", "StateForced", "StateGiven"]

Day = Annotated[
    date,
    Field(
        ge=date(2000, 1, 1),
        le=date(2999, 12, 31),
        description="2026-11-22; without it today",
        json_schema_extra={"pattern": "^2[0-9]{3}-"},
    ),
]
Offset = Annotated[
    int, Field(ge=-14 * 60, le=14 * 60, description="minutes east of UTC; without it the zone of the office")
]


class AgentListed(Agent):
    """Somebody's present state, and that of his phone as his window last told it; null for colleagues and when no
    window has told."""

    phone: PhoneState | None


class Agents(RootModel[list[AgentListed]]):
    """Everybody whose state the caller may know."""


class DayQuery(Wire):
    date: Day | None = None
    offset: Offset | None = None


class DayInterval(Wire):
    """`lasts`: it has not ended, and is cut at the present or at the end of the day."""

    state: State
    reason: Reason | None
    started_at: datetime
    ended_at: datetime
    lasts: bool
    seconds: int
    by: str | None
    why: str


class AgentDay(Wire):
    """One person's day. `seconds` by state, and `reasons` of not_ready, add up exactly; login is all but offline."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    intervals: list[DayInterval]
    seconds: dict[State, int]
    reasons: dict[Reason, int]
    login_seconds: int
    productive_pause_seconds: int
    calls: CallSums
