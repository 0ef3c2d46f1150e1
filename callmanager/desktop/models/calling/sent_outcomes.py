"""Outcomes on their way to the server: the contact is given back when one has arrived, and one can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.leases import CALL
from callmanager.desktop.models.calling.course import CurrentCall
from callmanager.desktop.models.calling.outcome import ChosenOutcome
from callmanager.desktop.models.calling.reporting import Reporter
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.outbox import Refused, Sent
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError


@dataclass(frozen=True, slots=True)
class SavedOutcome:
    """What the agent saved, and how it was typed, should he want it back."""

    number: int
    call: CurrentCall
    typed: dict[str, Any]


class Outcomes:
    """`is_needed(contact_id)`: whether the contact is held for another call by now, so that it is not given back."""

    def __init__(
        self, tools: Tools, workplace: Workplace, reporter: Reporter, is_needed: Callable[[int], bool]
    ) -> None:
        self._tools, self._workplace, self._reporter = tools, workplace, reporter
        self._is_needed = is_needed
        self._waiting: dict[int, int] = {}

    def save(self, call: CurrentCall, given: ChosenOutcome, typed: dict[str, Any]) -> SavedOutcome:
        """Send an outcome; it is on the disk when this returns."""
        number = self._reporter.outcome(call, given)
        self.give_back_after(number, call.contact_id)
        return SavedOutcome(number, call, typed)

    def give_back_after(self, number: int, contact_id: int) -> None:
        """Give the contact back when the server has answered that request."""
        self._waiting[number] = contact_id

    def undo(
        self, saved: SavedOutcome, then: Callable[[], object], failed: Callable[[CallManagerError], object]
    ) -> None:
        """Take an outcome back: at once while it has not gone out, else at the server."""
        if self._reporter.withdraw(saved.number):
            self._waiting.pop(saved.number, None)
            then()
            return
        self._tools.background.run(lambda: self._delete(saved), lambda _none: then(), failed)

    def hear(self, event: Sent | Refused) -> bool:
        """The server has answered; whether it was something of a call whose contact was to be given back."""
        contact_id = self._waiting.pop(event.item.number, None)
        if contact_id is not None and not self._is_needed(contact_id):
            self.give_back(contact_id)
        return contact_id is not None

    def give_back(self, contact_id: int) -> None:
        """Release a contact behind the user's back."""
        work = self._workplace.release_contact
        self._tools.background.run(lambda: work(contact_id, CALL), lambda _none: None, lambda _error: None)

    def hold_again(self, contact_id: int, then: Callable[[], object] = lambda: None) -> None:
        """Take the contact for the rest of the call or its wrap-up, if it is free: others see it."""
        take = self._workplace.take_contact
        self._tools.background.run(lambda: take(contact_id, CALL), lambda _lease: then(), lambda _error: None)

    def _delete(self, saved: SavedOutcome) -> None:
        self._workplace.remote.ask("DELETE", f"/calls/{saved.call.call_id}/disposition")
