"""Begins calls and follows them until they end. What came of them, call_outcomes.py takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from callmanager.domain.agent_states import AgentState
from callmanager.domain.calls import CallState, Step, after_steps, needs_disposition, was_dialled
from callmanager.domain.contacts import clean_text
from callmanager.domain.errors import Conflict, Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.phones import parse_phone
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.call_desk import CallDesk, get_own
from callmanager.server.actions.call_effects import count_attempt
from callmanager.server.actions.contacts import get_editable
from callmanager.server.actions.numbers import check_number
from callmanager.server.changes.entities import CALL
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.calls import calls, waits_for_disposition

MOST_DRIVER_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call that somebody wants to make. `anyway`: he was warned; `override_reason`: why a listed number is called,
    or one outside calling hours or beyond a limit."""

    contact_id: int
    lease_token: int
    number: str
    driver: str
    anyway: bool = False
    override_reason: str = ""


@action(Permission.CALL_MAKE)
def start(tx: Transaction, desk: CallDesk, wanted: CallRequest) -> Record:
    """Record a call before its phone dials. Raises NotFound, Forbidden, Invalid, Conflict; then nothing may dial."""
    contact = get_editable(tx, wanted.contact_id, Permission.CALL_MAKE)
    _check_free(tx, contact.id)
    phone = find_phone(contact, wanted.number, desk.region)
    passed, override = wanted.anyway, wanted.override_reason
    reason = check_number(tx, contact, phone["key"], desk.office, anyway=passed, override_reason=override)
    desk.leases.use_for_call(tx, contact.id, wanted.lease_token)
    fresh = {**call_of(contact, phone), "user_id": tx.actor.id, "driver": check_driver(wanted.driver)}
    fresh |= {"state": CallState.REQUESTED.value, "requested_at": tx.now, "override_reason": reason}
    call = tx.insert(CALL, {**fresh, "lease_token": wanted.lease_token})
    desk.begin_call(tx, tx.actor.id)
    desk.announce(tx, call)
    return call


@action(Permission.CALL_MAKE)
def tell(tx: Transaction, desk: CallDesk, call_id: int, steps: Sequence[Step]) -> Record:
    """Take what the phone told of one's own call. What is known already changes nothing. Raises NotFound, Forbidden."""
    return take_steps(tx, desk, get_own(tx, call_id), steps)


def take_steps(tx: Transaction, desk: CallDesk, call: Record, steps: Sequence[Step]) -> Record:
    """The same, for a call that is at hand."""
    after = after_steps(call.row, steps, now=tx.now)
    fields = {name: value for name, value in after.items() if call[name] != value}
    if not fields:
        return call
    if was_dialled(after) and not call["counted"]:
        count_attempt(tx, after)
        fields["counted"] = True
    told = tx.update(call, **fields)
    if call["ended_at"] is None and told["ended_at"] is not None:
        following = AgentState.WRAP_UP if needs_disposition(told.row) else AgentState.READY
        desk.move_agent(tx, told["user_id"], following, of=AgentState.ON_CALL, since=told["ended_at"])
    desk.announce(tx, told)
    return told


def call_of(contact: Record, phone: Mapping[str, Any]) -> dict[str, Any]:
    """What a call of this contact by this phone begins with."""
    of_contact = {"contact_id": contact.id, "team_id": contact["team_id"], "campaign_id": contact["campaign_id"]}
    return {**of_contact, "number": phone["number"], "e164": phone["e164"], "key": phone["key"]}


def check_driver(driver: str) -> str:
    """The name of a phone. Raises Invalid."""
    name = clean_text(driver)
    if not name or len(name) > MOST_DRIVER_CHARACTERS:
        raise Invalid(
            "driver_invalid",
            N_("Name the phone that dials, in at most %(limit)s characters."),
            fields={"field": "driver"},
            limit=MOST_DRIVER_CHARACTERS,
        )
    return name


def find_phone(contact: Record, number: str, region: str) -> Mapping[str, Any]:
    """Which of the contact's phones `number` is, however it is written. Raises Invalid."""
    written = next((phone for phone in contact["phones"] if phone["number"] == number), None)
    key = parse_phone(number, region).key if written is None else written["key"]
    found = next((phone for phone in contact["phones"] if phone["key"] == key), None)
    if found is None:
        raise Invalid(
            "number_not_of_contact",
            N_("This contact has no such number. Load it again: it may have been changed."),
            fields={"field": "number", "id": contact.id},
        )
    return dict(found)


def _check_free(tx: Transaction, contact_id: int) -> None:
    mine = tx.first(CALL, select(calls).where(calls.c.user_id == tx.actor.id, calls.c.ended_at.is_(None)))
    if mine is not None:
        raise Conflict(
            "call_live",
            N_("A call of yours is still up. End it first."),
            fields={"call_id": mine.id, "contact_id": mine["contact_id"]},
        )
    waiting = tx.first(CALL, select(calls).where(calls.c.user_id == tx.actor.id, waits_for_disposition()))
    if waiting is not None:
        raise Conflict(
            "disposition_missing",
            N_("Say first what came of your last call."),
            fields={"call_id": waiting.id, "contact_id": waiting["contact_id"]},
        )
    others = tx.first(CALL, select(calls).where(calls.c.contact_id == contact_id, calls.c.ended_at.is_(None)))
    if others is not None:
        raise Conflict("contact_on_call", N_("A call to this contact is still up."), fields={"id": contact_id})
