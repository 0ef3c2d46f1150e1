"""A call as it is told when it comes into another state, and how much of it each may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.domain.people import Actor
from callmanager.domain.permissions import Permission, can_touch, reach, visibility


@dataclass(frozen=True, slots=True)
class CallNews:
    """`full` and `brief` are what the event carries; `user_team` is the team of whoever calls, `contact_team` whose
    contact it is."""

    user_id: int
    user_team: int | None
    contact_team: int | None
    full: Mapping[str, Any]
    brief: Mapping[str, Any]

    def shown_to(self, actor: Actor) -> Mapping[str, Any] | None:
        """All of it to himself and to whoever may force his state; to others who see the contact who is on it."""
        if reach(actor, Permission.CALL_READ) is None:
            return None
        if actor.id == self.user_id or can_touch(actor, Permission.AGENT_FORCE, self.user_team):
            return self.full
        return self.brief if visibility(actor).covers_team(self.contact_team) else None
