"""The user's own day in figures: attempts, contacts, talk and wrap-up, what is measured and what is estimated apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from callmanager.desktop.models.calling.dispositions import DispositionsModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its name; `note` says how it comes about, "" when that is plain."""

    label: str
    value: str
    note: str = ""


class DayModel:
    """`load`, and `changed` when it is there. `earlier` and `later` go through the days."""

    def __init__(self, tools: Tools, workplace: Workplace, dispositions: DispositionsModel) -> None:
        self._tools, self._workplace, self._dispositions = tools, workplace, dispositions
        self._day: Mapping[str, Any] | None = None
        self._date = self.today
        self.is_loading = False
        self.problem: CallManagerError | None = None
        self.changed: Signal[[]] = Signal()

    @property
    def today(self) -> date:
        return self._tools.clock.now().astimezone().date()

    @property
    def date_text(self) -> str:
        """`22/11/2026`."""
        return f"{self._date:%d/%m/%Y}"

    @property
    def is_known(self) -> bool:
        """Whether the server has told the figures of the day shown."""
        return self._day is not None

    @property
    def calls(self) -> list[Figure]:
        """Attempts, contacts, answered."""
        return []

    @property
    def times(self) -> list[Figure]:
        """Talk measured, talk estimated, wrap-up."""
        return []

    @property
    def states(self) -> list[Figure]:
        """The time of the day by states, and their sum."""
        return []

    @property
    def results(self) -> list[Figure]:
        """How many calls ended how."""
        return []

    @property
    def outcomes(self) -> list[Figure]:
        """How many calls came to which outcome, most first."""
        return []

    @property
    def can_go_later(self) -> bool:
        """Whether the day shown is not today."""
        return self._date < self.today

    def load(self) -> None:
        """Ask the server for the day shown."""

    def earlier(self) -> None:
        """Show the day before."""
        self._go(self._date - timedelta(days=1))

    def later(self) -> None:
        """Show the day after."""
        if self.can_go_later:
            self._go(self._date + timedelta(days=1))

    def show_today(self) -> None:
        """Show today."""
        self._go(self.today)

    def _go(self, day: date) -> None:
        self._date, self._day = day, None
        self.load()
