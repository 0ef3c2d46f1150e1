"""States of people.

set_state   agent:set_own
softphone   agent:set_own
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from callmanager.domain.permissions import Permission
from callmanager.server.actions import agent_states as actions
from callmanager.server.edges.agent_shapes import Agent, PhoneState, StateGiven
from callmanager.server.edges.shapes import Wire
from callmanager.server.realtime import models as m
from callmanager.server.realtime.registry import Answer, Asked, event


class StateAsked(StateGiven):
    """Be ready, or not ready and say why."""


class StateAnswer(m.Done):
    """The state as it is now; the other windows of the same person are told as well."""

    agent: Agent


@event("set_state", Permission.AGENT_SET_OWN, StateAsked, answer=StateAnswer)
def set_state(asked: Asked, body: StateAsked) -> Answer:
    """Be ready, or not ready and say why, as PUT /agents/me/state does."""
    services = asked.services
    # whoever has connected a moment ago may not have been looked at yet
    actions.settle(services.log, services.states, services.attendance)
    with services.log.write(asked.actor, asked.who.origin) as tx:
        standing = actions.set_own(tx, services.states, body.state, body.reason)
    return {"agent": standing.full}


class Health(Wire):
    """`detail` says in a sentence what is the matter; it is for logs."""

    state: PhoneState
    detail: Annotated[str, Field(max_length=500)] = ""


class PhoneTold(Wire):
    """The health of the phone on this PC."""

    health: Health


@event("softphone", Permission.AGENT_SET_OWN, PhoneTold, answer=m.Done)
def softphone(asked: Asked, body: PhoneTold) -> Answer:
    """Tell the state of the phone on this PC, for whoever leads the team. It is kept while this window is connected."""
    asked.services.attendance.note_phone(asked.socket.sid, body.health.state)
    return {}
