"""The list of contacts: what is searched, filtered and sorted, which rows that gives, and which one is chosen.

The rows come from the replica; ids of the view are found in a thread, what is on the screen is read when it is drawn.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from callmanager.desktop.models.listing.archived import find_archived
from callmanager.desktop.models.listing.cells import Cells, ListedRow, show_number
from callmanager.desktop.models.listing.columns import ColumnChoice, check_columns
from callmanager.desktop.models.listing.memory import MOST_VIEWS, ListMemory, Memory
from callmanager.desktop.models.listing.names import Names
from callmanager.desktop.models.presence import PresenceModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.sync_events import Applied, Progress, Status, StatusChanged
from callmanager.desktop.wire import Record
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

REFRESH_SECONDS = 0.1
"""During an import the list is read anew so often at most."""
DRAW_SECONDS = 0.02
"""What has changed on the screen is drawn first."""


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """The ids of a view in its order, and how many contacts there are in all."""

    view: ContactView
    ids: array[int]
    total: int
    archived: Mapping[int, Record] = field(default_factory=dict)


class ContactListModel:
    """`changed(is_other_view)`: rows are others, or say something else. `framed`: filters, order, columns or saved
    views are others. `selected_changed`, and `opened(contact_id)` for who shows the card."""

    def __init__(self, tools: Tools, workplace: Workplace, presence: PresenceModel, memory: Memory) -> None:
        self.tools, self.presence = tools, presence
        self._workplace, self._replica = workplace, workplace.store.replica
        self._memory = ListMemory(memory, workplace.remote.address, workplace.user.username)
        self.names = Names(self._replica)
        self._cells = Cells(tools.speech, self.names, workplace.user.region)
        self._view = self._memory.view
        self._found = FoundContacts(self._view, array("q"), 0)
        self._is_read = self._is_reading = self._is_stale = False
        self._hurry = threading.Event()
        self._read_at = 0.0
        self._status = workplace.sync.status
        self._progress: Progress | None = None
        self._selected: int | None = None
        self._problem: CallManagerError | None = None
        self.changed: Signal[[bool]] = Signal()
        self.framed: Signal[[]] = Signal()
        self.selected_changed: Signal[[]] = Signal()
        self.opened: Signal[[int]] = Signal()
        presence.changed.connect(self._hear_presence)
        self._hurry.set()
        self._read()

    @property
    def view(self) -> ContactView:
        """What is searched, filtered and sorted by; `text` as it was typed."""
        return self._view

    @property
    def my_id(self) -> int:
        """For the filter `mine`."""
        return self._workplace.user.user_id

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self._found.ids)

    @property
    def total(self) -> int:
        """How many contacts there are without search and filters."""
        return self._found.total

    @property
    def is_filtered(self) -> bool:
        """Whether contacts may be left out."""
        return not self._view.is_everything

    @property
    def is_waiting(self) -> bool:
        """Whether the rows are still those of another view, or none were read yet."""
        return not self._is_read or self._found.view != self._view

    @property
    def selected(self) -> int | None:
        """The id of the chosen contact."""
        return self._selected

    @property
    def columns(self) -> ColumnChoice:
        """What is shown of each contact."""
        return self._memory.columns

    @property
    def saved_views(self) -> dict[str, ContactView]:
        """By name, as they were saved on this PC by this user."""
        return dict(self._memory.views)

    @property
    def count_text(self) -> str:
        """`1.234 de 100.000`."""
        say, speech = self.tools.speech.say, self.tools.speech
        if not self._is_read:
            return ""
        count, total = show_number(self.count, speech), show_number(self.total, speech)
        if self._found.view.is_archived:
            return say(N_("%(count)s archived contacts"), count=count)
        if not self._found.view.is_everything:
            return say(N_("%(count)s of %(total)s contacts"), count=count, total=total)
        return say(N_("1 contact")) if self.total == 1 else say(N_("%(count)s contacts"), count=total)

    @property
    def progress_text(self) -> str:
        """How far the first loading is; "" when there is none under way."""
        if self._progress is None or self._progress.total <= 0:
            return ""
        percent = min(100, 100 * self._progress.done // self._progress.total)
        count = show_number(self.total, self.tools.speech)
        return self.tools.speech.say(
            N_("Loading the contacts: %(count)s so far (%(percent)s %%)"), count=count, percent=percent
        )

    @property
    def empty_text(self) -> str:
        """Why there are no rows; "" when there are some."""
        if self.count:
            return ""
        say = self.tools.speech.say
        if self.is_waiting:
            return say(N_("Searching…") if self.is_filtered else N_("Loading…"))
        if self._view.is_archived:
            nothing = say(N_("No archived contact fits what you look for."))
            return nothing if self._problem is None else self.tools.speech.explain(self._problem)
        if self.is_filtered and self.total:
            return say(N_("No contact fits what you look for."))
        return self._loading_text() if self._replica.is_loading else say(N_("There are no contacts yet."))

    @property
    def empty_hint(self) -> str:
        """What to do about it."""
        if not self.empty_text or self.is_waiting:
            return ""
        say = self.tools.speech.say
        if self.is_filtered and (self.total or self._view.is_archived):
            return say(N_("Look for fewer letters, or show all contacts (Ctrl+Shift+K)."))
        if self._replica.is_loading:
            return say(N_("They stay on this PC: the next start is immediate."))
        return say(N_("Import a list (Ctrl+I) or create a contact (Ctrl+N), or ask whoever may."))

    def fetch(self, offset: int, limit: int) -> list[ListedRow]:
        """Rows from `offset` on, as they are in the replica at this moment."""
        ids, archived = self._found.ids[offset : offset + limit], self._found.archived
        records = [archived[x] for x in ids] if archived else self._replica.find_contacts(ids)
        now = self.tools.clock.now()
        badge = self.presence.badge
        return [self._cells.row_of(x, badge(x["id"]), now) for x in records]

    def position_of(self, contact_id: int) -> int | None:
        """Where a contact stands in the list."""
        try:
            return self._found.ids.index(contact_id)
        except ValueError:
            return None

    def refresh(self) -> None:
        """Ask the server for news now."""
        self._workplace.sync.pull_soon()

    def search(self, text: str) -> None:
        """Look for what is typed."""
        self._change(replace(self._view, text=text))

    def filter(self, **wanted: Any) -> None:
        """Set filters by their names in ContactView; None takes one away."""
        self._change(replace(self._view, **wanted))

    def clear(self) -> None:
        """Show all contacts, in the order that they have."""
        self._change(ContactView(sort=self._view.sort, descending=self._view.descending))

    def sort(self, column_id: str) -> None:
        """Sort by a column; once more: the other way round."""
        column = next((x for x in self.columns.columns if x.id == column_id), None)
        if column is None or column.sort is None:
            return
        self.order_by(column.sort, descending=column.sort == self._view.sort and not self._view.descending)

    def order_by(self, sort: str, *, descending: bool) -> None:
        """Sort by one of the replica's orders (`SORTS` of the store), whether its column is shown or not."""
        self._change(replace(self._view, sort=sort, descending=descending))
        self._memory.keep_order(self._view)

    def show_columns(self, shown: list[str]) -> None:
        """Show these columns in this order; none known: as they were."""
        names = check_columns(shown)
        if names:
            self._memory.keep_columns(ColumnChoice(names, self.columns.widths))
            self.framed.emit()

    def reset_columns(self) -> None:
        """As they were at the beginning."""
        self._memory.keep_columns(ColumnChoice())
        self.framed.emit()

    def note_widths(self, widths: dict[str, int]) -> None:
        """The user has made columns wider or narrower (pixels at 100 %)."""
        self._memory.keep_columns(ColumnChoice(self.columns.shown, {**self.columns.widths, **widths}))

    def save_view(self, name: str) -> bool:
        """Keep search, filters and order under a name, in place of the one that had it. False without a name."""
        name = " ".join(name.split())[:60]
        kept = {**self._memory.views, name: self._view}
        if not name or len(kept) > MOST_VIEWS:
            return False
        self._memory.keep_views(kept)
        self.framed.emit()
        return True

    def apply_view(self, name: str) -> None:
        """Search, filter and sort as was saved."""
        if name in self._memory.views:
            self._change(self._memory.views[name])

    def drop_view(self, name: str) -> None:
        """Forget a saved view."""
        self._memory.keep_views({key: view for key, view in self._memory.views.items() if key != name})
        self.framed.emit()

    def select(self, contact_id: int | None) -> None:
        """Choose a contact."""
        if contact_id != self._selected:
            self._selected = contact_id
            self.selected_changed.emit()

    def open(self, contact_id: int | None = None) -> None:
        """Open a contact, or the chosen one."""
        wanted = self._selected if contact_id is None else contact_id
        if wanted is not None:
            self.select(wanted)
            self.opened.emit(wanted)

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        if isinstance(event, Applied):
            self._hear_applied(event)
        elif isinstance(event, Progress):
            self._progress = event if self._replica.is_loading else None
            self.changed.emit(False)
        elif isinstance(event, StatusChanged):
            self._status = event.status
            self._progress = None if event.status in (Status.LIVE, Status.POLLING) else self._progress
            self.changed.emit(False)

    def _hear_applied(self, event: Applied) -> None:
        if not self._replica.is_loading:
            self._progress = None
        has_names = self.names.hear(event)
        if has_names:
            self.framed.emit()
        if event.is_snapshot or has_names or event.ids.get("contact") or event.deleted.get("contact"):
            self.changed.emit(False)  # what is on the screen first; rows that move or are new follow
            self._read()

    def _hear_presence(self, _contact_ids: object) -> None:
        self.changed.emit(False)

    def _change(self, view: ContactView) -> None:
        if view == self._view:
            return
        self._view = view
        self.framed.emit()
        self._hurry.set()
        self._read()

    def _read(self) -> None:
        """Find the ids anew: one question at a time, and not too often when nobody waits for it."""
        if self._is_reading:
            self._is_stale = True
            return
        self._is_reading, self._is_stale = True, False
        self._problem = None
        pause = max(DRAW_SECONDS, self._read_at + REFRESH_SECONDS - time.monotonic())
        self.tools.background.run(lambda: self._find(pause), self._take, self._failed)

    def _find(self, pause: float) -> FoundContacts:
        self._hurry.wait(pause)
        self._hurry.clear()
        view = self._view
        total = len(self._replica.list_ids(ContactView(sort=view.sort, descending=view.descending)))
        if view.is_archived:
            archived = {row["id"]: row for row in find_archived(self._workplace.remote, view)}
            return FoundContacts(view, array("q", archived), total, archived)
        return FoundContacts(view, self._replica.list_ids(view), total)

    def _take(self, found: FoundContacts) -> None:
        is_other = found.view != self._found.view or not self._is_read
        self._found, self._is_read, self._is_reading = found, True, False
        self._read_at = time.monotonic()
        self._keep_selection(is_other)
        self.changed.emit(is_other)
        if self._is_stale or found.view != self._view:
            self._read()

    def _keep_selection(self, is_other_view: bool) -> None:
        """A chosen contact stays so while it exists, unless the user looks for something else."""
        chosen = self._selected
        if chosen is None or self.position_of(chosen) is not None:
            return
        if is_other_view or self._found.view.is_archived or self._replica.find_contact(chosen) is None:
            self.select(None)

    def _failed(self, error: CallManagerError) -> None:
        """Archived contacts could not be asked for."""
        self._problem = error
        self._take(FoundContacts(self._view, array("q"), self._found.total))

    def _loading_text(self) -> str:
        say = self.tools.speech.say
        if self._status is Status.OFFLINE:
            return say(N_("There is no connection, and this PC has no contacts yet."))
        return self.progress_text or say(N_("Loading the contacts for the first time…"))
