"""The contact card as one model: opens a contact, hears what happens to it, and holds the parts that act on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from callmanager.desktop.models.card.editing import Editing
from callmanager.desktop.models.card.form import typed_values
from callmanager.desktop.models.card.history import HistoryModel
from callmanager.desktop.models.card.locks import Locks
from callmanager.desktop.models.card.open_card import Mode, OpenCard
from callmanager.desktop.models.card.prohibitions import say_barred
from callmanager.desktop.models.card.saving import Saving
from callmanager.desktop.models.card.undoing import Undoing
from callmanager.desktop.models.card.words import sentence
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.outbox import Refused, Sent
from callmanager.desktop.sync_events import Applied, Heard, Status, StatusChanged
from callmanager.desktop.wire import Record
from callmanager.desktop.workplace import LeaseLost, WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError, NotFound
from callmanager.domain.texts import N_

GIVE_BACK_SECONDS = 2.0
"""So long a closing window waits for the server."""


class ContactCardModel:
    """`open`, `close` and `hear` every WorkEvent (in the window's thread); the rest is done by its parts.

    `now` is what is shown; `now.changed` tells that it is another, `now.told` what is to be shown for a moment.
    """

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self.now = OpenCard(tools, workplace)
        self.editing = Editing(self.now)
        self.locks = Locks(self.now, self.editing)
        self.undoing = Undoing(self.now)
        self.saving = Saving(self.now, self.locks, self.undoing)
        self.lifecycle = Lifecycle(self.now, self.undoing)
        self.history: HistoryModel | None = None
        self._leave_for: Callable[[], object] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a contact is shown."""
        return self.now.contact_id is not None

    @property
    def is_leaving(self) -> bool:
        """Whether the user must say what becomes of what is not saved: save, keep as a draft, forget, or stay."""
        return self._leave_for is not None

    @property
    def is_refused(self) -> bool:
        """Whether somebody else holds the open contact."""
        return self.locks.holder is not None

    def open(self, contact_id: int) -> None:
        """Show a contact, at once from the replica; what is not saved of another is asked about first."""
        if contact_id != self.now.contact_id:
            self._leave(lambda: self._show(contact_id))

    def close(self) -> None:
        """Go back from the history to the contact; else show no contact."""
        if self.history is not None:
            self.toggle_history()
        elif self.is_open:
            self._leave(self._show_none)

    def toggle_edit(self) -> None:
        """Edit, or stop editing."""
        if self.now.mode is Mode.EDITING:
            self._leave(lambda: None)
        else:
            self.editing.begin()

    def toggle_history(self) -> None:
        """Show the history of the open contact, or its fields again."""
        is_wanted = self.history is None and self.is_open
        self.history = HistoryModel(self.now, self.undoing) if is_wanted else None
        self.now.changed.emit()

    def leave_saving(self) -> None:
        """Save first, then go; stays when it cannot be saved."""
        then, self._leave_for = self._leave_for, None
        self.saving.save(lambda: self._leave(then or (lambda: None)))

    def leave_with_draft(self) -> None:
        """Go; what was typed is offered again."""
        self._go(self.editing.stop_keeping_draft)

    def leave_discarding(self) -> None:
        """Go; what was typed is forgotten."""
        self._go(self.editing.stop_discarding)

    def stay(self) -> None:
        """Go on editing."""
        self._leave_for = None
        self.now.changed.emit()

    def shut(self) -> None:
        """The window closes or the user signs out: everything typed is on the disk when this returns.

        What is held is given back; a server that does not answer soon lets it expire.
        """
        self.now.keep_draft()
        self.now.drafts.flush()
        contact_id = self.now.contact_id
        if contact_id is not None and self.now.workplace.held.find(contact_id) is not None:
            self._give_back(contact_id)

    def _give_back(self, contact_id: int) -> None:
        done = threading.Event()

        def work() -> None:
            try:
                self.now.workplace.release_contact(contact_id)
            finally:
                done.set()

        self.now.tools.background.run(work, lambda _none: None, lambda _error: None)
        done.wait(GIVE_BACK_SECONDS)

    def hear(self, event: WorkEvent) -> None:
        """Take in what the workplace tells."""
        if isinstance(event, Applied):
            self._on_applied(event)
        elif isinstance(event, Heard):
            self.locks.hear(event.event, event.payload)
        elif isinstance(event, StatusChanged):
            self._on_status(event.status)
        elif isinstance(event, LeaseLost):
            self.locks.lost(event.contact_id)
        elif isinstance(event, Sent | Refused):
            self.saving.hear(event)

    def _leave(self, then: Callable[[], object]) -> None:
        if not self.now.is_editing or self.editing.stop():
            if self.now.mode is Mode.TAKING:
                self.editing.stop_keeping_draft()
            then()
            return
        self._leave_for = then
        self.now.changed.emit()

    def _go(self, stop: Callable[[], None]) -> None:
        then, self._leave_for = self._leave_for, None
        stop()
        if then is not None:
            then()

    def _show_none(self) -> None:
        self.history = None
        self.now.clear()
        self._tell_view()
        self.now.changed.emit()

    def _show(self, contact_id: int) -> None:
        now, self.history = self.now, None
        now.clear()
        now.contact_id, now.mode = contact_id, Mode.READING
        self.locks.asked_for = None
        now.record = now.workplace.store.replica.find_contact(contact_id)
        self.saving.show_waiting()
        self._offer_draft()
        self._tell_view()
        if now.is_online:
            now.run(lambda: now.workplace.remote.get_contact(contact_id), self._refresh, self._gone)
            self._ask_what_bars(contact_id)
        now.changed.emit()

    def _ask_what_bars(self, contact_id: int) -> None:
        """A server of before tells only that it is so: nothing more is shown then."""
        now, query = self.now, {"contact_id": contact_id}

        def tell(entries: list[dict[str, Any]]) -> None:
            barred = say_barred(entries, now.names, now.tools.speech)
            if barred != now.barred:
                now.barred = barred
                now.changed.emit()

        now.run(lambda: now.workplace.remote.ask("GET", "/do-not-call", query=query).body, tell, lambda _error: None)

    def _offer_draft(self) -> None:
        now = self.now
        draft = now.drafts.find(now.contact_id) if now.contact_id is not None else None
        if draft is not None and now.record is not None:
            note = now.record["note"] if now.pending_note is None else now.pending_note
            if not adds_anything(draft.body, {**now.record, "note": note}):
                now.drafts.drop(now.record["id"])
                draft = None
        now.draft = draft

    def _refresh(self, record: Record) -> None:
        lock = record.get("lock")
        if lock is not None and self.now.workplace.held.find(record["id"]) is None:
            self.locks.hear("contact_locked", {"id": record["id"], "lock": lock})
        self.now.take_in(record)
        self.now.changed.emit()

    def _gone(self, error: CallManagerError) -> None:
        if isinstance(error, NotFound):
            self.now.record = None
            self.now.fail(error)

    def _tell_view(self) -> None:
        """The others see who looks at what. When nobody can be told, nobody sees it: nothing else depends on it."""
        workplace, contact_id = self.now.workplace, self.now.contact_id
        self.now.tools.background.run(
            lambda: workplace.live.view_contact(contact_id),
            lambda _none: None,
            lambda _error: None,
            only_newest="card.view",
        )

    def _on_applied(self, event: Applied) -> None:
        now = self.now
        if now.contact_id is None:
            return
        if now.contact_id in event.deleted.get("contact", ()):
            contact_id = now.contact_id
            now.run(lambda: now.workplace.remote.get_contact(contact_id), self._refresh_gone, self._gone)
        elif event.is_snapshot or now.contact_id in event.ids.get("contact", ()):
            record = now.workplace.store.replica.find_contact(now.contact_id)
            if record is not None and now.take_in(record):
                now.changed.emit()
                if now.is_online:
                    self._ask_what_bars(now.contact_id)
        elif event.ids.keys() - {"contact"}:
            now.changed.emit()  # a name of a person, team or campaign may be another

    def _refresh_gone(self, record: Record) -> None:
        if self.now.is_editing:
            self.locks.lost(record["id"], sentence(N_("This contact was archived. What you typed is kept as a draft.")))
        self._refresh(record)

    def _on_status(self, status: Status) -> None:
        now = self.now
        was_online, now.is_online = now.is_online, status in (Status.LIVE, Status.POLLING)
        if status is Status.LIVE and self.is_open:
            self._tell_view()
        if not now.is_online:
            self.locks.offline()
        if was_online != now.is_online:
            now.changed.emit()


def adds_anything(draft: dict[str, Any], record: Record) -> bool:
    """Whether a draft says something else than the contact does now."""
    now = typed_values(record)
    return any(name in now and now[name] != value for name, value in draft["values"].items())


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
