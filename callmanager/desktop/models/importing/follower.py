"""Follows one import or undo at the server to its end: by what the server tells, and by asking when it is silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.sync_events import Heard
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.errors import CallManagerError, NotFound, Unavailable

SILENT_SECONDS = 1.5
"""The server tells four times a second; an older one, or none, is asked."""
_ASKING = "importing.follow"


class ImportFollower:
    """`changed` with every news; `ended(record)` once, with the import as `GET /imports/{id}` shows it then."""

    def __init__(self, tools: Tools, workplace: Workplace, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._tools, self._workplace, self._monotonic = tools, workplace, monotonic
        self.import_id: int | None = None
        self.doing: str | None = None
        self.name = ""
        self.done = self.total = 0
        self.is_cancelling = False
        self._heard_at = 0.0
        self._is_asked = False
        """Whether an undo is under way at the server for sure: before that, its record says nothing of it."""
        self._undo_keys: dict[int, str] = {}
        self.changed: Signal[[]] = Signal()
        self.ended: Signal[[dict[str, Any]]] = Signal()
        self.failed: Signal[[CallManagerError]] = Signal()

    @property
    def is_running(self) -> bool:
        """Whether something is followed."""
        return self.doing is not None

    @property
    def percent(self) -> int | None:
        """How far it is; None while nobody knows."""
        return min(100, 100 * self.done // self.total) if self.total else None

    def follow(self, import_id: int, doing: str, name: str) -> None:
        """Follow an import that runs or is being undone."""
        self.import_id, self.doing, self.name = import_id, doing, name
        self.done = self.total = 0
        self.is_cancelling = False
        self._is_asked = doing == "import"
        self._heard_at = self._monotonic()
        self.changed.emit()

    def undo(self, import_id: int, name: str) -> None:
        """Take a whole import back. What it ends with is told by `ended`, a refusal by `failed`."""
        self.follow(import_id, "undo", name)
        key = self._undo_keys.setdefault(import_id, new_key())
        remote, path = self._workplace.remote.patient(), f"/imports/{import_id}/undo"
        self._tools.background.run(
            lambda: remote.ask("POST", path, key=key).body, lambda _done: self._look(), self._refused
        )

    def cancel(self) -> None:
        """Stop a running import after its present batch."""
        if self.doing != "import" or self.is_cancelling:
            return
        self.is_cancelling = True
        path = f"/imports/{self.import_id}/cancel"
        remote = self._workplace.remote
        self._tools.background.run(lambda: remote.ask("POST", path), lambda _done: None, self._not_cancelled)
        self.changed.emit()

    def tick(self) -> None:
        """Ask the server when it has said nothing for a while. Call it every second."""
        if self.is_running and self._monotonic() - self._heard_at >= SILENT_SECONDS:
            self._look()

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace."""
        if not isinstance(event, Heard) or event.event != "import_progress" or not isinstance(event.payload, Mapping):
            return
        told = event.payload
        if not self.is_running or told.get("import_id") != self.import_id or told.get("doing") != self.doing:
            return
        self._note(told)
        if told.get("state") != "running":
            self._look()

    def _look(self) -> None:
        self._heard_at = self._monotonic()
        remote, path, wanted = self._workplace.remote, f"/imports/{self.import_id}", self.import_id
        self._tools.background.run(
            lambda: remote.ask("GET", path).body,
            lambda record: self._take(record) if wanted == self.import_id else None,
            self._not_seen,
            only_newest=_ASKING,
        )

    def _take(self, record: dict[str, Any]) -> None:
        if not self.is_running:
            return
        if record["doing"] is not None:
            self._note(record)
        elif record["state"] == "undone" or (self.doing == "import" and record["state"] != "running"):
            self._end()
            self.ended.emit(record)
        elif self.doing == "undo" and self._is_asked:
            self._end()  # the undo was cut off
            self.ended.emit(record)

    def _note(self, told: Mapping[str, Any]) -> None:
        self._heard_at = self._monotonic()
        self._is_asked = True
        progress = told.get("progress")
        if isinstance(progress, list) and len(progress) == 2:
            self.done, self.total = int(progress[0]), int(progress[1])
        self.changed.emit()

    def _end(self) -> None:
        self.doing = None
        self.is_cancelling = False
        self.changed.emit()

    def _refused(self, error: CallManagerError) -> None:
        if isinstance(error, Unavailable) and error.code != "server_unreachable":
            self._is_asked = True  # it may go on there: its record will say
            return
        self._undo_keys.pop(self.import_id or 0, None)
        self._end()
        self.failed.emit(error)

    def _not_cancelled(self, error: CallManagerError) -> None:
        self.is_cancelling = False
        self.changed.emit()
        if error.code != "import_not_running":  # it was over first: its end is told
            self.failed.emit(error)

    def _not_seen(self, error: CallManagerError) -> None:
        if isinstance(error, NotFound) and self.is_running:
            self._end()
            self.failed.emit(error)
