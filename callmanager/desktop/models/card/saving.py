"""Saves what was typed: at the server at once or, for a note while the server is away, by the outbox.

Nothing is called saved before the server said so. What is refused stays in the form and in the draft.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callmanager.desktop.models.card.dispute import Dispute
from callmanager.desktop.models.card.editing import OFFLINE_FIELDS
from callmanager.desktop.models.card.form import field_of
from callmanager.desktop.models.card.locks import Locks
from callmanager.desktop.models.card.open_card import OpenCard
from callmanager.desktop.models.card.undoing import Undoing
from callmanager.desktop.models.card.words import local_clock, sentence
from callmanager.desktop.outbox import Refused, Sent
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.wire import Record
from callmanager.domain.errors import CallManagerError, Invalid, Locked, NotFound, Unavailable
from callmanager.domain.texts import N_

Given = dict[str, Any]


class Saving:
    """`save`, and the conflict that may come of it."""

    def __init__(self, card: OpenCard, locks: Locks, undoing: Undoing) -> None:
        self._card, self._locks, self._undoing = card, locks, undoing
        self._last_try: tuple[Given, int, str] | None = None
        self._then: Callable[[], object] | None = None
        self.conflict: Dispute | None = None

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Send what was typed; `then` once it is saved (leaving, for example)."""
        card = self._card
        if not card.is_editing or card.form is None or card.is_saving:
            return
        self._then = then
        card.field_errors, card.problem = {}, None
        try:
            given = card.form.to_wire()
        except Invalid as error:
            self._failed(error)
            return
        if not given:
            self._finish()
        elif card.is_online:
            self._send(given, card.form.changed, card.form.version)
        else:
            self._queue(given)
        card.changed.emit()

    def settle_conflict(self) -> None:
        """Save again with what was chosen per field."""
        conflict, self.conflict = self.conflict, None
        if conflict is not None and self._card.form is not None:
            conflict.settle()
            self._card.keep_draft()
            self.save(self._then)

    def leave_conflict(self) -> None:
        """Decide later: the form stays as it is."""
        self.conflict = None
        self._then = None
        self._card.changed.emit()

    def show_waiting(self) -> None:
        """What of the open contact still waits in the outbox."""
        card = self._card
        waiting = self._waiting_notes()
        card.pending_note = waiting[-1] if waiting else None

    def hear(self, event: Sent | Refused) -> None:
        """The outbox has sent something."""
        card = self._card
        if card.contact_id is None or event.item.path != f"/contacts/{card.contact_id}":
            return  # another's, or of a call of his
        self.show_waiting()
        if isinstance(event, Sent):
            if isinstance(event.answer.body, dict) and "version" in event.answer.body:
                card.take_in(event.answer.body)
            card.saved_at = card.now()
        else:
            card.problem = sentence(
                N_("The note was not accepted: %(why)s It is kept under Needs attention (F9)."), why=event.error
            )
        card.changed.emit()

    def _send(self, given: Given, typed: Given, version: int) -> None:
        card, contact_id = self._card, self._card.contact_id
        assert contact_id is not None
        key = self._key(given, version)
        lease = card.workplace.held.find(contact_id)
        card.is_saving = True
        card.run(
            lambda: (
                card.workplace.remote.ask(
                    "PATCH", f"/contacts/{contact_id}", body=given, version=version, key=key, lease=lease
                ).body
            ),
            lambda record: self._saved(record, typed, version),
            self._failed,
        )

    def _key(self, given: Given, version: int) -> str:
        """The same for the same once more: when an answer was lost, it is not done twice."""
        if self._last_try is None or self._last_try[:2] != (given, version):
            self._last_try = (given, version, new_key())
        return self._last_try[2]

    def _saved(self, record: Record, typed: Given, version: int) -> None:
        card = self._card
        self._last_try = None
        card.is_saving, card.saved_at = False, card.now()
        if card.form is not None:
            card.form.accept(typed, record)
        card.take_in(record)
        card.keep_draft()
        if record["version"] != version:
            self._undoing.note(record, N_("Saved."))
        self._finish()

    def _finish(self) -> None:
        then, self._then = self._then, None
        self._card.changed.emit()
        if then is not None:
            then()

    def _failed(self, error: CallManagerError) -> None:
        card = self._card
        card.is_saving = False
        self._last_try = self._last_try if isinstance(error, Unavailable) else None
        field = field_of(error) if isinstance(error, Invalid) else None
        if isinstance(error, Invalid) and field is not None:
            card.field_errors[field] = error
        elif error.code == "version_conflict":
            self._open_conflict(error)
            return
        elif isinstance(error, Locked | NotFound) or error.code == "lease_lost":
            self._locks.refused(error)
            self._locks.lost(card.contact_id or 0)
        elif isinstance(error, Unavailable) and card.form is not None and self._is_note_only(card.form.changed):
            self._queue(card.form.to_wire())
        else:
            card.problem = error
        self._then = None
        card.changed.emit()

    def _open_conflict(self, error: CallManagerError) -> None:
        card, contact_id = self._card, self._card.contact_id
        disputed = error.fields.get("disputed") or {}

        def compare(record: Record) -> None:
            if card.form is not None:
                card.record = record
                self.conflict = Dispute(card.names, card.form, record, disputed)
                card.changed.emit()

        card.run(lambda: card.workplace.remote.get_contact(contact_id or 0), compare, card.fail)

    @staticmethod
    def _is_note_only(names: Given) -> bool:
        return bool(names) and names.keys() <= OFFLINE_FIELDS

    def _queue(self, given: Given) -> None:
        """The note waits in the outbox; other fields stay as a draft until the server is back."""
        card, contact_id = self._card, self._card.contact_id
        assert card.form is not None
        assert contact_id is not None
        if "note" in given:
            card.workplace.outbox.put(
                "PATCH",
                f"/contacts/{contact_id}",
                {"note": given["note"]},
                version=card.form.version + len(self._waiting_notes()),
                about=str(card.form["name"] or card.form["phones"][0]["number"]),
                contact_id=contact_id,
            )
            card.form.note_sent("note")
            card.keep_draft()
            card.workplace.send_soon()
            self.show_waiting()
        if card.form.changed:
            card.problem = sentence(
                N_("The server does not answer. Only the note is sent later; the rest is kept as a draft.")
            )
            self._then = None
        else:
            self._finish()

    def _waiting_notes(self) -> list[str]:
        """The notes of the open contact that wait in the outbox, oldest first."""
        items, path = self._card.workplace.store.work.list_waiting(), f"/contacts/{self._card.contact_id}"
        mine = [item for item in items if item.path == path and isinstance(item.body, dict)]
        return [str(item.body["note"]) for item in mine if "note" in item.body]


def saved_words(card: OpenCard) -> tuple[str, dict[str, str]] | None:
    """What the card says about what is saved: a msgid with its values, or None."""
    if card.is_saving:
        return N_("Saving…"), {}
    if card.pending_note is not None:
        return N_("The note waits for the server."), {}
    if card.has_unsaved:
        return N_("Not saved yet"), {}
    return None if card.saved_at is None else (N_("Saved %(time)s"), {"time": local_clock(card.saved_at)})
