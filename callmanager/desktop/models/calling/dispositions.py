"""The outcomes that a call can have, as managers have set them: read from the server, remembered while it is away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.listing.statuses import looks_like
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.sync_events import Applied, Heard, Status, StatusChanged
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.dispositions import STATUSES
from callmanager.domain.errors import CallManagerError

NO, SUGGESTED, REQUIRED = "no", "suggested", "required"


@dataclass(frozen=True, slots=True)
class Disposition:
    """One outcome. `name` is in the window's language; `callback` is one of NO, SUGGESTED, REQUIRED."""

    code: str
    name: str
    key: int | None
    contact: bool
    positive: bool
    sale: bool
    is_final: bool
    do_not_call: bool
    number_mark: str
    callback: str
    needs_note: bool
    ask_below_seconds: int


class DispositionsModel:
    """`changed` when they are others. Nothing can be chosen before the server has told them once."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self._rows: list[Mapping[str, Any]] = []
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()

    @property
    def is_known(self) -> bool:
        """Whether the server has told them."""
        return bool(self._rows)

    @property
    def choices(self) -> list[Disposition]:
        """Those that a call can be given now, in their order."""
        return [self._read(row) for row in self._rows if row["active"] and row["code"] != "SIN_GESTIONAR"]

    def find(self, code: str | None) -> Disposition | None:
        """One by its code, also one that is no longer offered."""
        return next((self._read(row) for row in self._rows if row["code"] == code), None)

    def find_by_key(self, key: int) -> Disposition | None:
        """The one that a digit stands for."""
        return next((one for one in self.choices if one.key == key), None)

    def name(self, code: str | None) -> str:
        """What people see for a code; "" for None."""
        if code is None:
            return ""
        found = self.find(code)
        return self._tools.speech.say(STATUSES.get(code, code)) if found is None else found.name

    def mark(self, code: str | None) -> str:
        """The code in whose colour one is shown; "" for None."""
        row = next((row for row in self._rows if row["code"] == code), None)
        return (code or "") if row is None else looks_like(row)

    def load(self) -> None:
        """Ask the server for them."""
        ask = self._workplace.remote.ask
        self._tools.background.run(
            lambda: ask("GET", "/dispositions").body, self._take, self._failed, only_newest="calling.dispositions"
        )

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        is_back = isinstance(event, StatusChanged) and event.status in (Status.LIVE, Status.POLLING)
        is_told = isinstance(event, Heard) and event.event == "dispositions"
        if is_back or is_told or (isinstance(event, Applied) and _names_them(event)):
            self.load()

    def _take(self, rows: list[Mapping[str, Any]]) -> None:
        self._rows, self.problem = rows, None
        self.changed.emit()

    def _failed(self, error: CallManagerError) -> None:
        self.problem = error
        self.changed.emit()

    def _read(self, row: Mapping[str, Any]) -> Disposition:
        code = str(row["code"])
        return Disposition(
            code=code,
            name=str(row["name"]) or self._tools.speech.say(STATUSES.get(code, code)),
            key=row["key"],
            contact=bool(row["contact"]),
            positive=bool(row["positive"]),
            sale=bool(row["sale"]),
            is_final=row["final"] != NO,
            do_not_call=bool(row["do_not_call"]),
            number_mark=str(row["number_mark"]),
            callback=str(row["callback"]),
            needs_note=bool(row["needs_note"]),
            ask_below_seconds=int(row["ask_below_seconds"]),
        )


def _names_them(event: Applied) -> bool:
    told = any(change.get("entity") == "disposition" for change in event.changes or ())
    return told or "disposition" in event.ids or "disposition" in event.deleted
