"""Hears what a driver tells, from whichever thread, and waits for what must come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Condition

from callmanager.softphones import CallEvent, CallState, EndCause

PATIENCE_SECONDS = 15.0


class Heard:
    """The events of one driver in the order told; fails when two are told at once."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []
        self._changed = Condition()
        self._telling = False

    def __call__(self, event: CallEvent) -> None:
        assert not self._telling, "two events at once"
        self._telling = True
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        self._telling = False

    def of(self, call_id: str) -> list[CallEvent]:
        return [event for event in self.events if event.call_id == call_id]

    def states(self, call_id: str) -> list[CallState]:
        return [event.state for event in self.of(call_id)]

    def wait(self, call_id: str, state: CallState) -> CallEvent:
        """The event that brings the call to `state`."""
        self.wait_for(lambda: state in self.states(call_id), f"{call_id} {state}")
        return next(event for event in self.of(call_id) if event.state is state)

    def wait_for(self, reached: Callable[[], bool], what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(reached, PATIENCE_SECONDS), f"no {what} in {self.events}"

    def ending(self, call_id: str) -> EndCause:
        cause = self.wait(call_id, CallState.ENDED).cause
        assert cause is not None
        return cause

    def at(self, call_id: str, state: CallState) -> datetime:
        return self.wait(call_id, state).at
