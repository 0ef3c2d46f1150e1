"""A button of a command: its label and key from the registry, and off whenever the command is not allowed."""

from __future__ import annotations

import tkinter

from callmanager.desktop.commands import get_command, key_text
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button, Kind, key_label


class CommandButton(Button):
    """`label` stands in the place of the registry's when the button says it shorter."""

    def __init__(
        self, master: tkinter.Misc, kit: Kit, command_id: str, *, kind: Kind = "plain", label: str | None = None
    ) -> None:
        command = get_command(command_id)
        self._kit, self._command_id = kit, command_id
        key = kit.say(key_text(command.keys[0])) if command.keys else ""
        super().__init__(master, key_label(kit.say(label or command.label), key), self._run, kind=kind)
        kit.listen(self, kit.board.changed, self._look)
        self._look()

    def _run(self) -> None:
        self._kit.board.run(self._command_id)

    def _look(self) -> None:
        self.allow(self._kit.board.is_allowed(self._command_id))
