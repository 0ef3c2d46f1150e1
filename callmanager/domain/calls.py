"""The words of calls: how far they get, why they end and what came of them; and how what a phone tells of a call is
put into its record. Pure rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

BY_HAND = "by_hand"
"""The driver of a call that somebody made on another phone and wrote down afterwards."""


class CallState(StrEnum):
    """Where a call stands. It only moves forward, except between connected and on_hold."""

    REQUESTED = "requested"  # the phone has been asked, nothing is dialled yet
    DIALING = "dialing"
    RINGING = "ringing"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    ENDED = "ended"


class EndCause(StrEnum):
    """Why a call ended. A phone tells all but the last two, which the server and the window know."""

    HUNG_UP_HERE = "hung_up_here"  # by `hang_up`
    HUNG_UP = "hung_up"  # by the other side, or by hand on the phone when the phone does not tell them apart
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    WRONG_NUMBER = "wrong_number"  # the exchange knows no such number
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    PHONE_LOST = "phone_lost"  # the phone program went away in mid-call
    CLOSED_BY_AGENT = "closed_by_agent"  # the agent said that it is over
    UNCONFIRMED = "unconfirmed"  # closed by the agent without the phone ever having said that it dials
    LOST = "lost"  # the window that made it fell silent
    CANCELLED = "cancelled"  # given up before anything was dialled


class CallResult(StrEnum):
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELLED = "cancelled"


# A call that was connected is answered, however it ended.
_UNANSWERED: dict[EndCause, CallResult] = {
    EndCause.HUNG_UP_HERE: CallResult.CANCELLED,
    EndCause.HUNG_UP: CallResult.NO_ANSWER,
    EndCause.BUSY: CallResult.BUSY,
    EndCause.NO_ANSWER: CallResult.NO_ANSWER,
    EndCause.REJECTED: CallResult.BUSY,
    EndCause.WRONG_NUMBER: CallResult.FAILED,
    EndCause.UNREACHABLE: CallResult.FAILED,
    EndCause.FAILED: CallResult.FAILED,
    EndCause.PHONE_LOST: CallResult.FAILED,
    EndCause.CLOSED_BY_AGENT: CallResult.NO_ANSWER,
    EndCause.UNCONFIRMED: CallResult.NO_ANSWER,
    EndCause.LOST: CallResult.FAILED,
    EndCause.CANCELLED: CallResult.CANCELLED,
}
UNTOLD = frozenset({EndCause.CLOSED_BY_AGENT, EndCause.UNCONFIRMED, EndCause.PHONE_LOST, EndCause.LOST})
"""Causes that do not say whether anybody answered: the disposition does."""
NOT_DIALLED = frozenset({EndCause.FAILED, EndCause.CANCELLED})
_NOT_RUNG = frozenset({EndCause.BUSY, EndCause.WRONG_NUMBER, EndCause.UNREACHABLE, EndCause.FAILED})
_SAID_NOT_RUNG = frozenset({"OCUPADO", "NO_EXISTE", "SIN_RED"})
"""What people say came of it, where the phone told nothing."""


_ORDER = {state: rank for rank, state in enumerate(CallState)}
_TALKING = frozenset({CallState.CONNECTED, CallState.ON_HOLD})


def may_follow(before: CallState, after: CallState) -> bool:
    """Whether a state can come after another: forward, or between talk and hold."""
    return {before, after} == _TALKING or _ORDER[after] > _ORDER[before]


def result_of(cause: EndCause, *, connected: bool) -> CallResult:
    """What came of a call that ended so."""
    return CallResult.ANSWERED if connected else _UNANSWERED[cause]


def was_dialled(call: Mapping[str, Any]) -> bool:
    """Whether the phone was heard to dial."""
    return any(call[name] is not None for name in ("dialing_at", "ringing_at", "connected_at"))


def has_rung(call: Mapping[str, Any]) -> bool:
    """Whether somebody may have heard it: not so of a call that found the line busy or could not be put through."""
    if call["connected_at"] is not None or call["cause"] is None:
        return True
    if call["cause"] in UNTOLD:
        return call["disposition"] not in _SAID_NOT_RUNG
    return call["cause"] not in _NOT_RUNG


def needs_disposition(call: Mapping[str, Any]) -> bool:
    """Whether an ended call waits for what came of it; one that never dialled does not."""
    if call["ended_at"] is None or call["dispositioned_at"] is not None:
        return False
    return was_dialled(call) or call["cause"] not in NOT_DIALLED


def talk_of(call: Mapping[str, Any]) -> timedelta | None:
    """How long an ended call was connected, without what it was held; None when it never was."""
    connected, ended = call["connected_at"], call["ended_at"]
    if connected is None or ended is None:
        return None
    lasted: timedelta = ended - connected - held_of(call)
    return max(lasted, timedelta())


def held_of(call: Mapping[str, Any]) -> timedelta:
    """For how long a call was held; one that was lost while it was held, until its end."""
    held, since, ended = timedelta(milliseconds=call["held_milliseconds"]), call["held_since"], call["ended_at"]
    return held if since is None or ended is None else held + max(ended - since, timedelta())


def wrap_up_of(call: Mapping[str, Any]) -> timedelta | None:
    """From the end of a call to its disposition; None before, and where it was not work in a row: a call that was lost
    or written down afterwards."""
    ended, done = call["ended_at"], call["dispositioned_at"]
    if ended is None or done is None or call["driver"] == BY_HAND or call["cause"] == EndCause.LOST:
        return None
    lasted: timedelta = done - ended
    return max(lasted, timedelta())


def when_said(call: Mapping[str, Any], ago: float, *, now: datetime) -> datetime:
    """When it was said what came of an ended call, `ago` seconds before `now`: never before its end, to the
    millisecond."""
    told = now - min(timedelta(seconds=ago), _LONGEST)
    return from_wire(to_wire(min(max(told, call["ended_at"]), now)))


def seconds_of(span: timedelta | None) -> float | None:
    """To the millisecond, as instants are kept."""
    return None if span is None else round(span / timedelta(seconds=1), 3)


def moved_by(call: Mapping[str, Any], leap: timedelta, *, now: datetime) -> dict[str, datetime]:
    """The instants of a call after the clock was set by `leap`, as far as they are others: they keep their distances,
    and none lies ahead of `now`."""
    told = {name: call[name] for name in (*_INSTANTS, "ended_at") if call[name] is not None}
    latest: datetime = max(told.values())
    by = from_wire(to_wire(min(latest + leap, now))) - latest
    return {name: at + by for name, at in told.items()} if by else {}


def in_order(calls: Iterable[Mapping[str, Any]], now: datetime) -> list[Mapping[str, Any]]:
    """These calls in the order in which they were made, the last one first.

    Of one whose stamp lies ahead of `now` only its id tells when it was: a clock that was ahead must not give it the
    last word for ever.
    """
    at, placed = _LONG_AGO, []
    for call in sorted(calls, key=lambda one: int(one["id"])):
        at = call["requested_at"] if call["requested_at"] <= now else at
        placed.append((at, int(call["id"]), call))
    return [call for _at, _id, call in sorted(placed, key=lambda one: one[:2], reverse=True)]


CORRECTED_WITHIN = timedelta(minutes=15)
"""For so long whoever made a call may correct what he said came of it, or take it back."""


def up_since(call: Mapping[str, Any]) -> datetime:
    """When a call came into the state that it is in."""
    known = {
        CallState.ENDED: call["ended_at"],
        CallState.ON_HOLD: call["held_since"],
        CallState.CONNECTED: call["connected_at"],
        CallState.RINGING: call["ringing_at"],
        CallState.DIALING: call["dialing_at"],
    }
    since: datetime = known.get(call["state"]) or call["requested_at"]
    return since


_INSTANTS = ("requested_at", "dialing_at", "ringing_at", "connected_at", "held_since")
_LONGEST = timedelta(days=100)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `ago` is how long before the present it was, by the clock of whoever tells."""

    state: CallState
    assumed: bool = False
    cause: EndCause | None = None
    ago: float = 0.0


