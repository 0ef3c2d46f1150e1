"""The saved mappings of columns, which everybody who imports shares. They are kept at the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import Workplace
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.texts import N_


class SavedMappings:
    """`changed` when they are others, or when something with them failed (`problem`)."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self._records: list[dict[str, Any]] = []
        self.problem: CallManagerError | None = None
        self.saved_name = ""
        """What was saved last, to say so."""
        self.changed: Signal[[]] = Signal()

    @property
    def choices(self) -> list[tuple[int, str]]:
        """By id and name."""
        return [(record["id"], record["name"]) for record in self._records]

    def find(self, mapping_id: int) -> dict[str, Any] | None:
        """One of them."""
        return next((record for record in self._records if record["id"] == mapping_id), None)

    def refresh(self) -> None:
        """Ask the server for them."""
        remote = self._workplace.remote
        self._tools.background.run(
            lambda: remote.ask("GET", "/import-mappings").body, self._take, self._failed, only_newest="importing.saved"
        )

    def save(self, name: str, targets: Mapping[str, str], statuses: Mapping[str, str]) -> None:
        """Keep one under a name, with what the list's words for statuses mean; one of the same name is replaced."""
        self.problem, self.saved_name = None, ""
        given = {"name": " ".join(name.split())[:100], "columns": dict(targets), "statuses": dict(statuses)}
        if not given["name"]:
            self._failed(Invalid("name_missing", N_("Write a name for it.")))
            return
        remote = self._workplace.remote
        self._tools.background.run(
            lambda: remote.ask("POST", "/import-mappings", body=given).body, self._saved, self._failed
        )

    def drop(self, mapping_id: int) -> None:
        """Put one away."""
        self.problem, self.saved_name = None, ""
        remote = self._workplace.remote
        self._tools.background.run(
            lambda: remote.ask("DELETE", f"/import-mappings/{mapping_id}"), lambda _done: self.refresh(), self._failed
        )

    def _saved(self, record: dict[str, Any]) -> None:
        self.saved_name = record["name"]
        self.refresh()

    def _take(self, records: list[dict[str, Any]]) -> None:
        self._records = records
        self.changed.emit()

    def _failed(self, error: CallManagerError) -> None:
        self.problem = error
        self.changed.emit()
