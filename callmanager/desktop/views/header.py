"""The head of the signed-in window: the program, its menus by the registry, and the place of the state."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.commands import COMMANDS, GROUPS, Command
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.menus import Entry, MenuButton, underlines

PROGRAM = "CallManager"


class Header(customtkinter.CTkFrame):
    """`state_place` is where the state of the user (ready, paused) is chosen."""

    def __init__(self, master: tkinter.Misc, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._kit = kit
        self.grid_columnconfigure(1, weight=1)
        name = customtkinter.CTkLabel(self, text=PROGRAM, font=kit.fonts.strong)
        name.grid(row=0, column=0, padx=2 * theme.GRID, pady=theme.GRID)
        menus = customtkinter.CTkFrame(self, fg_color="transparent")
        menus.grid(row=0, column=1, sticky="w")
        self.menus = self._add_menus(menus)
        self.state_place = customtkinter.CTkFrame(self, fg_color="transparent", width=1, height=1)
        self.state_place.grid(row=0, column=2, padx=theme.GRID)
        line = customtkinter.CTkFrame(self, height=2, fg_color=theme.LINE, corner_radius=0)
        line.grid(row=1, column=0, columnspan=3, sticky="ew")

    def _add_menus(self, place: tkinter.Misc) -> dict[str, MenuButton]:
        by_menu = {group: [command for command in COMMANDS if command.menu == group] for group in GROUPS}
        names = [group for group in GROUPS if by_menu[group]]
        labels = [self._kit.say(name) for name in names]
        made = {}
        for name, label, letter in zip(names, labels, underlines(labels), strict=True):
            entries = [self._entry(command) for command in by_menu[name]]
            made[name] = MenuButton(place, label, entries, underline=letter)
            made[name].pack(side="left")
        return made

    def _entry(self, command: Command) -> Entry:
        board = self._kit.board
        return Entry(
            command.id,
            self._kit.say(command.label),
            self._kit.key_of(command.id),
            lambda: board.run(command.id),
            lambda: board.is_allowed(command.id),
        )
