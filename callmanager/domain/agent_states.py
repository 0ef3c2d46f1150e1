"""The states that a person's working time is made of, the reasons of pauses, and how intervals add up. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"


STATE_NAMES: dict[AgentState, str] = {
    AgentState.OFFLINE: N_("Offline"),
    AgentState.READY: N_("Ready"),
    AgentState.ON_CALL: N_("On a call"),
    AgentState.WRAP_UP: N_("Wrapping up"),
    AgentState.NOT_READY: N_("Not ready"),
}

CHOSEN = frozenset({AgentState.READY, AgentState.NOT_READY})
"""What a person may choose for himself or another; the rest comes from connections and calls."""

SIGNED_IN = "signed_in"
"""The reason of whoever has just signed in and has not said yet that he is ready. Nobody chooses it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is not ready. `productive`: it is work, though no call can reach him."""

    name: str
    productive: bool


REASONS: dict[str, Reason] = {
    "restroom": Reason(N_("Restroom"), productive=False),
    "lunch": Reason(N_("Lunch"), productive=False),
    "break": Reason(N_("Break"), productive=False),
    "meeting": Reason(N_("Meeting"), productive=True),
    "training": Reason(N_("Training"), productive=True),
    "paperwork": Reason(N_("Paperwork"), productive=True),
    "technical_problem": Reason(N_("Technical problem"), productive=False),
    SIGNED_IN: Reason(N_("Just signed in"), productive=False),
}
REASONS_CHOSEN = tuple(code for code in REASONS if code != SIGNED_IN)


def check_choice(state: str, reason: str | None) -> tuple[AgentState, str | None]:
    """A state that a person may choose, with the reason that only `not_ready` has and must have. Raises Invalid."""
    if state not in CHOSEN:
        raise Invalid(
            "state_not_chosen",
            N_("The state must be ready or not_ready. The others follow from connections and calls."),
            fields={"field": "state", "allowed": sorted(CHOSEN)},
        )
    chosen = AgentState(state)
    if chosen is AgentState.READY and reason is None:
        return chosen, None
    if chosen is AgentState.READY or reason not in REASONS_CHOSEN:
        raise Invalid(
            "state_reason_unknown",
            N_("Only not_ready has a reason, and it needs one of: %(known)s."),
            fields={"field": "reason", "allowed": list(REASONS_CHOSEN)},
            known=", ".join(REASONS_CHOSEN),
        )
    return chosen, reason


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of somebody's time in one state; `ended_at` is None while it lasts."""

    state: AgentState
    reason: str | None
    started_at: datetime
    ended_at: datetime | None

    def within(self, start: datetime, end: datetime) -> Interval:
        """The part of it between two instants; one that lasts is cut at `end`."""
        ended = end if self.ended_at is None else min(self.ended_at, end)
        begun = max(self.started_at, start)
        return Interval(self.state, self.reason, begun, max(begun, ended))


def whole_seconds(interval: Interval) -> int:
    """How long a closed interval was, counted between whole seconds, so that intervals in a row add up exactly."""
    assert interval.ended_at is not None, "the interval still lasts"
    return (_floor(interval.ended_at) - _floor(interval.started_at)) // timedelta(seconds=1)


def _floor(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class DaySums:
    """Seconds by state and, of `not_ready`, by reason. `login` is all of it but `offline`."""

    states: dict[AgentState, int]
    reasons: dict[str, int]
    login: int
    productive_pause: int


def sum_intervals(intervals: Iterable[Interval]) -> DaySums:
    """Add closed intervals up."""
    states = dict.fromkeys(AgentState, 0)
    reasons: dict[str, int] = {}
    for interval in intervals:
        seconds = whole_seconds(interval)
        states[interval.state] += seconds
        if interval.reason is not None:
            reasons[interval.reason] = reasons.get(interval.reason, 0) + seconds
    login = sum(seconds for state, seconds in states.items() if state is not AgentState.OFFLINE)
    productive = sum(seconds for code, seconds in reasons.items() if code in REASONS and REASONS[code].productive)
    return DaySums(states, reasons, login, productive)
