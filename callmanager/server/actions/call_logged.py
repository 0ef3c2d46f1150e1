"""Writes down calls that were made on another phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from callmanager.domain.calls import BY_HAND, CallState, EndCause, result_of
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.errors import Conflict, Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.call_desk import CallDesk
from callmanager.server.actions.call_effects import get_survivor
from callmanager.server.actions.call_outcomes import Outcome, conclude
from callmanager.server.actions.calls import call_of, find_phone
from callmanager.server.actions.contacts import get_editable
from callmanager.server.changes.entities import CALL
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.calls import calls

OLDEST = timedelta(days=7)
_LEAST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Logged:
    """A call as whoever made it remembers it. `talk_seconds` None: nobody answered."""

    contact_id: int
    number: str
    started_at: datetime
    talk_seconds: float | None
    outcome: Outcome
    lease_token: int | None = None


@action(Permission.CALL_MAKE)
def log(tx: Transaction, desk: CallDesk, logged: Logged) -> tuple[Record, Record]:
    """Record a call made on another phone, and what came of it. Answers the call and its contact.

    Raises NotFound, Forbidden, Invalid, Conflict, and Locked while somebody else works on the contact.
    """
    contact = get_editable(tx, logged.contact_id, Permission.CALL_MAKE)
    tx.bear_lease(contact.id, logged.lease_token)
    tx.check_writable(contact)
    phone = find_phone(contact, logged.number, desk.region)
    started, ended = _span(tx, logged)
    _check_overlap(tx, contact.id, started, ended)
    connected = logged.talk_seconds is not None
    cause = EndCause.CLOSED_BY_AGENT
    row = {**call_of(contact, phone), "user_id": tx.actor.id, "driver": BY_HAND, "state": CallState.ENDED.value}
    row |= {"requested_at": started, "connected_at": started if connected else None, "ended_at": ended}
    row |= {"estimated": True, "connected_assumed": True, "cause": cause.value}
    call = tx.insert(CALL, {**row, "result": result_of(cause, connected=connected).value})
    told, _contact = conclude(tx, desk, call, logged.outcome)
    return told, get_survivor(tx, contact.id)


def _span(tx: Transaction, logged: Logged) -> tuple[datetime, datetime]:
    started = from_wire(to_wire(logged.started_at))
    ended = from_wire(to_wire(started + timedelta(seconds=logged.talk_seconds or 0)))
    if ended > tx.now:
        raise Invalid("call_in_future", N_("That call has not ended yet."), fields={"field": "started_at"})
    if started < tx.now - OLDEST:
        raise Invalid(
            "call_too_old",
            N_("Calls of more than %(days)s days ago are not written down any more."),
            fields={"field": "started_at"},
            days=OLDEST.days,
        )
    return started, ended


def _check_overlap(tx: Transaction, contact_id: int, started: datetime, ended: datetime) -> None:
    """Two calls of a contact never overlap; one without talk lasts a second."""
    last = func.coalesce(calls.c.ended_at, tx.now + _LEAST)
    statement = select(calls).where(
        calls.c.contact_id == contact_id,
        calls.c.requested_at < max(ended, started + _LEAST),
        or_(last > started, calls.c.requested_at >= started),
    )
    found = tx.first(CALL, statement)
    if found is not None:
        raise Conflict(
            "call_overlaps",
            N_("There is another call to this contact at that time."),
            fields={"call_id": found.id},
        )
