"""The user's own calls of one day, newest first, as the server tells them: the list under the figures of his day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from callmanager.desktop.models.calling.call_list import CallLine, read_line
from callmanager.desktop.models.calling.course import name_of
from callmanager.desktop.models.calling.dispositions import DispositionsModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import CallManagerError
from callmanager.domain.office import ComputerZone
from callmanager.domain.wall_times import span_of_day

MOST = 500
"""Nobody makes more in a day; the figures count all in any case."""


class DayCalls:
    """`show` a day; `changed` when its calls are there. In `who` of a line stands the contact."""

    def __init__(self, tools: Tools, workplace: Workplace, dispositions: DispositionsModel) -> None:
        self._tools, self._workplace, self._dispositions = tools, workplace, dispositions
        self._calls: list[Mapping[str, Any]] = []
        self._day: date | None = None
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()

    @property
    def lines(self) -> list[CallLine]:
        """What is known so far."""
        user_id = self._workplace.user.user_id
        return [
            replace(read_line(call, self._tools.speech, self._dispositions, user_id), who=self._contact(call))
            for call in self._calls
        ]

    def find_contact(self, call_id: int) -> int | None:
        """Whom a call of the list was for."""
        return next((int(call["contact_id"]) for call in self._calls if call["id"] == call_id), None)

    def show(self, day: date) -> None:
        """Read the calls of a day, by this PC's midnights."""
        if day != self._day:
            self._day, self._calls = day, []
        begins, ends = span_of_day(day, ComputerZone())
        query = {
            "user_id": self._workplace.user.user_id,
            "from": to_wire(begins),
            "to": to_wire(ends),
            "limit": MOST,
        }
        ask = self._workplace.remote.ask
        self._tools.background.run(
            lambda: ask("GET", "/calls", query=query).body,
            lambda found: self._take(day, found),
            self._failed,
            only_newest="calling.day_calls",
        )

    def _take(self, day: date, found: list[Mapping[str, Any]]) -> None:
        if day == self._day:
            self._calls, self.problem = found, None
            self.changed.emit()

    def _failed(self, error: CallManagerError) -> None:
        self.problem = error
        self.changed.emit()

    def _contact(self, call: Mapping[str, Any]) -> str:
        record = self._workplace.store.replica.find_contact(int(call["contact_id"]))
        return name_of(record) or str(call["number"])
