"""The states of people as they look on the wire, by request or by socket event."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from callmanager.server.edges.shapes import Wire

State = Literal["offline", "ready", "on_call", "wrap_up", "not_ready"]
Reason = Literal["restroom", "lunch", "break", "meeting", "training", "paperwork", "technical_problem", "signed_in"]
ReasonChosen = Literal["restroom", "lunch", "break", "meeting", "training", "paperwork", "technical_problem"]

PhoneState = Literal[
    "ready", "not_running", "not_logged_in", "ui_changed", "access_denied", "desktop_locked", "unknown"
]
"""As softphones.HealthState."""


class StateGiven(Wire):
    """`not_ready` needs a reason, `ready` has none."""

    state: Literal["ready", "not_ready"]
    reason: ReasonChosen | None = None


class StateForced(StateGiven):
    """Why the state of another is set: he is told, and it is kept."""

    why: Annotated[str, Field(min_length=1, max_length=500)]


class Agent(Wire):
    """Somebody's present state. Colleagues are told no reason, no time and not who set it.

    `by` and `why` name who set the state of another. Of two with the same id the one with the higher `seq` is newer.
    """

    id: int
    name: str
    team_id: int | None
    state: State
    reason: Reason | None
    since: datetime | None
    by: str | None
    why: str
    seq: int
