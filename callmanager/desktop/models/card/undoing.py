"""Takes the user's last change back, by its change set. What somebody changed since is never overwritten: refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.open_card import OpenCard
from callmanager.desktop.models.card.words import sentence
from callmanager.desktop.wire import Record
from callmanager.domain.errors import CallManagerError, Conflict
from callmanager.domain.texts import N_


@dataclass(frozen=True, slots=True)
class LastChange:
    """Which line of the log was the user's own."""

    contact_id: int
    seq: int


class Undoing:
    """`note` each change of one's own, `undo` the last."""

    def __init__(self, card: OpenCard) -> None:
        self._card = card
        self._changes: list[LastChange] = []

    @property
    def has_undo(self) -> bool:
        """Whether something of this session can be taken back."""
        return bool(self._changes)

    def note(self, record: Record, message: str) -> None:
        """The server has done it, as `record` came back; tell it with an offer to take it back."""
        change = LastChange(record["id"], record["seq"])
        self._changes.append(change)
        self._card.tell(sentence(message), N_("Undo"), lambda: self._undo(change))

    def undo(self) -> None:
        """Take the last change back."""
        if self._changes:
            self._undo(self._changes[-1])

    def undo_set(self, set_id: int, then: Callable[[], object]) -> None:
        """Take a change set of the history back."""
        self._card.tools.background.run(
            lambda: self._post(set_id), lambda answer: self._undone(answer, then), self._refused
        )

    def _undo(self, change: LastChange) -> None:
        if change not in self._changes:
            return
        self._changes.remove(change)
        self._card.changed.emit()
        self._card.tools.background.run(
            lambda: self._post(self._find_set(change)), lambda answer: self._undone(answer, lambda: None), self._refused
        )

    def _find_set(self, change: LastChange) -> int:
        """The answer to a write names its line of the log, the history knows the set of the line."""
        query = {"cursor": change.seq + 1, "limit": 1}
        lines = self._card.workplace.remote.ask("GET", f"/contacts/{change.contact_id}/history", query=query).body
        me = self._card.workplace.user.user_id
        if not lines or lines[0]["seq"] != change.seq or lines[0]["actor"]["id"] != me:
            raise Conflict("undo_unknown", N_("That change cannot be found any more. Look at the history."))
        return int(lines[0]["set_id"])

    def _post(self, set_id: int) -> Any:
        return self._card.workplace.remote.ask("POST", f"/changes/{set_id}/undo").body

    def _undone(self, answer: Any, then: Callable[[], object]) -> None:
        if answer["records"]:
            self._card.tell(sentence(N_("Undone.")))
        else:
            self._card.tell(sentence(N_("There was nothing left to undo.")))
        then()

    def _refused(self, error: CallManagerError) -> None:
        self._card.tell(error, is_error=True)
        self._card.changed.emit()
