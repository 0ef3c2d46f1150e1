"""The outcomes that a call can have, as managers have set them and the replica holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.listing.statuses import Statuses
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.sync_events import Applied
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.dispositions import NEW
from callmanager.softphones import EndCause

NO, SUGGESTED, REQUIRED = "no", "suggested", "required"
_ENTITY = "disposition"
SUGGESTED_BY: Mapping[str, str] = {
    EndCause.BUSY: "OCUPADO",
    EndCause.NO_ANSWER: "NC",
    EndCause.UNREACHABLE: "SIN_RED",
    EndCause.WRONG_NUMBER: "NO_EXISTE",
}
"""The outcome that an end of a call speaks for, where the phone itself has told how it ended."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """One outcome. `name` is in the window's language; `callback` is one of NO, SUGGESTED, REQUIRED."""

    code: str
    name: str
    is_active: bool
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
    """`changed` when they are others. Nothing can be chosen before the server has sent them once."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._replica = tools, workplace.store.replica
        self._statuses = Statuses.of(self._replica)
        self.changed: Signal[[]] = Signal()

    @property
    def is_known(self) -> bool:
        """Whether the server has sent them."""
        return self._statuses.are_known

    @property
    def choices(self) -> list[Disposition]:
        """Those that a call can be given now, in their order."""
        return [one for one in self._all() if one.is_active and one.code != NEW]

    def find(self, code: str | None) -> Disposition | None:
        """One by its code, also one that is no longer offered."""
        return next((one for one in self._all() if one.code == code), None)

    def find_by_key(self, key: int) -> Disposition | None:
        """The one that a digit stands for."""
        return next((one for one in self.choices if one.key == key), None)

    def name(self, code: str | None) -> str:
        """What people see for a code; "" for None."""
        return "" if code is None else self._statuses.name(code, self._tools.speech)

    def mark(self, code: str | None) -> str:
        """The code in whose colour one is shown; "" for None."""
        return "" if code is None else self._statuses.mark(code)

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
        if isinstance(event, Applied) and (event.is_snapshot or _ENTITY in event.ids or _ENTITY in event.deleted):
            self._statuses = Statuses.of(self._replica)
            self.changed.emit()

    def _all(self) -> list[Disposition]:
        return [self._read(row) for row in self._statuses.rows]

    def _read(self, row: Mapping[str, Any]) -> Disposition:
        code = str(row["code"])
        return Disposition(
            code=code,
            name=self.name(code),
            is_active=bool(row["active"]),
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
