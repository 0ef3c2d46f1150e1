"""What a phone tells of a call, put into the call's record: when each step was, and that none goes backward. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callmanager.domain.calls import CallState, EndCause, result_of
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

_RANK = {
    CallState.REQUESTED: 0,
    CallState.DIALING: 1,
    CallState.RINGING: 2,
    CallState.CONNECTED: 3,
    CallState.ON_HOLD: 3,
    CallState.ENDED: 4,
}
_INSTANTS = ("requested_at", "dialing_at", "ringing_at", "connected_at", "held_since")
_LONGEST = timedelta(days=100)
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
        if row["state"] == CallState.ENDED and row["cause"] == EndCause.LOST:
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
    elif _RANK[step.state] > _RANK[before]:
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
    if row["held_since"] is not None:
        _unhold(row, at)
    result = result_of(step.cause, connected=row["connected_at"] is not None)
    row.update(state=CallState.ENDED.value, ended_at=at, cause=step.cause.value, result=result.value)
    row["estimated"] = step.assumed or row["connected_assumed"]


def _complete(row: Row, step: Step, at: datetime) -> None:
    """The phone tells of a call that the server gave up: what it saw stands in place of what was assumed."""
    if step.state is CallState.ENDED:
        _end(row, step, at)
    elif step.state is not CallState.ON_HOLD and row.get(f"{step.state.value}_at", at) is None:
        if any(row[f"{later.value}_at"] for later in _LATER.get(step.state, ())):
            return
        _reach(row, step, at)
        result = result_of(EndCause.LOST, connected=row["connected_at"] is not None)
        ended = max(row["ended_at"], at)
        row.update(state=CallState.ENDED.value, estimated=True, result=result.value, ended_at=ended)


_LATER = {
    CallState.DIALING: (CallState.RINGING, CallState.CONNECTED),
    CallState.RINGING: (CallState.CONNECTED,),
}
