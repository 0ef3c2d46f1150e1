"""What an import tells row by row, saved as a table: the rows that it did not take, to be mended and imported again,
and what it left out of those that it took."""

from __future__ import annotations

from pathlib import Path

from callmanager.desktop.models.card.words import Sentence, sentence
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.transfers import Transfer
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError
from callmanager.domain.texts import N_


class RejectedRows:
    """`told(sentence, is_error)` says how saving ended."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self.told: Signal[[Sentence, bool]] = Signal()

    def suggest_name(self, name: str, what: str = N_("rows not taken")) -> str:
        """A name for the file: that of the list, and what stands in it."""
        stem = "".join(sign if sign.isalnum() or sign in " ._-" else "_" for sign in Path(name).stem).strip() or "lista"
        return f"{stem} - {self._tools.speech.say(what)}.csv"

    def save(self, import_id: int, target: Path) -> None:
        """Save the rows that were not taken."""
        self._fetch(f"/imports/{import_id}/rejected.csv", target, N_("The rows that were not taken are in %(path)s."))

    def save_remarks(self, import_id: int, target: Path) -> None:
        """Save what was left out or is in doubt."""
        told = N_("What was left out or is in doubt is in %(path)s, with row and contact.")
        self._fetch(f"/imports/{import_id}/remarks.csv", target, told)

    def _fetch(self, path: str, target: Path, message: str) -> None:
        """The file comes into being whole or not at all."""
        remote = self._workplace.remote

        def saved(_bytes: int) -> None:
            self.told.emit(sentence(message, path=str(target)), False)

        def failed(error: CallManagerError) -> None:
            self.told.emit(Sentence(error.message, dict(error.params)), True)

        self._tools.background.run(lambda: remote.fetch_file(path, target, Transfer()), saved, failed)
