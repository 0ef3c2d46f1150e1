"""Takes what came of a call, with all that follows from it in one change set; corrects it and takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from callmanager.domain.agent_states import AgentState
from callmanager.domain.calls import (
    BY_HAND,
    CORRECTED_WITHIN,
    UNTOLD,
    CallResult,
    EndCause,
    result_of,
    talk_of,
    when_said,
)
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.contacts import check_text
from callmanager.domain.dispositions import NEW, Callback, spell_code
from callmanager.domain.errors import Conflict, Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.prohibitions import Kind
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.actions.call_desk import CallDesk, get_own
from callmanager.server.actions.call_effects import follow, get_survivor, take_back
from callmanager.server.changes.entities import CALL, DISPOSITION
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.calls import calls, waits_for_disposition
from callmanager.server.storage.dispositions import dispositions


@dataclass(frozen=True, slots=True)
class Outcome:
    """What whoever called says came of it. `anyway`: he was asked whether it is so. `ago`: how many seconds before it
    arrived he said it. `bars`: whether he who wants no calls meant the line alone or himself alone."""

    disposition: str
    note: str = ""
    callback_at: datetime | None = None
    anyway: bool = False
    ago: float = 0.0
    bars: Kind | None = None


@action(Permission.CALL_MAKE)
def dispose(tx: Transaction, desk: CallDesk, call_id: int, outcome: Outcome) -> tuple[Record, Record]:
    """Say what came of one's own call; said again within a quarter of an hour, the later word stands.

    Answers the call and its contact. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    call = get_own(tx, call_id)
    if call["ended_at"] is None:
        raise Conflict("call_not_ended", N_("This call is still up. End it first."), fields={"call_id": call_id})
    if call["dispositioned_at"] is not None:
        _check_fresh(tx, call)
    return conclude(tx, desk, call, outcome)


def conclude(tx: Transaction, desk: CallDesk, call: Record, outcome: Outcome) -> tuple[Record, Record]:
    """The same, for an ended call that is at hand."""
    disposition = _get_disposition(tx, outcome.disposition)
    note = check_text("note", outcome.note)
    callback_at = _check_callback(call, disposition, outcome.callback_at)
    if disposition["needs_note"] and not note:
        raise Invalid("note_required", N_("Write a note: this outcome needs one."), fields={"field": "note"})
    if not outcome.anyway:
        _check_odd(call, disposition)
    said_at = call["dispositioned_at"] or when_said(call.row, outcome.ago, now=tx.now)
    region, zone = desk.region, desk.office.zone
    effects = follow(tx, call, disposition, callback_at, region=region, zone=zone, bars=outcome.bars)
    effects["heard_at"] = call["effects"].get("heard_at") or to_wire(tx.now)
    told = tx.update(
        call,
        disposition=disposition["code"],
        note=note,
        callback_at=callback_at,
        dispositioned_at=said_at,
        result=_result(call, disposition),
        counted=True,
        effects=effects,
    )
    _release(tx, desk, told, since=None if call["dispositioned_at"] else said_at)
    desk.announce(tx, told)
    return told, get_survivor(tx, call["contact_id"])


@action(Permission.CALL_MAKE)
def retract(tx: Transaction, desk: CallDesk, call_id: int) -> tuple[Record, Record]:
    """Take back what one said came of one's own call: the contact is as before. Raises as `dispose` does."""
    call = get_own(tx, call_id)
    if call["dispositioned_at"] is None:
        raise Conflict(
            "disposition_absent", N_("This call has no outcome that could be taken back."), fields={"call_id": call_id}
        )
    _check_fresh(tx, call)
    contact = take_back(tx, call)
    empty: dict[str, Any] = {
        "disposition": None,
        "note": "",
        "callback_at": None,
        "dispositioned_at": None,
        "effects": {},
    }
    result = result_of(EndCause(call["cause"]), connected=call["connected_at"] is not None).value
    told = tx.update(call, **empty, result=result, counted=not call["effects"]["counted"])
    if call["driver"] != BY_HAND:
        desk.move_agent(tx, call["user_id"], AgentState.WRAP_UP, of=AgentState.READY)
    desk.announce(tx, told)
    return told, contact


def _release(tx: Transaction, desk: CallDesk, call: Record, *, since: datetime | None) -> None:
    """He is ready again, since he said what came of it, unless another call of his waits for its outcome."""
    mine = select(calls).where(calls.c.user_id == call["user_id"], waits_for_disposition())
    if call["driver"] != BY_HAND and tx.first(CALL, mine) is None:
        desk.move_agent(tx, call["user_id"], AgentState.READY, of=AgentState.WRAP_UP, since=since)


def _get_disposition(tx: Transaction, text: str) -> Record:
    code = spell_code(text)
    found = tx.first(DISPOSITION, select(dispositions).where(dispositions.c.code == code))
    if found is None or not found["active"] or code == NEW:
        raise Invalid(
            "disposition_unknown",
            N_("There is no such outcome any more. Load the list again and choose another."),
            fields={"field": "disposition"},
        )
    return found


def _check_callback(call: Record, disposition: Record, callback_at: datetime | None) -> datetime | None:
    """The instant to call back, to the millisecond. One between the end of the call and now is due at once: what was
    said while the server was away is taken too. Raises Invalid."""
    if callback_at is None:
        if disposition["callback"] == Callback.REQUIRED.value:
            raise Invalid("callback_required", N_("Say when to call back."), fields={"field": "callback_at"})
        return None
    at = from_wire(to_wire(callback_at))
    if at <= call["ended_at"]:
        raise Invalid(
            "callback_past",
            N_("The time to call back has passed. Choose a later one."),
            fields={"field": "callback_at"},
        )
    return None if disposition["do_not_call"] else at


def _check_odd(call: Record, disposition: Record) -> None:
    """Ask once whether the outcome is right when nobody can have talked for that long."""
    least: int = disposition["ask_below_seconds"]
    talk = talk_of(call.row)
    if not least or (talk is None and EndCause(call["cause"]) in UNTOLD):
        return
    seconds = (talk or timedelta()) / timedelta(seconds=1)
    if seconds < least:
        raise Conflict(
            "disposition_odd",
            N_("This call had %(seconds)s seconds of talk. Is the outcome right?"),
            fields={"talk_seconds": round(seconds, 3), "ask_below_seconds": least},
            seconds=int(seconds),
        )


def _check_fresh(tx: Transaction, call: Record) -> None:
    """What was said while the server was away can be corrected for as long after it arrived."""
    heard_at = call["effects"].get("heard_at")
    heard = from_wire(heard_at) if heard_at else call["dispositioned_at"]
    if abs(tx.now - heard) > CORRECTED_WITHIN:
        raise Conflict(
            "disposition_settled",
            N_("What came of this call was said more than %(minutes)s minutes ago, and stands."),
            fields={"call_id": call.id},
            minutes=int(CORRECTED_WITHIN / timedelta(minutes=1)),
        )


def _result(call: Record, disposition: Record) -> str:
    """A phone that told nothing leaves it to the outcome whether somebody answered."""
    cause, connected = EndCause(call["cause"]), call["connected_at"] is not None
    if not connected and cause in UNTOLD and disposition["contact"]:
        return CallResult.ANSWERED.value
    return result_of(cause, connected=connected).value
