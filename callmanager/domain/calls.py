"""The words of calls: how far they get, why they end, what came of them, and the times that follow. Pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

BY_HAND = "by_hand"
"""The driver of a call that somebody made on another phone and wrote down afterwards."""


class CallState(StrEnum):
    """As softphones.CallState: a call moves forward only, except between connected and on_hold."""

    REQUESTED = "requested"
    DIALING = "dialing"
    RINGING = "ringing"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    ENDED = "ended"


class EndCause(StrEnum):
    """As softphones.EndCause, and two that the server knows: `lost` (its window fell silent) and `cancelled`."""

    HUNG_UP_HERE = "hung_up_here"
    HUNG_UP = "hung_up"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    WRONG_NUMBER = "wrong_number"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    PHONE_LOST = "phone_lost"
    CLOSED_BY_AGENT = "closed_by_agent"
    UNCONFIRMED = "unconfirmed"
    LOST = "lost"
    CANCELLED = "cancelled"


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


def result_of(cause: EndCause, *, connected: bool) -> CallResult:
    """What came of a call that ended so."""
    return CallResult.ANSWERED if connected else _UNANSWERED[cause]


def was_dialled(call: Mapping[str, Any]) -> bool:
    """Whether the phone was heard to dial."""
    return any(call[name] is not None for name in ("dialing_at", "ringing_at", "connected_at"))


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
    lasted: timedelta = ended - connected - timedelta(milliseconds=call["held_milliseconds"])
    return max(lasted, timedelta())


def wrap_up_of(call: Mapping[str, Any]) -> timedelta | None:
    """From the end of a call to its disposition; None before, and where it was not work in a row: a call that was lost
    or written down afterwards."""
    ended, done = call["ended_at"], call["dispositioned_at"]
    if ended is None or done is None or call["driver"] == BY_HAND or call["cause"] == EndCause.LOST:
        return None
    lasted: timedelta = done - ended
    return max(lasted, timedelta())


def seconds_of(span: timedelta | None) -> float | None:
    """To the millisecond, as instants are kept."""
    return None if span is None else round(span / timedelta(seconds=1), 3)


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
