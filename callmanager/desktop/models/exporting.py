"""The export of what the list shows: which contacts that is, in words, and the file that the server writes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from callmanager.desktop.models.card.words import Sentence, sentence
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.importing.figures import show_bytes
from callmanager.desktop.models.listing.archived import MOST, SORTS, query_of
from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.models.listing.names import Names
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.transfers import Transfer, TransferStopped
from callmanager.desktop.store.contact_rows import ContactView
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.people import Role
from callmanager.domain.texts import N_

FORMATS: dict[str, str] = {
    "xlsx": N_("Excel workbook (.xlsx)"),
    "csv": N_("Text table (.csv)"),
    "json": N_("JSON, for programs (.json)"),
}


class ExportModel:
    """`changed` when something shows otherwise; `told(sentence, is_error, path)` when the file is there, or is not."""

    def __init__(self, tools: Tools, workplace: Workplace, contacts: ContactListModel) -> None:
        self._tools, self._workplace, self._list = tools, workplace, contacts
        self.format = "xlsx"
        self.problem: CallManagerError | None = None
        self._view = contacts.view
        self._count: int | None = None
        self._transfer: Transfer | None = None
        self._done = self._total = 0
        self.changed: Signal[[]] = Signal()
        self.told: Signal[[Sentence, bool, Path]] = Signal()

    @property
    def is_running(self) -> bool:
        """Whether a file is being fetched."""
        return self._transfer is not None

    @property
    def share(self) -> float | None:
        """How much is here, 0 to 1; None when nobody knows how much it will be."""
        return min(1.0, self._done / self._total) if self._total else None

    @property
    def progress_text(self) -> str:
        """How far the file is; "" when none is fetched."""
        speech = self._tools.speech
        if not self.is_running:
            return ""
        if not self._done:
            return speech.say(N_("The server is preparing the file…"))
        return speech.say(N_("Receiving the file: %(done)s"), done=show_bytes(self._done, speech))

    @property
    def count_text(self) -> str:
        """How many contacts it will be."""
        speech = self._tools.speech
        if self._count is None:
            return speech.say(N_("Counting…"))
        count = show_number(self._count, speech)
        if self._view.is_archived and self._count >= MOST:
            return speech.say(N_("%(count)s contacts or more"), count=count)
        return speech.say(N_("1 contact")) if self._count == 1 else speech.say(N_("%(count)s contacts"), count=count)

    @property
    def filters(self) -> list[str]:
        """What the contacts have in common, in words; one line says that there is no filter."""
        say, view, names = self._tools.speech.say, self._view, self._list.names
        lines = [
            say(N_("Archived contacts")) if view.is_archived else "",
            say(N_("Search: %(text)s"), text=view.text.strip()) if view.text.strip() else "",
            say(N_("Status: %(name)s"), name=names.statuses.name(view.status, self._tools.speech))
            if view.status
            else "",
            self._group(N_("Campaign: %(name)s"), N_("Without a campaign"), "campaign", view.campaign_id, names),
            self._group(N_("Team: %(name)s"), N_("Without a team"), "team", view.team_id, names),
            self._group(N_("Assigned to: %(name)s"), N_("Assigned to nobody"), "user", view.assigned_to, names),
            _two(view.phone_valid, say(N_("With a valid phone")), say(N_("Without a valid phone"))),
            _two(view.do_not_call, say(N_("Do not call")), say(N_("May be called"))),
        ]
        return [line for line in lines if line] or [say(N_("All contacts, without a filter"))]

    @property
    def hints(self) -> list[str]:
        """Where the file differs from what the list shows."""
        say, lines = self._tools.speech.say, []
        if self._own_team is not None and self._list.view.team_id is None:
            name = self._list.names.find("team", self._own_team)
            lines.append(say(N_("Only those of your team, %(name)s: your role exports no others."), name=name))
        if self._view.sort not in SORTS:
            lines.append(say(N_("The file is sorted by name.")))
        return lines

    @property
    def can_start(self) -> bool:
        """Whether there is something to export."""
        return not self.is_running and bool(self._count)

    def open(self) -> None:
        """Take what the list shows now."""
        if self.is_running:
            return
        self.problem, self._count = None, None
        self._view = self._within_reach(self._list.view)
        view, shown = self._view, self._list
        if view.is_archived:
            self._take_count(shown.count if not shown.is_waiting and view == shown.view else 0)
            return
        replica = self._workplace.store.replica
        self._tools.background.run(
            lambda: replica.count_contacts(view), self._take_count, self._fail, only_newest="exporting.count"
        )
        self.changed.emit()

    def choose_format(self, name: str) -> None:
        """One of FORMATS."""
        self.format = name
        self.changed.emit()

    def suggest_name(self) -> str:
        """A name for the file."""
        return f"contactos_{self._tools.clock.now().astimezone():%Y-%m-%d_%H%M}.{self.format}"

    def start(self, target: Path) -> None:
        """Fetch the file; it is there whole or not at all."""
        if not self.can_start:
            return
        target = target if target.suffix else target.with_suffix(f".{self.format}")
        transfer = self._transfer = Transfer(lambda done, total: self._post_progress(transfer, done, total))
        self.problem, self._done, self._total = None, 0, 0
        query = {**query_of(self._view), "format": self.format}
        remote = self._workplace.remote

        def saved(size: int) -> None:
            self._transfer = None
            self.changed.emit()
            shown = show_bytes(size, self._tools.speech)
            self.told.emit(sentence(N_("Exported: %(path)s (%(size)s)"), path=str(target), size=shown), False, target)

        def failed(error: CallManagerError) -> None:
            self._transfer = None
            self._fail(error)
            self.told.emit(
                Sentence(error.message, dict(error.params)), not isinstance(error, TransferStopped), target.parent
            )

        self._tools.background.run(lambda: remote.fetch_file("/export", target, transfer, query=query), saved, failed)
        self.changed.emit()

    def stop(self) -> None:
        """Call it off; no file is left."""
        if self._transfer is not None:
            self._transfer.stop()

    @property
    def _own_team(self) -> int | None:
        """The team to which the user's export is bound; None when he exports all that he sees."""
        user = self._workplace.user
        if user.role != Role.TEAM_LEAD.value:
            return None
        me = self._workplace.store.replica.find_record("user", user.user_id)
        team_id = me.get("team_id") if me else None
        return int(team_id) if team_id is not None else None

    def _within_reach(self, view: ContactView) -> ContactView:
        own = self._own_team
        return replace(view, team_id=own) if own is not None and view.team_id is None else view

    def _group(self, message: str, none: str, entity: str, value: int | None, names: Names) -> str:
        if value is None:
            return ""
        say = self._tools.speech.say
        return say(message, name=names.find(entity, value)) if value else say(none)

    def _take_count(self, count: int) -> None:
        self._count = count
        self.changed.emit()

    def _fail(self, error: CallManagerError) -> None:
        self.problem = error
        self.changed.emit()

    def _post_progress(self, transfer: Transfer, done: int, total: int) -> None:
        self._tools.bus.post(lambda: self._take_progress(transfer, done, total))

    def _take_progress(self, transfer: Transfer, done: int, total: int) -> None:
        if transfer is self._transfer:
            self._done, self._total = done, total
            self.changed.emit()


def _two(value: bool | None, true: str, false: str) -> str:
    return "" if value is None else true if value else false
