"""A person's present state as it is told, and how much of it each may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callmanager.domain.agent_states import AgentState
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import NotFound
from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, can_touch, reach, require_touch, visibility
from callmanager.domain.texts import N_


@dataclass(frozen=True, slots=True)
class AgentStanding:
    """`by` and `why` name whoever set the state of another. `seq` grows with each state: a lower one is older news."""

    id: int
    name: str
    team_id: int | None
    state: AgentState
    reason: str | None
    since: datetime | None
    by: str | None
    why: str
    seq: int
    full: Mapping[str, Any] = field(init=False, compare=False)
    brief: Mapping[str, Any] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        known = {"id": self.id, "name": self.name, "team_id": self.team_id, "state": self.state.value}
        since = None if self.since is None else to_wire(self.since)
        full = {**known, "reason": self.reason, "since": since, "by": self.by, "why": self.why, "seq": self.seq}
        brief = {**known, "reason": None, "since": None, "by": None, "why": "", "seq": self.seq}
        object.__setattr__(self, "full", full)
        object.__setattr__(self, "brief", brief)

    def shown_to(self, actor: Actor) -> Mapping[str, Any] | None:
        """All of it to himself and to whoever may force his state; to others of his team whether he is ready."""
        if reach(actor, Permission.AGENT_READ) is None:
            return None
        if actor.id == self.id or can_touch(actor, Permission.AGENT_FORCE, self.team_id):
            return self.full
        return self.brief if can_touch(actor, Permission.AGENT_READ, self.team_id) else None


def require_led(actor: Actor, user_id: int, team_id: int | None) -> None:
    """Raises NotFound for somebody of a team that the actor does not see, Forbidden when he does not lead him."""
    if not visibility(actor).covers_team(team_id):
        raise user_not_found(user_id)
    require_touch(actor, Permission.AGENT_FORCE, team_id)


def user_not_found(user_id: int) -> NotFound:
    return NotFound("user_not_found", N_("There is no such user. Reload the list."), fields={"id": user_id})
