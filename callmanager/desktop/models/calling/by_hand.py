"""A call that was made on another phone, written down afterwards."""

from __future__ import annotations

from collections.abc import Callable

from callmanager.desktop.models.calling.dispositions import DispositionsModel
from callmanager.desktop.models.calling.outcome import OutcomeModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError


class ByHandModel:
    """A form for the open contact. `outcome` is a part of it with choices, note and callback of its own.

    `changed` at each change; `done` when the server has taken it.
    """

    def __init__(
        self, tools: Tools, workplace: Workplace, dispositions: DispositionsModel, contact_id: int | None = None
    ) -> None:
        self._tools, self._workplace = tools, workplace
        self.outcome = OutcomeModel(tools, dispositions)
        self.contact_id = contact_id
        self.started_text = ""
        self.talk_text = ""
        self.is_answered = False
        self.is_saving = False
        self.problem: CallManagerError | None = None
        self.field_errors: dict[str, CallManagerError] = {}
        self.changed: Signal[[]] = Signal()
        self.done: Signal[[]] = Signal()

    @property
    def contact_name(self) -> str:
        """Who was called."""
        return ""

    @property
    def numbers(self) -> list[tuple[int, str]]:
        """Index and text of the contact's numbers."""
        return []

    @property
    def chosen_number(self) -> int:
        return 0

    def begin(self, contact_id: int) -> None:
        """Start the form anew for a contact: a call that began ten minutes ago."""

    def choose_number(self, index: int) -> None:
        """Which number was called."""

    def type_started(self, text: str) -> None:
        """When it began (dd/mm/aaaa HH:MM)."""

    def type_talk(self, text: str) -> None:
        """How long they talked (`4`, `4:30` minutes); "" when nobody answered."""

    def save(self) -> None:
        """Send it."""


Open = Callable[[int], None]
