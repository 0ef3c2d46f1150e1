"""A call as it looks on the wire, by request or by socket event, and the steps that its owner tells of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from callmanager.server.edges.shapes import Wire

State = Literal["requested", "dialing", "ringing", "connected", "on_hold", "ended"]
Result = Literal["answered", "no_answer", "busy", "failed", "cancelled"]
CauseTold = Literal[
    "hung_up_here",
    "hung_up",
    "busy",
    "no_answer",
    "rejected",
    "wrong_number",
    "unreachable",
    "failed",
    "phone_lost",
    "closed_by_agent",
    "unconfirmed",
    "cancelled",
]
Cause = CauseTold | Literal["lost"]


class Call(Wire):
    """A call. `estimated`: that it was connected, or when it ended, is only assumed, and so its times are.

    `talk_seconds`, of an ended call, is what it was connected without what it was held; null when it never was.
    `needs_disposition`: it has ended and waits for what came of it; its owner calls nobody else before.
    """

    id: int
    contact_id: int
    team_id: int | None
    campaign_id: int | None
    user_id: int
    user: str
    number: str
    e164: str | None
    driver: str
    state: State
    requested_at: datetime
    dialing_at: datetime | None
    ringing_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    held_seconds: float
    estimated: bool
    cause: Cause | None
    result: Result | None
    disposition: str | None
    note: str
    callback_at: datetime | None
    dispositioned_at: datetime | None
    override_reason: str
    talk_seconds: float | None
    wrap_up_seconds: float | None
    needs_disposition: bool
    seq: int
    version: int


class CallBrief(Wire):
    """What those hear of a call who see its contact: who is on it, and since when in this state."""

    id: int
    contact_id: int
    user_id: int
    user: str
    state: State
    since: datetime
    seq: int


Ago = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]


class Step(Wire):
    """One step of a call as the phone told it, `ago` seconds before it is sent. `cause` belongs to `ended` only."""

    state: State
    confidence: Literal["observed", "assumed"]
    cause: CauseTold | None = None
    ago: Ago = 0.0
