"""The history of the open contact: a line for each field, old and new value below, and what can be taken back."""

from __future__ import annotations

import tkinter
from tkinter import ttk

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.history import HistoryLine, HistoryModel
from callmanager.desktop.views.card.banners import said
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.fields import LongTextField
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.desktop.widgets.scrolling import ScrollFrame
from callmanager.desktop.widgets.styling import pixels
from callmanager.domain.texts import N_

EDGE = 2 * theme.GRID
COLUMNS = {"when": (N_("When"), 132), "who": (N_("Who"), 84), "field": (N_("Field"), 84), "new": (N_("Value"), 120)}

LEAST_LINES, LEAST_DETAIL = 84, 56
"""Pixels at 100 % that both keep in a low window."""


class HistoryView(customtkinter.CTkFrame):
    """Shows the card's history for as long as there is one."""

    def __init__(self, master: tkinter.Misc, card: ContactCardModel, model: HistoryModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._card, self._model, self._kit = card, model, kit
        self._lines: dict[str, HistoryLine] = {}
        scroll = ScrollFrame(self, is_filling=True)  # in a low window the buttons are still reached
        scroll.pack(fill="both", expand=True)
        self._page = page = scroll.inside
        page.grid_columnconfigure(0, weight=1)
        page.grid_rowconfigure(1, weight=3, minsize=pixels(self)(LEAST_LINES))
        page.grid_rowconfigure(2, weight=1, minsize=pixels(self)(LEAST_DETAIL))
        self._state = customtkinter.CTkLabel(page, text="", anchor="w", text_color=theme.QUIET, wraplength=360)
        self._state.grid(row=0, column=0, sticky="ew", padx=EDGE)
        self._build_table()
        self._detail = LongTextField(page, kit.say(N_("This change")), height=1)
        self._detail.enable(is_enabled=False)
        self._detail.grid(row=2, column=0, sticky="nsew", padx=EDGE, pady=theme.GRID // 2)
        self._build_buttons()
        kit.listen(self, model.changed, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        chosen = self._table.selection()
        self._lines = {line.key: line for line in self._model.lines}
        self._table.delete(*self._table.get_children())
        for key, line in self._lines.items():
            self._table.insert(
                "", "end", iid=key, values=(line.when, line.who, line.label or line.what, _one_line(line.new))
            )
        kept = [key for key in chosen if key in self._lines] or list(self._lines)[:1]
        self._table.selection_set(kept)
        if kept:
            self._table.focus(kept[0])
        self._state.configure(text=self._state_words())
        self._more.allow(self._model.has_more and not self._model.is_loading)
        self._look()

    def focus_first(self) -> None:
        """The keyboard to the lines."""
        self._table.focus_set()

    def _state_words(self) -> str:
        if self._model.problem is not None:
            return said(self._kit, self._model.problem)
        if self._model.is_loading:
            return self._kit.say(N_("Reading the history…"))
        if not self._lines:
            return self._kit.say(N_("Nothing has happened to this contact yet."))
        return self._kit.say(N_("Newest first"))

    def _build_table(self) -> None:
        box = customtkinter.CTkFrame(self._page, fg_color="transparent")
        box.grid(row=1, column=0, sticky="nsew", padx=EDGE)
        box.grid_columnconfigure(0, weight=1)
        box.grid_rowconfigure(0, weight=1)
        self._table = ttk.Treeview(box, columns=list(COLUMNS), show="headings", selectmode="browse", height=1)
        for name, (title, width) in COLUMNS.items():
            self._table.heading(name, text=self._kit.say(title), anchor="w")
            self._table.column(name, width=pixels(self)(width), minwidth=40, stretch=name == "new", anchor="w")
        bar = ttk.Scrollbar(box, orient="vertical", command=self._table.yview)
        self._table.configure(yscrollcommand=bar.set)
        self._table.grid(row=0, column=0, sticky="nsew")
        bar.grid(row=0, column=1, sticky="ns")
        self._table.bind("<<TreeviewSelect>>", lambda _event: self._look())

    def _build_buttons(self) -> None:
        row, say = FlowFrame(self._page), self._kit.say
        row.grid(row=3, column=0, sticky="ew", padx=EDGE, pady=(0, theme.GRID))
        self._restore = Button(row, say(N_("Put the old value back")), self._restore_chosen)
        self._undo = Button(row, say(N_("Undo this change")), self._undo_chosen)
        self._more = Button(row, say(N_("Show older ones")), self._model.load_more, kind="quiet")
        back = Button(row, say(N_("Back to the contact")), self._card.toggle_history, kind="quiet")
        row.show(self._restore, self._undo, self._more, back)

    def _chosen(self) -> HistoryLine | None:
        chosen = self._table.selection()
        return self._lines.get(chosen[0]) if chosen else None

    def _look(self) -> None:
        line = self._chosen()
        self._restore.allow(line is not None and line.can_restore)
        self._undo.allow(line is not None and line.can_undo)
        self._detail.put("" if line is None else self._words(line))

    def _words(self, line: HistoryLine) -> str:
        head = f"{line.when}  ·  {line.who}  ·  {line.what}"
        if not line.field:
            return head
        before = self._kit.say(N_("Before: %(value)s"), value=line.old)
        after = self._kit.say(N_("After: %(value)s"), value=line.new)
        return f"{head}\n{line.label}\n{before}\n{after}"

    def _restore_chosen(self) -> None:
        if (line := self._chosen()) is not None:
            self._model.restore(line)

    def _undo_chosen(self) -> None:
        if (line := self._chosen()) is not None:
            self._model.undo(line)


def _one_line(text: str) -> str:
    return " ".join(text.split())
