"""Watches a phone's window during a call and tells what changed. A moment's flicker is no change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from callmanager.domain.errors import CallManagerError
from callmanager.softphones.interphone.dialling import Sight, WindowDialler
from callmanager.softphones.interphone.windows import Window

MOST_BLINKS = 2
"""So many looks in a row must show that a call is over, or that the window is gone, before it is believed."""


class Watch:
    """One call's window. `call` is the driver's name for the call and comes back with every sight."""

    def __init__(self, dialler: WindowDialler, call: str, window: Window | None) -> None:
        self._dialler = dialler
        self.call = call
        self._window = window
        self._told: Sight | None = None
        self._gone = 0
        self._down = 0
        self.over = False

    def look(self) -> dict[str, Any] | None:
        """Look once. Returns what is new, as it goes over the wire, or None."""
        try:
            window = self._window = self._window or self._dialler.find_window()
            sight = self._dialler.sight(window)
        except CallManagerError as error:
            return self._on_nothing_seen(error.code)
        self._gone = 0
        return self._on_sight(sight)

    def _on_nothing_seen(self, code: str) -> dict[str, Any] | None:
        """A window that hangs, or a locked desktop, says nothing of the call; one that is away for good does."""
        if code in {"window_gone", "window_none"}:
            self._window = None
            self._gone += 1
        if self._gone <= MOST_BLINKS:
            return None
        self.over = True
        return {"event": "sight", "call": self.call, "window": "gone"}

    def _on_sight(self, sight: Sight) -> dict[str, Any] | None:
        self._down = self._down + 1 if sight.up is False else 0
        was_up = self._told is not None and self._told.up
        if sight == self._told or (was_up and 0 < self._down < MOST_BLINKS):
            return None
        self._told = sight
        self.over = bool(was_up and sight.up is False)
        return {**asdict(sight), "event": "sight", "call": self.call, "window": "here"}
