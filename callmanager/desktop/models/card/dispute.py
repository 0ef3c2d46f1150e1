"""A save that met somebody else's change: per field mine, theirs and the original, and which of the two is to stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.card.form import Form, typed_values
from callmanager.desktop.models.card.words import Names
from callmanager.desktop.observing import Signal
from callmanager.desktop.wire import Record

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Disputed:
    """One field: its name and the three values in words."""

    field: str
    mine: str
    theirs: str
    original: str


class Dispute:
    """`choose` per field, then `settle` puts the choice into the form, ready to be saved again."""

    def __init__(self, names: Names, form: Form, record: Record, disputed: dict[str, dict[str, Any]]) -> None:
        self._form, self._record = form, record
        self._choice = dict.fromkeys(disputed, MINE)
        self.rows = [
            Disputed(name, *(names.value(name, one.get(side)) for side in ("mine", "theirs", "original")))
            for name, one in disputed.items()
        ]
        self.changed: Signal[[]] = Signal()

    def choice(self, field: str) -> str:
        """MINE or THEIRS."""
        return self._choice[field]

    def choose(self, field: str, side: str) -> None:
        """MINE or THEIRS for one field."""
        self._choice[field] = side
        self.changed.emit()

    def settle(self) -> None:
        """The form says what was chosen, over the contact as the server has it."""
        theirs = typed_values(self._record)
        present = {name: theirs[name] for name in self._choice}
        chosen = {name: self._form[name] if side == MINE else theirs[name] for name, side in self._choice.items()}
        self._form.settle(chosen, present, self._record["version"])
