"""Archives the open contact and brings it back."""

from __future__ import annotations

from callmanager.desktop.models.card.open_card import OpenCard
from callmanager.desktop.models.card.undoing import Undoing
from callmanager.desktop.models.card.words import sentence
from callmanager.desktop.wire import Record
from callmanager.domain.texts import N_


class Lifecycle:
    """`archive` (after the view has asked) and `restore`."""

    def __init__(self, card: OpenCard, undoing: Undoing) -> None:
        self._card, self._undoing = card, undoing

    def archive(self) -> None:
        """Archive the contact as it is shown."""
        card = self._card
        if card.record is None or card.has_unsaved:
            return
        contact_id, version = card.record["id"], card.record["version"]
        lease = card.workplace.held.find(contact_id)

        def work() -> Record:
            answer = card.workplace.remote.ask("DELETE", f"/contacts/{contact_id}", version=version, lease=lease)
            card.workplace.held.forget(contact_id)  # the lease ends with the contact
            record: Record = answer.body
            return record

        card.run(work, self._archived, card.fail)

    def restore(self) -> None:
        """Bring the contact back."""
        card = self._card
        if card.record is not None:
            path = f"/contacts/{card.record['id']}/restore"
            card.run(lambda: card.workplace.remote.ask("POST", path).body, self._restored, card.fail)

    def _archived(self, record: Record) -> None:
        if self._card.is_editing:
            self._card.read_only()
        self._card.problem = None
        self._card.take_in(record)
        self._undoing.note(record, N_("Archived."))
        self._card.changed.emit()

    def _restored(self, record: Record) -> None:
        self._card.take_in(record)
        self._card.problem = None
        self._card.tell(sentence(N_("Restored.")))
        self._card.changed.emit()
