"""Takes the lease of the open contact and gives it back; between the two the user types. Saving is saving.py's."""

from __future__ import annotations

from typing import Any

from callmanager.desktop.models.card.form import Form
from callmanager.desktop.models.card.open_card import Mode, OpenCard
from callmanager.desktop.models.card.words import sentence
from callmanager.desktop.observing import Signal
from callmanager.desktop.wire import Record
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

OFFLINE_FIELDS = frozenset({"note"})
"""What may be typed while the server is away."""


class Editing:
    """`begin` and `stop`; `type_in` for each keystroke."""

    def __init__(self, card: OpenCard) -> None:
        self._card = card
        self.refused: Signal[[CallManagerError]] = Signal()

    def begin(self) -> None:
        """Take the contact, to edit it. A draft that is offered stays offered."""
        self._take(with_draft=False)

    def resume(self) -> None:
        """Take the contact and go on with the draft."""
        self._take(with_draft=True)

    def drop_draft(self) -> None:
        """The user gives the draft up."""
        card = self._card
        if card.contact_id is not None and card.draft is not None:
            card.drafts.drop(card.contact_id)
            card.draft = None
            card.changed.emit()

    def use_draft(self) -> None:
        """Put the draft over what is being edited."""
        card = self._card
        if card.is_editing and card.record is not None and card.draft is not None:
            card.form = Form.resumed(card.record, card.draft.body, card.draft.version)
            card.draft = None
            card.changed.emit()

    def enter(self, record: Record, *, with_draft: bool) -> None:
        """The contact is held here now, and stands as `record` says."""
        card = self._card
        card.mode, card.record, card.problem, card.field_errors = Mode.EDITING, record, None, {}
        card.form = Form(record)
        if with_draft:
            self.use_draft()
        card.changed.emit()

    def type_in(self, name: str, value: Any) -> None:
        """The user has changed a field."""
        card = self._card
        if not self.can_type(name) or card.form is None or not card.form.put(name, value):
            return
        assert card.contact_id is not None
        card.field_errors.pop(name, None)
        card.saved_at = None
        if card.draft is not None:
            card.draft = None  # what is typed takes its place
        card.workplace.held.note_work(card.contact_id)
        card.keep_draft()
        card.changed.emit()

    def can_type(self, name: str) -> bool:
        """Whether a field may be changed now."""
        card = self._card
        return card.is_editing and (card.is_online or name in OFFLINE_FIELDS)

    def stop(self) -> bool:
        """Give the contact back. False when something is not saved: the user has to say what becomes of it."""
        if self._card.has_unsaved or self._card.is_saving:
            return False
        self._end()
        return True

    def stop_keeping_draft(self) -> None:
        """Give the contact back; what was typed is offered when it is opened again."""
        self._end()

    def stop_discarding(self) -> None:
        """Give the contact back and forget what was typed."""
        card = self._card
        if card.contact_id is not None and card.record is not None and card.form is not None:
            card.form = Form(card.record)
        self._end()

    def _end(self) -> None:
        card = self._card
        if card.mode in (Mode.EDITING, Mode.TAKING) and card.contact_id is not None:
            self.give_back(card.contact_id)
            card.read_only()
            card.problem = None
            card.changed.emit()

    def give_back(self, contact_id: int) -> None:
        """Release a contact behind the user's back; a server that cannot be told lets it expire."""
        card = self._card
        work = card.workplace.release_contact
        card.tools.background.run(lambda: work(contact_id), lambda _none: None, lambda _error: None)

    def _take(self, *, with_draft: bool) -> None:
        card = self._card
        contact_id = card.contact_id
        if card.mode is not Mode.READING or contact_id is None or card.is_archived:
            return
        if not card.is_online:
            card.problem = sentence(N_("The server does not answer. Editing works again when it does."))
            card.changed.emit()
            return
        card.mode, card.problem = Mode.TAKING, None
        card.changed.emit()
        card.tools.background.run(
            lambda: self._take_and_read(contact_id),
            lambda record: self._taken(contact_id, record, with_draft=with_draft),
            lambda error: self._refused(contact_id, error),
        )

    def _take_and_read(self, contact_id: int) -> Record:
        """Editing begins with the contact as it is, not as the replica had it."""
        workplace = self._card.workplace
        workplace.take_contact(contact_id)
        try:
            return workplace.remote.get_contact(contact_id)
        except CallManagerError:
            workplace.release_contact(contact_id)
            raise

    def _taken(self, contact_id: int, record: Record, *, with_draft: bool) -> None:
        card = self._card
        if card.contact_id != contact_id or card.mode is not Mode.TAKING:
            if card.contact_id != contact_id or card.mode is Mode.READING:
                self.give_back(contact_id)  # the user has gone elsewhere meanwhile
            return
        self.enter(record, with_draft=with_draft)

    def _refused(self, contact_id: int, error: CallManagerError) -> None:
        card = self._card
        if card.contact_id == contact_id and card.mode is Mode.TAKING:
            card.mode, card.problem = Mode.READING, error
            self.refused.emit(error)
            card.changed.emit()
