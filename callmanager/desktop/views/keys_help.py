"""F1: every command with its keys and its menu, made from the registry. What makes no sense now is grey."""

from __future__ import annotations

import tkinter
from dataclasses import dataclass

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.commands import COMMANDS, GROUPS, Command
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import TextField
from callmanager.desktop.widgets.scrolling import ScrollFrame
from callmanager.domain.search_text import fold
from callmanager.domain.texts import N_

WIDTH, HEIGHT = 620, 300


@dataclass(frozen=True, slots=True)
class HelpLine:
    """A command as the help shows it."""

    command: Command
    label: str
    keys: str
    menu: str
    is_allowed: bool


class KeysHelp(customtkinter.CTkFrame):
    """The searchable list; `lines` are those shown."""

    def __init__(self, master: tkinter.Misc, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._kit = kit
        self.lines: list[HelpLine] = []
        self.search = TextField(self, kit.say(N_("Search among the commands")), on_change=self._show)
        self.search.pack(fill="x", pady=(0, theme.GRID))
        self._place = ScrollFrame(self, height=HEIGHT, width=WIDTH)
        self._place.pack(fill="both", expand=True)
        self._place.grid_propagate(False)
        self._table: customtkinter.CTkFrame | None = None
        self._show("")
        kit.listen(self, kit.board.changed, lambda: self._show(self.search.text))

    def _show(self, wanted: str) -> None:
        found = [line for line in help_lines(self._kit) if _matches(line, wanted)]
        if found == self.lines:
            return
        self.lines = found
        if self._table is not None:
            self._table.destroy()
        self._table = table = customtkinter.CTkFrame(self._place.inside, fg_color="transparent")
        table.pack(fill="x", expand=True)
        table.grid_columnconfigure(0, weight=1)
        if not found:
            self._write(table, 0, 0, self._kit.say(N_("No command is called like that.")), theme.QUIET)
        row = 0
        for group in GROUPS:
            of_group = [line for line in found if line.command.group == group]
            if of_group:
                self._write(table, row, 0, self._kit.say(group), theme.TEXT, is_title=True)
                row += 1
            for line in of_group:
                self._write_line(table, row, line)
                row += 1

    def _write_line(self, table: tkinter.Misc, row: int, line: HelpLine) -> None:
        colour = theme.TEXT if line.is_allowed else theme.DISABLED
        self._write(table, row, 0, line.label, colour)
        self._write(table, row, 1, line.keys, colour)
        self._write(table, row, 2, line.menu, theme.QUIET if line.is_allowed else theme.DISABLED)

    def _write(
        self, table: tkinter.Misc, row: int, column: int, text: str, colour: theme.Colour, *, is_title: bool = False
    ) -> None:
        font = self._kit.fonts.strong if is_title else self._kit.fonts.text
        label = customtkinter.CTkLabel(table, text=text, anchor="w", font=font, text_color=colour, height=22)
        label.grid(
            row=row, column=column, sticky="ew", padx=(0, 2 * theme.GRID), pady=((theme.GRID, 0) if is_title else 0)
        )


def help_lines(kit: Kit) -> list[HelpLine]:
    """Every command of the registry, in its order."""
    return [
        HelpLine(
            command,
            kit.say(command.label),
            "  ".join(kit.key_name(key) for key in command.keys),
            kit.say(N_("Menu %(menu)s"), menu=kit.say(command.menu)) if command.menu else "",
            kit.board.is_allowed(command.id),
        )
        for command in COMMANDS
    ]


def show_keys(master: tkinter.Misc, kit: Kit) -> Dialog:
    """Open the help over the window."""
    dialog = Dialog(master, kit.say(N_("All keys")), width=WIDTH + 60)
    help_view = KeysHelp(dialog.body, kit)
    help_view.pack(fill="both", expand=True)
    dialog.add_button(kit.say(N_("Close")), dialog.close, kind="main")
    dialog.open(help_view.search.field)
    return dialog


def _matches(line: HelpLine, wanted: str) -> bool:
    return all(word in fold(f"{line.label} {line.keys} {line.menu}") for word in fold(wanted).split())
