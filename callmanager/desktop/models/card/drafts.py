"""Keeps what is being typed on this PC's disk, at once and in order, until the server has it or the user drops it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.tools import Tools
from callmanager.desktop.store import Draft, Store
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import CallManagerError

_PREFIX = "contact:"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the disk shall hold: a draft, or none (body None)."""

    name: str
    body: Any
    version: int | None


class DraftKeeper:
    """`keep` and `drop` return at once; one thread writes, always the newest wish, so typing never waits for a disk."""

    def __init__(self, tools: Tools, store: Store) -> None:
        self._tools, self._store = tools, store
        self._turn = threading.Lock()
        self._disk = threading.Lock()
        self._wanted: dict[str, _Wanted] = {}
        self._is_writing = False

    def find(self, contact_id: int) -> Draft | None:
        """The kept draft of a contact."""
        self.flush()
        return self._store.work.find_draft(f"{_PREFIX}{contact_id}")

    def keep(self, contact_id: int, body: Any, version: int) -> None:
        """Have a draft on the disk soon."""
        self._want(_Wanted(f"{_PREFIX}{contact_id}", body, version))

    def drop(self, contact_id: int) -> None:
        """Forget a draft."""
        self._want(_Wanted(f"{_PREFIX}{contact_id}", None, None))

    def flush(self) -> None:
        """Return when everything wished is on the disk."""
        self._write_all()

    def _want(self, wanted: _Wanted) -> None:
        with self._turn:
            self._wanted[wanted.name] = wanted
            if self._is_writing:
                return
            self._is_writing = True
        self._tools.background.run(self._write_all, lambda _none: None, self._raise)

    def _write_all(self) -> None:
        with self._disk:
            while True:
                with self._turn:
                    if not self._wanted:
                        self._is_writing = False
                        return
                    wanted = self._wanted.pop(next(iter(self._wanted)))
                self._write_or_stop(wanted)

    def _write_or_stop(self, wanted: _Wanted) -> None:
        try:
            self._write(wanted)
        except BaseException:
            with self._turn:
                self._is_writing = False  # the next wish begins anew
            raise

    def _write(self, wanted: _Wanted) -> None:
        if wanted.body is None:
            self._store.work.drop_draft(wanted.name)
        else:
            now = to_wire(self._tools.clock.now())
            self._store.work.save_draft(wanted.name, wanted.body, now=now, version=wanted.version)

    @staticmethod
    def _raise(error: CallManagerError) -> None:
        raise error
