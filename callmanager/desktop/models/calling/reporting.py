"""Tells the server of the call at hand through the outbox, and keeps on the disk what is typed of its outcome.

Everything is on the disk before it is sent, so neither a server that restarts nor a program that is killed loses it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from callmanager.desktop.models.calling.course import CurrentCall, TimedState
from callmanager.desktop.models.calling.outcome import ChosenOutcome
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import CallManagerError


class Reporter:
    """`step` and `outcome` return the number of the request in the outbox."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self._turn, self._disk = threading.Lock(), threading.Lock()
        self._drafts: dict[str, dict[str, Any] | None] = {}

    def step(self, call: CurrentCall, step: TimedState) -> int:
        """A state of the call."""
        told: dict[str, Any] = {"state": step.state.value, "confidence": step.confidence.value}
        if step.cause is not None:
            told["cause"] = str(step.cause)
        told.update(self._workplace.outbox.moments.mark(step.steady))
        return self._put("PATCH", f"/calls/{call.call_id}", {"steps": [told]}, call)

    def outcome(self, call: CurrentCall, given: ChosenOutcome) -> int:
        """What came of it. The agent was asked here already what is odd."""
        told = {**given.to_wire(anyway=True), **self._workplace.outbox.moments.mark()}
        return self._put("POST", f"/calls/{call.call_id}/disposition", told, call)

    def withdraw(self, number: int) -> bool:
        """Take back what has not gone out; False when it may have."""
        return self._workplace.outbox.withdraw(number)

    def keep_draft(self, call_id: int, draft: dict[str, Any] | None) -> None:
        """Have what is typed on the disk soon; None: forget it."""
        with self._turn:
            self._drafts[_name(call_id)] = draft
        self._tools.background.run(self._write_drafts, lambda _none: None, _keep)

    def flush(self) -> None:
        """Return when what was typed is on the disk."""
        self._write_drafts()

    def find_draft(self, call_id: int) -> Mapping[str, Any] | None:
        """What was typed for a call before the program ended."""
        self.flush()
        found = self._workplace.store.work.find_draft(_name(call_id))
        return None if found is None else found.body

    def _write_drafts(self) -> None:
        """The newest wishes, in one thread at a time, so that an older one never comes last."""
        with self._disk:
            with self._turn:
                wanted, self._drafts = self._drafts, {}
            work, now = self._workplace.store.work, to_wire(self._tools.clock.now())
            for name, draft in wanted.items():
                if draft is None:
                    work.drop_draft(name)
                else:
                    work.save_draft(name, draft, now=now)

    def _put(self, method: str, path: str, body: Any, call: CurrentCall) -> int:
        number = self._workplace.outbox.put(
            method, path, body, about=call.contact_name or call.number_text, contact_id=call.contact_id
        )
        self._workplace.send_soon()
        return number


def _name(call_id: int) -> str:
    return f"call:{call_id}"


def _keep(_error: CallManagerError) -> None:
    """A draft that cannot be written stays in the window."""
