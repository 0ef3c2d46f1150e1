"""Needs attention (F9): what the server refused, and what still waits, with what can be done about each."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.attention import AttentionLine, AttentionModel
from callmanager.desktop.models.status import StatusModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import LongTextField
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.desktop.widgets.table_look import TableLook
from callmanager.desktop.widgets.virtual_table import Column, Row, VirtualTable
from callmanager.domain.texts import N_

WIDTH = 860
ROWS = 4
REFUSED, WAITING = "refused", "waiting"
_COLUMNS = (
    ("when", N_("When"), 140),
    ("who", N_("Contact"), 170),
    ("what", N_("What"), 120),
    ("why", N_("Why"), 350),
)
_MARKS = {REFUSED: theme.BAD, WAITING: theme.CAUTION}


class AttentionDialog(Dialog):
    """`open_contact(contact_id)` shows the card."""

    def __init__(
        self,
        master: tkinter.Misc,
        model: AttentionModel,
        status: StatusModel,
        kit: Kit,
        open_contact: Callable[[int], object],
    ) -> None:
        super().__init__(master, kit.say(N_("Needs attention")), width=WIDTH)
        self._model, self._kit, self._open_contact = model, kit, open_contact
        self._lines: list[AttentionLine] = []
        self.summary = customtkinter.CTkLabel(self.body, text="", font=kit.fonts.strong, anchor="w")
        self.summary.pack(fill="x", pady=(0, theme.GRID // 2))
        self._build_table()
        self.why = customtkinter.CTkLabel(
            self.body, text="", anchor="w", justify="left", wraplength=WIDTH - 60, height=22
        )
        self.why.pack(fill="x", pady=(theme.GRID // 2, 0))
        self.text = LongTextField(self.body, kit.say(N_("What you wrote")), height=80)
        self.text.enable(is_enabled=False)
        self.text.pack(fill="x")
        self._build_buttons()
        self.add_button(kit.say(N_("Close")), self.close, kind="main")
        kit.listen(self, model.changed, self.refresh)
        kit.listen(self, status.changed, self.refresh)
        self.refresh()
        self.table.go_to(0)
        self.open(self.table.tree)

    def refresh(self) -> None:
        """Show the model as it is now."""
        self._lines = self._model.lines
        places = {line.number: place for place, line in enumerate(self._lines)}
        self.summary.configure(text=self._model.summary)
        if self.table.selected is not None and self.table.selected not in places:
            first = self._lines[0].number if self._lines else None
            self.table.select(first, None if first is None else 0)
        self.table.show(len(self._lines), position_of=places.get)
        self.table.say("" if self._lines else self._kit.say(N_("Nothing waits here.")))
        self._look()

    def _build_table(self) -> None:
        self.table = VirtualTable(self.body, self._fetch, TableLook(self.body, marks=_MARKS))
        self.table.tree.configure(height=ROWS)
        self.table.pack(fill="both", expand=True)
        self.table.set_columns([Column(name, self._kit.say(text), width, False) for name, text, width in _COLUMNS])
        self.table.on_select = lambda _row: self._look()
        self.table.on_open = lambda _row: self._show_contact()

    def _build_buttons(self) -> None:
        row, say = FlowFrame(self.body), self._kit.say
        row.pack(fill="x", pady=theme.GRID)
        self.again = Button(row, say(N_("Send again")), self._send)
        self.contact = Button(row, say(N_("Open the contact")), self._show_contact)
        self.copy = Button(row, say(N_("Copy what I wrote")), self._copy)
        self.discard = Button(row, say(N_("Discard…")), self._discard)
        row.show(self.again, self.contact, self.copy, self.discard)

    def _fetch(self, offset: int, limit: int) -> list[Row]:
        return [_row(line) for line in self._lines[offset : offset + limit]]

    def _chosen(self) -> AttentionLine | None:
        return next((line for line in self._lines if line.number == self.table.selected), None)

    def _look(self) -> None:
        line = self._chosen()
        self.why.configure(
            text="" if line is None else line.why,
            text_color=theme.BAD if line is not None and line.is_refused else theme.TEXT,
        )
        self.text.put("" if line is None else self._words(line))
        is_refused = line is not None and line.is_refused
        self.again.allow(is_refused)
        self.discard.allow(is_refused)
        self.copy.allow(line is not None and bool(line.text))
        self.contact.allow(line is not None and line.contact_id is not None)

    def _words(self, line: AttentionLine) -> str:
        if not line.theirs:
            return line.text
        return f"{line.text}\n\n" + self._kit.say(N_("There now: %(text)s"), text=line.theirs)

    def _send(self) -> None:
        line, say = self._chosen(), self._kit.say
        if line is None:
            return
        if not line.is_disputed:
            self._model.send_again(line.number)
            return
        self._kit.ask(
            self,
            say(N_("Put yours in its place?")),
            say(
                N_("Somebody changed it meanwhile. There now: %(text)s. The history keeps both."),
                text=line.theirs or "—",
            ),
            say(N_("Send mine")),
            lambda: self._model.send_again(line.number),
            is_dangerous=True,
        )

    def _discard(self) -> None:
        line, say = self._chosen(), self._kit.say
        if line is None:
            return
        self._kit.ask(
            self,
            say(N_("Discard it?")),
            say(N_("What you wrote for %(who)s is deleted from this PC and was never saved."), who=line.who),
            say(N_("Discard")),
            lambda: self._model.discard(line.number),
            is_dangerous=True,
        )

    def _copy(self) -> None:
        if (line := self._chosen()) is not None:
            self.clipboard_clear()
            self.clipboard_append(line.text)
            self._kit.toast(self._kit.say(N_("Copied.")))

    def _show_contact(self) -> None:
        line = self._chosen()
        if line is not None and line.contact_id is not None:
            self.close()
            self._open_contact(line.contact_id)


def _row(line: AttentionLine) -> Row:
    cells = {"when": line.when, "who": line.who, "what": line.what, "why": line.why}
    return Row(line.number, cells, REFUSED if line.is_refused else WAITING)
