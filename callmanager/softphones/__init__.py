"""The contract of every softphone: what a driver is asked, what it tells, and how sure it is.

A driver dials through a program or an exchange; it never carries voice, never decides whether a call may be made
(`guards`) and never chooses the digits (`formats`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from callmanager.domain.calls import CallState, EndCause

__all__ = [
    "MOST_SECONDS_OF_AN_ANSWER",
    "CallEvent",
    "CallState",
    "Capabilities",
    "Confidence",
    "EndCause",
    "Health",
    "HealthState",
    "Softphone",
    "States",
    "Tell",
]

MOST_SECONDS_OF_AN_ANSWER = 8.0
"""No method of a driver keeps its caller longer; what takes longer is told by an event."""


class Confidence(StrEnum):
    """Whether the phone said so, or the driver takes it to be so. Talk time from an assumed state is an estimate."""

    OBSERVED = "observed"
    ASSUMED = "assumed"


class HealthState(StrEnum):
    """What `probe` found. Only `ready` means that a dial may be tried."""

    READY = "ready"
    NOT_RUNNING = "not_running"
    NOT_LOGGED_IN = "not_logged_in"
    UI_CHANGED = "ui_changed"
    ACCESS_DENIED = "access_denied"
    DESKTOP_LOCKED = "desktop_locked"
    UNKNOWN = "unknown"


class States(StrEnum):
    """How much of a call's course a driver tells."""

    NONE = "none"
    COARSE = "coarse"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Health:
    """The phone as it stands. `detail` and `advice` are English msgids, filled from `params`; `advice` may be empty.
    `is_starting`: what works the phone is still being started, so ask again at once; each `probe` waits for it."""

    state: HealthState
    detail: str
    advice: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    is_starting: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Whether a phone can be hung up from here, and which states it tells."""

    hang_up: bool = False
    states: States = States.NONE


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One step of a call. `cause` is set on `ended` only, and there always; `at` is aware UTC."""

    call_id: str
    state: CallState
    cause: EndCause | None
    at: datetime
    confidence: Confidence


Tell = Callable[[CallEvent], None]
"""Receives the events of a driver: in order, never two at once, on any thread.

It must return at once, and neither raise nor call the driver, whose own thread it may be on: it posts the event on.
"""


class Softphone(Protocol):
    """One phone. Thread-safe; at most one live call; each call ends exactly once."""

    name: str
    capabilities: Capabilities

    def probe(self) -> Health:
        """Say whether the phone can dial now. Changes nothing and never raises for a phone that is not there."""
        ...

    def dial(self, call_id: str, number: str) -> str:
        """Dial `number`, digits in this phone's form (`formats`), and return when the phone has taken it.

        Returns what the agent must copy and dial himself; "" where the phone dials.
        Raises Invalid (number_not_dialable), Conflict (call_live) and Unavailable. With its code
        `dial_unconfirmed` the phone may have dialled: the call stays live and must be closed by hang_up or
        close_by_hand. With any other code nothing was dialled and the call is ended (failed).
        """
        ...

    def hang_up(self, call_id: str) -> None:
        """End the call; without effect on one that has just ended.

        Raises NotFound (call_unknown), Invalid (hang_up_by_hand) on a phone that cannot, and Unavailable.
        """
        ...

    def close_by_hand(self, call_id: str) -> None:
        """Take the agent's word that the call is over: ended, assumed. The phone is not touched.

        The cause is closed_by_agent, or unconfirmed when the phone never said that it dials.

        Raises NotFound (call_unknown).
        """
        ...

    def close(self) -> None:
        """Let go of threads, sockets and processes. A call that is up goes on; no event follows."""
        ...