def after_steps(call: Mapping[str, Any], steps: Iterable[Step], *, now: datetime) -> Row:
    """The call's row with these steps taken; those that it has taken already, and those behind it, change nothing.

    An instant is never in the future nor before the step before it. An end stands, but for one that the server had to
    assume (`lost`): that gives way to the end that the phone saw. Raises Invalid for an end without a cause.
    """
    row = dict(call)
    for step in steps:
        _check(step)
        at = _instant(row, step, now)
        if row["cause"] == EndCause.LOST:
            _complete(row, step, at)
        elif row["state"] != CallState.ENDED:
            _take(row, step, at)
    return row


def _check(step: Step) -> None:
    if step.state is CallState.ENDED and step.cause is None:
        raise Invalid(
            "cause_missing", N_("The end of a call needs its cause, for example hung_up."), fields={"field": "cause"}
        )


def _instant(row: Mapping[str, Any], step: Step, now: datetime) -> datetime:
    """To the millisecond, as it is stored."""
    told = now - min(timedelta(seconds=step.ago), _LONGEST)
    latest = max(row[name] for name in _INSTANTS if row[name] is not None)
    return from_wire(to_wire(min(max(told, latest), max(now, latest))))


def _take(row: Row, step: Step, at: datetime) -> None:
    before = CallState(row["state"])
    if step.state is CallState.ENDED:
        _end(row, step, at)
    elif step.state is CallState.CONNECTED and before is CallState.ON_HOLD:
        _unhold(row, at)
    elif step.state is CallState.ON_HOLD and before is not CallState.ON_HOLD:
        if before is not CallState.CONNECTED:
            _reach(row, Step(CallState.CONNECTED, assumed=True), at)
        row.update(state=CallState.ON_HOLD.value, held_since=at)
    elif may_follow(before, step.state):
        _reach(row, step, at)


