"""The dialog in which the user chooses columns, their order, and by which the list is sorted."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from functools import partial

import customtkinter
from customtkinter import CTkCheckBox as CheckBox

from callmanager.desktop import theme
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.listing.columns import COLUMNS
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.focusing import take_focus
from callmanager.domain.texts import N_


class ColumnsDialog(Dialog):
    """Ticked columns are shown, in the order of the lines; the arrows move a line."""

    def __init__(self, master: tkinter.Misc, model: ContactListModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("Columns")))
        self._model, self._kit = model, kit
        shown = model.columns.shown
        self.order = [*shown, *(column.id for column in COLUMNS if column.id not in shown)]
        self.ticks = {name: tkinter.BooleanVar(self, value=name in shown) for name in self.order}
        self._lines: dict[str, _Line] = {}
        for name in self.order:
            self._lines[name] = _Line(self.body, self._title(name), self.ticks[name], self._mover(name), kit)
        self._place()
        self.sort = ChoiceField(self.body, kit.say(N_("Sort by")), self._sorts(), model.view.sort)
        self.sort.grid(row=len(self.order), column=0, sticky="ew", pady=(theme.GRID, 0))
        self.is_descending = tkinter.BooleanVar(self, value=model.view.descending)
        backwards = CheckBox(self.body, text=kit.say(N_("From the last to the first")), variable=self.is_descending)
        backwards.configure(font=kit.fonts.text, border_width=2)
        backwards.grid(row=len(self.order) + 1, column=0, sticky="w", pady=(theme.GRID, 0))
        take_focus(backwards, backwards.toggle, keys=("space",))
        self.add_button(kit.say(N_("As at the beginning")), self._reset)
        self.add_button(kit.say(N_("Cancel")), self.close)
        self.add_button(kit.say(N_("Save")), self.save, kind="main")

    def move(self, name: str, step: int) -> None:
        """Move a column towards the beginning (-1) or the end (1)."""
        here = self.order.index(name)
        there = max(0, min(len(self.order) - 1, here + step))
        self.order.insert(there, self.order.pop(here))
        self._place()

    def save(self) -> None:
        """Show what is ticked. With nothing ticked it stays open."""
        wanted = [name for name in self.order if self.ticks[name].get()]
        if wanted:
            self._model.show_columns(wanted)
            self._model.order_by(self.sort.value or self._model.view.sort, descending=self.is_descending.get())
            self.close()

    def _reset(self) -> None:
        self._model.reset_columns()
        self.close()

    def _sorts(self) -> dict[str, str]:
        return {column.sort: self._kit.say(column.title) for column in COLUMNS if column.sort is not None}

    def _title(self, name: str) -> str:
        return self._kit.say(next(column.title for column in COLUMNS if column.id == name))

    def _mover(self, name: str) -> Callable[[int], None]:
        return lambda step: self.move(name, step)

    def _place(self) -> None:
        for row, name in enumerate(self.order):
            self._lines[name].grid(row=row, column=0, sticky="ew")


class _Line(customtkinter.CTkFrame):
    """One column: a tick with its title, and two arrows."""

    def __init__(
        self, master: tkinter.Misc, title: str, tick: tkinter.BooleanVar, move: Callable[[int], None], kit: Kit
    ) -> None:
        super().__init__(master, fg_color="transparent")
        master.columnconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        box = CheckBox(self, text=title, variable=tick, font=kit.fonts.text, border_width=2)
        box.grid(row=0, column=0, sticky="w", pady=2)
        take_focus(box, box.toggle, keys=("space",))
        for place, (sign, step) in enumerate((("▲", -1), ("▼", 1)), 1):
            button = Button(self, sign, partial(move, step), kind="quiet", width=30, height=26)
            button.grid(row=0, column=place, padx=(theme.GRID // 2, 0))
