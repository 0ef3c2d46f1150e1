"""Puts people into states: by themselves, by their lead, by a call, by coming and by going."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from callmanager.domain.agent_states import SIGNED_IN, AgentState, check_choice
from callmanager.domain.contacts import check_text
from callmanager.domain.errors import Conflict, Invalid
from callmanager.domain.people import SYSTEM, Actor
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.agents.attendance import Absence, Attendance
from callmanager.server.agents.ledger import StateLedger
from callmanager.server.agents.standings import AgentStanding, require_led
from callmanager.server.changes.entities import USER
from callmanager.server.changes.write import ChangeLog, Transaction
from callmanager.server.storage.tables import agent_states

MOST_WHY_CHARACTERS = 500
_OF_CALLS = frozenset({AgentState.ON_CALL, AgentState.WRAP_UP, AgentState.READY})


@action(Permission.AGENT_SET_OWN)
def set_own(tx: Transaction, states: StateLedger, state: str, reason: str | None) -> AgentStanding:
    """The actor is ready, or not and why. Raises Invalid, and Conflict while he is offline or on a call."""
    chosen, why_not = check_choice(state, reason)
    _check_free(states, tx, tx.actor.id)
    return states.change(tx, tx.actor.id, chosen, why_not)


@action(Permission.AGENT_FORCE)
def force(
    tx: Transaction, states: StateLedger, user_id: int, state: str, reason: str | None, *, why: str
) -> AgentStanding:
    """Put somebody of the actor's team into a state; he is told by whom and why, and both are kept.

    Raises NotFound, Forbidden, Invalid, Conflict.
    """
    chosen, why_not = check_choice(state, reason)
    require_led(tx.actor, user_id, tx.get(USER, user_id)["team_id"])
    told = _check_why(why)
    _check_free(states, tx, user_id)
    return states.change(tx, user_id, chosen, why_not, why=told)


def set_by_call(
    tx: Transaction, states: StateLedger, user_id: int, state: AgentState, *, since: datetime | None = None
) -> AgentStanding:
    """What a call does to whoever makes it: on_call, then wrap_up, then ready. For the actions of calls only.

    `since` is when the call did so, where that is told later.
    """
    if state not in _OF_CALLS:
        raise ValueError(f"no call makes anybody {state}")
    return states.change(tx, user_id, state, since=since)


def sign_in(tx: Transaction, states: StateLedger, user_id: int) -> AgentStanding:
    """Somebody has come: he is not ready until he says so. Whoever has not been away keeps his state."""
    current = states.find(tx, user_id)
    if current is None or current["state"] == AgentState.OFFLINE.value:
        return states.change(tx, user_id, AgentState.NOT_READY, SIGNED_IN)
    return states.standing(tx, user_id)


def sign_off(tx: Transaction, states: StateLedger, absence: Absence) -> None:
    """Somebody has been away for too long: offline since he left, or since the last that is recorded of him."""
    current = states.find(tx, absence.user_id)
    if current is not None:
        states.change(tx, absence.user_id, AgentState.OFFLINE, since=absence.since)


def settle(log: ChangeLog, states: StateLedger, attendance: Attendance) -> None:
    """Record who has come and who has been away for too long. When there is nothing to record, nothing is written."""
    with attendance.settling:
        gone, come = attendance.due()
        if gone:
            with log.write(SYSTEM, "job") as tx:
                for absence in gone:
                    sign_off(tx, states, absence)
            for absence in gone:
                attendance.settle_absence(absence)
        here = _signed_in(log) if come else set()
        for actor in come:
            if actor.id not in here:
                _sign_in(log, states, actor)
            attendance.settle_arrival(actor)


def _sign_in(log: ChangeLog, states: StateLedger, actor: Actor) -> None:
    with log.write(actor, "desktop") as tx:
        sign_in(tx, states, actor.id)


def _signed_in(log: ChangeLog) -> set[int]:
    table = agent_states
    statement = select(table.c.user_id).where(table.c.ended_at.is_(None), table.c.state != AgentState.OFFLINE.value)
    with log.storage.read() as connection:
        return set(connection.execute(statement).scalars())


def _check_free(states: StateLedger, tx: Transaction, user_id: int) -> None:
    current = states.find(tx, user_id)
    if current is None or current["state"] == AgentState.OFFLINE.value:
        raise Conflict(
            "agent_offline",
            N_("States begin with signing in at the desktop program. Nobody is signed in there."),
            fields={"id": user_id},
        )
    if current["state"] == AgentState.ON_CALL.value:
        raise Conflict(
            "agent_on_call", N_("A call is going on. Change the state when it has ended."), fields={"id": user_id}
        )


def _check_why(why: str) -> str:
    text = check_text("note", why)
    if not text or len(text) > MOST_WHY_CHARACTERS:
        raise Invalid(
            "why_missing",
            N_("Say why you set the state of another, in at most %(limit)s characters. He is told."),
            fields={"field": "why"},
            limit=MOST_WHY_CHARACTERS,
        )
    return text
