"""The imports of before, newest first: how each stands, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.words import local_time
from callmanager.desktop.models.importing.figures import say_state
from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_

LIMIT = 100
_ASKING = "importing.earlier"


@dataclass(frozen=True, slots=True)
class EarlierImport:
    """One line of the list."""

    id: int
    when: str
    name: str
    who: str
    state: str
    rows: str
    inserted: str
    updated: str
    rejected: str
    is_running: bool
    can_undo: bool
    has_rejected: bool


class EarlierImports:
    """`refresh` asks the server for them; `changed` when they came, or why not (`problem`)."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self.records: list[dict[str, Any]] = []
        self.is_read = self.is_reading = False
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()

    @property
    def lines(self) -> list[EarlierImport]:
        """As they are shown, in the language of the moment."""
        return [self._line(record) for record in self.records]

    @property
    def state_text(self) -> str:
        """Why there are no lines; "" when there are some."""
        say = self._tools.speech.say
        if self.problem is not None:
            return self._tools.speech.explain(self.problem)
        if self.records:
            return ""
        return say(N_("No list was imported yet.")) if self.is_read else say(N_("Asking the server…"))

    def refresh(self) -> None:
        """Ask for them anew."""
        self.is_reading = True
        remote = self._workplace.remote
        self._tools.background.run(
            lambda: remote.ask("GET", "/imports", query={"limit": LIMIT}).body,
            self._take,
            self._failed,
            only_newest=_ASKING,
        )

    def find_running(self) -> dict[str, Any] | None:
        """An import of this user that the server works on now, begun perhaps in another window."""
        me = self._workplace.user.user_id
        return next((one for one in self.records if one["doing"] is not None and one["created_by"] == me), None)

    def _take(self, records: list[dict[str, Any]]) -> None:
        self.records, self.is_read, self.is_reading, self.problem = records, True, False, None
        self.changed.emit()

    def _failed(self, error: CallManagerError) -> None:
        self.problem, self.is_reading = error, False
        self.changed.emit()

    def _line(self, record: dict[str, Any]) -> EarlierImport:
        speech, replica = self._tools.speech, self._workplace.store.replica
        person = replica.find_record("user", record["created_by"])
        figures = {name: show_number(record[name], speech) for name in ("total", "inserted", "updated", "rejected")}
        is_running = record["doing"] is not None
        return EarlierImport(
            id=record["import_id"],
            when=local_time(record["created_at"]),
            name=record["file_name"] or speech.say(N_("(no name)")),
            who=f"#{record['created_by']}" if person is None else str(person["username"]),
            state=say_state(record, speech),
            rows=figures["total"],
            inserted=figures["inserted"],
            updated=figures["updated"],
            rejected=figures["rejected"],
            is_running=is_running,
            can_undo=not is_running and record["state"] != "undone",
            has_rejected=record["rejected"] > 0 and not is_running,
        )