def _reach(row: Row, step: Step, at: datetime) -> None:
    row.update({"state": step.state.value, f"{step.state.value}_at": at})
    if step.state is CallState.CONNECTED:
        row.update(connected_assumed=step.assumed, estimated=step.assumed)


def _unhold(row: Row, at: datetime) -> None:
    held = (at - row["held_since"]) // timedelta(milliseconds=1)
    row.update(state=CallState.CONNECTED.value, held_since=None, held_milliseconds=row["held_milliseconds"] + held)


def _end(row: Row, step: Step, at: datetime) -> None:
    assert step.cause is not None
    if row["held_since"] is not None and step.cause is not EndCause.LOST:  # its phone may yet tell how long
        _unhold(row, at)
    result = result_of(step.cause, connected=row["connected_at"] is not None)
    row.update(state=CallState.ENDED.value, ended_at=at, cause=step.cause.value, result=result.value)
    row["estimated"] = step.assumed or row["connected_assumed"]


def _complete(row: Row, step: Step, at: datetime) -> None:
    """The phone tells of a call that the server gave up: what it saw stands in place of what was assumed."""
    if step.state is CallState.ENDED:
        _end(row, step, at)
    elif _add(row, step, at):
        result = result_of(EndCause.LOST, connected=row["connected_at"] is not None)
        ended = max(row["ended_at"], at)
        row.update(state=CallState.ENDED.value, estimated=True, result=result.value, ended_at=ended)


def _add(row: Row, step: Step, at: datetime) -> bool:
    """Put a step into a call that has ended; whether it was not known."""
    if step.state is CallState.ON_HOLD:
        return _add_hold(row, at)
    if step.state is CallState.CONNECTED and row["held_since"] is not None:
        _unhold(row, at)
        return True
    if row.get(f"{step.state.value}_at", at) is not None:
        return False
    if any(row[f"{later.value}_at"] for later in _LATER.get(step.state, ())):
        return False
    _reach(row, step, at)
    return True


def _add_hold(row: Row, at: datetime) -> bool:
    if row["held_since"] is not None:
        return False
    if row["connected_at"] is None:
        _reach(row, Step(CallState.CONNECTED, assumed=True), at)
    row["held_since"] = at
    return True


_LATER = {
    CallState.DIALING: (CallState.RINGING, CallState.CONNECTED),
    CallState.RINGING: (CallState.CONNECTED,),
}
