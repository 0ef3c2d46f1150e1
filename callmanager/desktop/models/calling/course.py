"""Where the call at hand stands: its states with the steady instant of each, and what they mean in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from callmanager.desktop.models.agent_state import show_duration
from callmanager.desktop.speech import Speech
from callmanager.domain.calls import NOT_DIALLED, may_follow
from callmanager.domain.clock import from_wire
from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Confidence, EndCause

_INSTANTS = (
    (CallState.DIALING, "dialing_at"),
    (CallState.RINGING, "ringing_at"),
    (CallState.CONNECTED, "connected_at"),
    (CallState.ENDED, "ended_at"),
)
STATE_TEXTS: dict[CallState, str] = {
    CallState.REQUESTED: N_("Asking the phone"),
    CallState.DIALING: N_("Dialling"),
    CallState.RINGING: N_("Ringing %(time)s"),
    CallState.CONNECTED: N_("On the phone %(time)s"),
    CallState.ON_HOLD: N_("On hold %(time)s"),
}
CAUSE_TEXTS: dict[str, str] = {
    EndCause.HUNG_UP_HERE: N_("You hung up"),
    EndCause.HUNG_UP: N_("The other side hung up"),
    EndCause.BUSY: N_("Busy"),
    EndCause.NO_ANSWER: N_("No answer"),
    EndCause.REJECTED: N_("The call was rejected"),
    EndCause.WRONG_NUMBER: N_("The exchange knows no such number"),
    EndCause.UNREACHABLE: N_("Not reachable"),
    EndCause.FAILED: N_("Nothing was dialled"),
    EndCause.PHONE_LOST: N_("The phone program went away"),
    EndCause.CLOSED_BY_AGENT: N_("Closed by hand"),
    EndCause.UNCONFIRMED: N_("Closed by hand; the phone never confirmed that it dialled"),
    EndCause.LOST: N_("The program stopped during the call"),
    EndCause.CANCELLED: N_("Given up before dialling"),
}


@dataclass(frozen=True, slots=True)
class TimedState:
    """One state of the call; `steady` is when, by this PC's steady clock."""

    state: CallState
    confidence: Confidence
    cause: str | None
    steady: float


@dataclass(frozen=True, slots=True)
class CurrentCall:
    """The call at hand. `contact_name` and `number_text` are as people write them; `digits` are what was dialled.

    `is_by_hand`: the phone tells no states and is hung up on itself. `is_lost`: the contact is no longer held here.
    """

    call_id: int
    contact_id: int
    contact_name: str
    number_text: str
    digits: str
    driver: str
    is_by_hand: bool
    can_hang_up: bool
    steps: tuple[TimedState, ...] = ()
    is_lost: bool = False

    @property
    def state(self) -> CallState:
        return self.steps[-1].state if self.steps else CallState.REQUESTED

    @property
    def is_ended(self) -> bool:
        return self.state is CallState.ENDED

    @property
    def is_assumed(self) -> bool:
        """Whether nobody confirmed the present state."""
        return bool(self.steps) and self.steps[-1].confidence is Confidence.ASSUMED

    @property
    def cause(self) -> str | None:
        """Why it ended; a code of CAUSE_TEXTS."""
        last = self.steps[-1] if self.steps else None
        return last.cause if last is not None else None

    @property
    def has_dialled(self) -> bool:
        """Whether something may have been dialled."""
        return any(step.state not in (CallState.REQUESTED, CallState.ENDED) for step in self.steps)

    @property
    def needs_outcome(self) -> bool:
        """Whether an ended call came so far that somebody has to say what became of it."""
        return self.has_dialled or self.cause not in NOT_DIALLED

    def follow(self, step: TimedState) -> CurrentCall:
        """The call after a step; a step back or a repetition changes nothing."""
        return replace(self, steps=(*self.steps, step)) if may_follow(self.state, step.state) else self

    def seconds_in_state(self, now: float) -> int:
        """How long it has been in its state."""
        return max(0, int(now - self.steps[-1].steady)) if self.steps else 0

    def talk_seconds(self, now: float) -> float | None:
        """How long they talked or have been talking, without holds; None when nobody answered."""
        begun, total = None, 0.0
        for step in self.steps:
            if begun is not None:
                total += step.steady - begun
            begun = step.steady if step.state is CallState.CONNECTED else None
        if begun is not None:
            total += max(0.0, now - begun)
        return total if any(step.state is CallState.CONNECTED for step in self.steps) else None

    def describe(self, speech: Speech, now: float) -> str:
        """`On the phone 1:23`, and that it is not confirmed where it is not."""
        if self.is_ended:
            said = speech.say(CAUSE_TEXTS.get(self.cause or "", N_("The call is over")))
        else:
            said = speech.say(STATE_TEXTS[self.state], time=show_duration(self.seconds_in_state(now)))
        return speech.say(N_("%(state)s (not confirmed)"), state=said) if self.is_assumed else said


def name_of(record: Mapping[str, Any] | None) -> str:
    """Whom a call is about; "" for nobody, or for somebody without a name."""
    return "" if record is None else str(record["name"] or record["company"] or "")


def read_call(call: Mapping[str, Any], contact_name: str, now: datetime, steady: float) -> CurrentCall:
    """A call of an earlier run, as the server has it: the phone that made it is not asked any more. `steady` is what
    the steady clock shows at `now`."""
    confidence = Confidence.ASSUMED if call["estimated"] else Confidence.OBSERVED
    steps = [
        TimedState(
            state,
            confidence,
            call["cause"] if state is CallState.ENDED else None,
            steady - max(0.0, (now - from_wire(call[name])).total_seconds()),
        )
        for state, name in _INSTANTS
        if call[name] is not None
    ]
    return CurrentCall(
        call_id=int(call["id"]),
        contact_id=int(call["contact_id"]),
        contact_name=contact_name,
        number_text=str(call["number"]),
        digits="",
        driver=str(call["driver"]),
        is_by_hand=True,
        can_hang_up=False,
        steps=tuple(steps),
    )
