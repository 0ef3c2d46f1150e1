"""Follows the server's log and tells each change in order, without keeping records: for terminals and scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from callmanager.desktop.sync.following import Sync
from callmanager.desktop.sync.seams import LiveLink, Upstream
from callmanager.desktop.sync_events import Applied, Heard, Status, StatusChanged, SyncEvent
from callmanager.desktop.wire import ENTITIES, Head, LiveChanges, Page, Position, Records
from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, NotFound

LOG_LIMIT = 1_000
MOST_LINES_AT_ONCE = 5_000
MOST_NAMES = 20_000
MOST_QUESTIONS = 20


class Watched(Upstream, Protocol):
    """The server, as far as a watch needs it."""

    def list_changes(
        self, *, since: int, before: int | None, limit: int
    ) -> tuple[list[dict[str, Any]], int | None]: ...

    def get_contact(self, contact_id: int) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ChangeSeen:
    """One line of the log; `name` is the record's, or empty when nobody could say."""

    change: Mapping[str, Any]
    name: str


@dataclass(frozen=True, slots=True)
class LinesLeftOut:
    """So much happened meanwhile that only the end is told, after the line `up_to` of the log."""

    up_to: int


@dataclass(frozen=True, slots=True)
class StartedOver:
    """The server's data is of another lineage now, or the user sees something else: what was between is not known."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The server ended the session; `reason` is its sentence, `error` when it refused the credential."""

    reason: str
    error: CallManagerError | None


WatchEvent = ChangeSeen | LinesLeftOut | StartedOver | SignedOut | StatusChanged


class Watch:
    """A watch that begins at the server's present; `run` tells until `stop` is set or the user is signed out."""

    def __init__(self, remote: Watched, clock: Clock, tell: Callable[[WatchEvent], None]) -> None:
        self._remote, self._tell = remote, tell
        self._place = _Place(_present(remote).position)
        self._shown = self._place.position.seq
        self._names: dict[tuple[str, int], str] = {}
        self._reason = ""
        self._is_over = False
        self._sync = Sync(_Tail(remote), self._place, clock, self._hear)

    def run(self, stop: threading.Event) -> None:
        """Follow the log. Returns when `stop` is set or the session has ended."""
        try:
            while not stop.is_set() and not self._is_over:
                self._sync.step(self._sync.next_wait())
        finally:
            self._sync.close()

    def _hear(self, event: SyncEvent) -> None:
        if isinstance(event, Applied):
            self._show(event)
        elif isinstance(event, Heard) and event.event == "signed_out":
            told = event.payload if isinstance(event.payload, dict) else {}
            self._reason = str(told.get("detail") or told.get("reason") or "")
            self._end(None)
        elif isinstance(event, StatusChanged) and event.status is Status.SIGNED_OUT:
            if event.error is not None:
                self._end(event.error)
        elif isinstance(event, StatusChanged):
            self._tell(event)

    def _end(self, error: CallManagerError | None) -> None:
        self._is_over = True
        self._tell(SignedOut(self._reason, error))

    def _show(self, applied: Applied) -> None:
        self._learn(applied.records)
        if applied.is_snapshot:
            self._tell(StartedOver())
        elif applied.changes is not None and applied.since == self._shown:
            self._show_lines(applied.changes)
        elif applied.to > self._shown:
            self._show_lines(self._read_log(self._shown, applied.to))
        self._shown = applied.to

    def _show_lines(self, changes: Sequence[Mapping[str, Any]]) -> None:
        self._ask_names(changes)
        for change in changes:
            self._tell(ChangeSeen(change, self._names.get(_record_of(change), "")))

    def _read_log(self, since: int, to: int) -> list[dict[str, Any]]:
        """The lines after `since` up to `to`, oldest first; only the last ones when there are very many."""
        lines: list[dict[str, Any]] = []
        before = to + 1
        while len(lines) < MOST_LINES_AT_ONCE:
            page, following = self._remote.list_changes(since=since, before=before, limit=LOG_LIMIT)
            lines += page
            if following is None:
                return lines[::-1]
            before = following
        self._tell(LinesLeftOut(before - 1))
        return lines[::-1]

    def _learn(self, records: Records) -> None:
        if len(self._names) > MOST_NAMES:
            self._names.clear()
        for entity in ENTITIES:
            for row in records.get(entity, ()):
                self._names[entity, row["id"]] = row.get("name") or row.get("username") or ""

    def _ask_names(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Names of contacts that did not come along, such as deleted ones; not for a flood."""
        asked = {_record_of(change) for change in changes if change["entity"] == "contact"} - self._names.keys()
        if len(asked) > MOST_QUESTIONS:
            return
        for entity, contact_id in asked:
            try:
                self._names[entity, contact_id] = self._remote.get_contact(contact_id)["name"]
            except NotFound:
                self._names[entity, contact_id] = ""


class _Tail:
    """The server without its records: a snapshot of it is only where its log ends."""

    def __init__(self, remote: Watched) -> None:
        self._remote = remote

    def read_snapshot(self, *, limit: int, as_rows: bool) -> Page:
        del limit, as_rows
        return _present(self._remote)

    def read_changes(self, position: Position, *, limit: int, as_rows: bool) -> Page:
        del as_rows  # the names of contacts are wanted
        return self._remote.read_changes(position, limit=limit, as_rows=False)

    def connect_live(self, on_event: Callable[[str, Any], None]) -> LiveLink:
        return self._remote.connect_live(on_event)


class _Place:
    """A replica that holds nothing but its position."""

    witness: Head | None = None
    is_loading = False

    def __init__(self, position: Position) -> None:
        self.position: Position = position

    def replace(self, page: Page) -> None:
        self.position, self.witness = page.position, page.head

    def apply(self, page: Page) -> None:
        self.position, self.witness = page.position, page.head

    def apply_live(self, message: LiveChanges) -> None:
        self.position = Position(self.position.epoch, message.seq, self.position.sight)

    def note_current(self, as_of: str) -> None:
        del as_of


def _present(remote: Watched) -> Page:
    page = remote.read_snapshot(limit=1, as_rows=False)
    nothing: dict[str, list[Any]] = {name: [] for name in ENTITIES}
    return Page(page.epoch, page.sight, 0, page.head.seq, False, page.head, nothing, nothing)


def _record_of(change: Mapping[str, Any]) -> tuple[str, int]:
    return str(change["entity"]), int(change["record_id"])
