"""Calls of the user that still wait for an outcome, from before this start: asked for, and led to their outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.tools import Tools
from callmanager.desktop.observing import Signal
from callmanager.desktop.workplace import WorkEvent, Workplace


@dataclass(frozen=True, slots=True)
class UnfinishedCall:
    """One call in words. `is_up`: the server still takes it to be going on."""

    id: int
    contact_id: int
    contact_name: str
    number: str
    when: str
    state: str
    is_up: bool


class UnfinishedModel:
    """`changed` when there are others; `resumed(call)` for who asks the outcome (the call as on the wire)."""

    def __init__(self, tools: Tools, workplace: Workplace) -> None:
        self._tools, self._workplace = tools, workplace
        self._calls: list[Mapping[str, Any]] = []
        self.changed: Signal[[]] = Signal()
        self.resumed: Signal[[Mapping[str, Any]]] = Signal()

    @property
    def calls(self) -> list[UnfinishedCall]:
        """Oldest first."""
        return []

    @property
    def text(self) -> str:
        """`2 calls wait for their outcome`; "" when none does."""
        return ""

    def load(self) -> None:
        """Ask the server."""

    def resume(self, call_id: int) -> None:
        """Ask for the outcome of one; one that is still up is closed by the agent's word first."""

    def hear(self, event: WorkEvent) -> None:
        """An event of the workplace, in the window's thread."""
