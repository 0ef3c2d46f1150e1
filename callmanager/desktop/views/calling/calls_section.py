"""The calls of the contact, in its card: when, who, what came of it, how long; the chosen one in full below."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.call_list import CallLine, CallListModel
from callmanager.desktop.views.calling.words import Words
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

EDGE = 2 * theme.GRID
MOST_ROWS = 6
_COLUMNS = (
    ("when", N_("When"), 132),
    ("who", N_("Who"), 90),
    ("outcome", N_("Outcome"), 140),
    ("talk", N_("Talk"), 90),
)


class CallsSection(customtkinter.CTkFrame):
    """`≈` before a time says that it is an estimate; the line below says it in words."""

    def __init__(self, master: tkinter.Misc, model: CallListModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self._lines: list[CallLine] = []
        self.grid_columnconfigure(0, weight=1)
        self._title = customtkinter.CTkLabel(self, text="", font=kit.fonts.strong, anchor="w", height=24)
        self._title.grid(row=0, column=0, sticky="ew", padx=EDGE)
        self._empty = customtkinter.CTkLabel(
            self, text="", anchor="w", justify="left", text_color=theme.QUIET, height=22
        )
        self.table = VirtualTable(self, self._fetch, TableLook(self, marks=theme.STATUS_COLOURS))
        self.table.set_columns([Column(name, kit.say(title), width, False) for name, title, width in _COLUMNS])
        self.table.on_select = lambda _row: self._look()
        self._detail = Words(self, 400, theme.TEXT)
        self._buttons = FlowFrame(self)
        self._more = Button(self._buttons, kit.say(N_("Show older ones")), model.load_more, kind="quiet")
        self._log = kit.button(self._buttons, "call.log", kind="quiet")
        self._buttons.grid(row=3, column=0, sticky="ew", padx=theme.GRID, pady=(0, theme.GRID))
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")
        kit.listen(self, model.changed, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        self._lines, say = self._model.lines, self._kit.say
        count = len(self._lines)
        more = "+" if self._model.has_more else ""
        self._title.configure(text=say(N_("Calls (%(count)s)"), count=f"{count}{more}") if count else say(N_("Calls")))
        self._empty.configure(text=self._model.empty_text)
        places = {line.id: place for place, line in enumerate(self._lines)}
        if self.table.selected not in places:
            self.table.select(self._lines[0].id if count else None, 0 if count else None)
        self.table.show(count, position_of=places.get)
        self.table.tree.configure(height=max(1, min(count, MOST_ROWS)))
        self._place(self._empty, 1, is_shown=not count)
        self._place(self.table, 1, is_shown=count > 0)
        more_button = [self._more] if self._model.has_more else []
        self._buttons.show(*more_button, self._log)
        self._look()

    def _fetch(self, offset: int, limit: int) -> list[Row]:
        return [_row(line) for line in self._lines[offset : offset + limit]]

    def _look(self) -> None:
        line = next((one for one in self._lines if one.id == self.table.selected), None)
        self._detail.put("" if line is None else self._words(line))
        self._place(self._detail, 2, is_shown=line is not None)

    def _words(self, line: CallLine) -> str:
        say = self._kit.say
        parts = [line.number, line.result]
        if line.talk and line.is_estimated:
            parts.append(say(N_("the time is an estimate")))
        if line.callback:
            parts.append(say(N_("call again %(time)s"), time=line.callback))
        head = "  ·  ".join(part for part in parts if part)
        return f"{head}\n{line.note}" if line.note else head

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        width = round(event.width / scale) - 2 * EDGE
        self._detail.fold(width)
        self._empty.configure(wraplength=max(100, width))

    @staticmethod
    def _place(widget: tkinter.Widget, row: int, *, is_shown: bool) -> None:
        if is_shown:
            tkinter.Grid.grid_configure(widget, row=row, column=0, sticky="ew", padx=EDGE, pady=(0, theme.GRID // 2))
        else:
            tkinter.Grid.grid_remove(widget)


def _row(line: CallLine) -> Row:
    cells = {"when": line.when, "who": line.who, "outcome": line.outcome or line.result, "talk": line.talk}
    return Row(line.id, cells, line.outcome_code, () if not line.is_up else ("caution",))
