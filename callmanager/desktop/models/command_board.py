"""Connects each command of the registry with what it does in this window. Knows no keys and no widgets."""

from __future__ import annotations

from collections.abc import Callable

from callmanager.desktop.commands import Situation, get_command
from callmanager.desktop.observing import Signal


class CommandBoard:
    """`run` does a command if it is allowed now. `changed` tells that other commands may be allowed than before."""

    def __init__(self) -> None:
        self._work: dict[str, Callable[[], object]] = {}
        self._situation = Situation()
        self.changed: Signal[[]] = Signal()
        self.before: Signal[[]] = Signal()
        """A command is about to be done: whoever holds back what was typed must hand it over."""

    @property
    def situation(self) -> Situation:
        """Where the user stands."""
        return self._situation

    def bind(self, command_id: str, work: Callable[[], object]) -> None:
        """Say what a command does. Raises KeyError for an id that is not in the registry."""
        self._work[get_command(command_id).id] = work

    def place(self, situation: Situation) -> None:
        """The user stands elsewhere now."""
        if situation != self._situation:
            self._situation = situation
            self.changed.emit()

    def is_allowed(self, command_id: str) -> bool:
        """Whether the command makes sense now and is bound."""
        return command_id in self._work and get_command(command_id).is_allowed(self._situation)

    def run(self, command_id: str) -> bool:
        """Do it if it is allowed; whether it was."""
        if not self.is_allowed(command_id):
            return False
        self.before.emit()
        self._work[command_id]()
        return True
