"""The rows that an import did not take, saved as a table to be mended and imported again."""

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

    def suggest_name(self, name: str) -> str:
        """A name for the file: that of the list, and what these rows are."""
        stem = "".join(sign if sign.isalnum() or sign in " ._-" else "_" for sign in Path(name).stem).strip() or "lista"
        what = self._tools.speech.say(N_("rows not taken"))
        return f"{stem} - {what}.csv"

    def save(self, import_id: int, target: Path) -> None:
        """Save those of an import; the file comes into being whole or not at all."""
        remote = self._workplace.remote

        def saved(_bytes: int) -> None:
            self.told.emit(sentence(N_("The rows that were not taken are in %(path)s."), path=str(target)), False)

        def failed(error: CallManagerError) -> None:
            self.told.emit(Sentence(error.message, dict(error.params)), True)

        self._tools.background.run(
            lambda: remote.fetch_file(f"/imports/{import_id}/rejected.csv", target, Transfer()), saved, failed
        )
