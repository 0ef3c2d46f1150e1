"""Joins the open contact with another: find the other, see what the result will be, then do it."""

from __future__ import annotations

import tkinter
from functools import partial
from textwrap import shorten
from tkinter import ttk

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.contacts.merging import KEPT, OTHER, MergeModel, MergeRow
from callmanager.desktop.views.card.banners import said
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import TextField
from callmanager.desktop.widgets.scrolling import ScrollFrame
from callmanager.domain.texts import N_

WIDTH = 640


class MergeDialog(Dialog):
    """One page to search, one to look at the result."""

    def __init__(self, master: tkinter.Misc, model: MergeModel, kit: Kit) -> None:
        name = model.kept["name"] or model.kept["phone"]
        super().__init__(master, kit.say(N_("Merge %(name)s with another"), name=name), width=WIDTH)
        self._model, self._kit = model, kit
        self._problem = customtkinter.CTkLabel(
            self.body, text="", anchor="w", justify="left", text_color=theme.BAD, wraplength=WIDTH - 60, height=1
        )
        self._page = customtkinter.CTkFrame(self.body, fg_color="transparent")
        self._page.pack(fill="both", expand=True)
        self._problem.pack(fill="x")
        self.add_button(kit.say(N_("Cancel")), self.close)
        self._merge = self.add_button(kit.say(N_("Merge")), model.merge, kind="main")
        self._shown: object = None
        self._build_search()
        kit.listen(self, model.changed, self._refresh)
        kit.listen(self, model.merged, self.close)
        self._refresh()
        self.open(self._search.field)
        model.search("")

    def _build_search(self) -> None:
        say = self._kit.say
        self._search = TextField(
            self._page, say(N_("The other contact: name or part of a number")), "", self._model.search
        )
        self._search.pack(fill="x")
        self._list = ttk.Treeview(self._page, columns=("name", "phone", "company"), show="headings", height=8)
        for column, title in (("name", N_("Name")), ("phone", N_("Phone")), ("company", N_("Company"))):
            self._list.heading(column, text=say(title), anchor="w")
            self._list.column(column, width=180, anchor="w")
        self._list.pack(fill="both", expand=True, pady=theme.GRID)
        for event in ("<Double-1>", "<Return>"):
            self._list.bind(event, lambda _event: self._choose())
        Button(self._page, say(N_("Preview")), self._choose).pack(anchor="e")

    def _choose(self) -> str:
        chosen = self._list.selection() or self._list.get_children()[:1]
        if chosen:
            self._model.choose_other(int(chosen[0]))
        return "break"

    def _refresh(self) -> None:
        model = self._model
        self._problem.configure(text="" if model.problem is None else said(self._kit, model.problem))
        self._merge.allow(model.other is not None and not model.is_merging)
        if model.other is None:
            self._fill_list()
        elif self._shown != (model.kept["id"], model.kept["version"], model.other["version"]):
            self._shown = (model.kept["id"], model.kept["version"], model.other["version"])
            self._build_preview()

    def _fill_list(self) -> None:
        ids = [str(record["id"]) for record in self._model.found]
        if ids == list(self._list.get_children()):
            return
        self._list.delete(*self._list.get_children())
        for record in self._model.found:
            phone = self._model.names.phone(record["phones"][0]) if record["phones"] else ""
            self._list.insert("", "end", iid=str(record["id"]), values=(record["name"], phone, record["company"]))

    def _build_preview(self) -> None:
        for child in self._page.winfo_children():
            child.destroy()
        say = self._kit.say
        box = ScrollFrame(self._page, height=300)
        box.pack(fill="both", expand=True)
        box.inside.grid_columnconfigure((1, 2), weight=1, uniform="side")
        for column, title in ((1, N_("This one stays")), (2, N_("This one goes into it"))):
            _cell(box.inside, 0, column, say(title), self._kit.fonts.strong)
        for number, row in enumerate(self._model.rows, 1):
            self._show_row(box.inside, number, row)
        for number, (field, text) in enumerate(self._model.united.items(), len(self._model.rows) + 1):
            _cell(box.inside, number, 0, self._model.names.field(field))
            label = _cell(box.inside, number, 1, say(N_("Joined: %(value)s"), value=text))
            label.grid_configure(columnspan=2)
            label.configure(wraplength=WIDTH - 190)
        Button(self._page, say(N_("Keep the other one instead")), self._model.swap, kind="quiet").pack(anchor="w")
        self.fit()

    def _show_row(self, master: tkinter.Misc, number: int, row: MergeRow) -> None:
        _cell(master, number, 0, self._model.names.field(row.field))
        if not row.is_open:
            _cell(master, number, 1, row.kept).grid_configure(columnspan=2)
            return
        chosen = tkinter.StringVar(self, row.side)
        for column, side, value in ((1, KEPT, row.kept), (2, OTHER, row.other)):
            button = customtkinter.CTkRadioButton(
                master,
                text=shorten(value, 30, placeholder="…"),
                value=side,
                variable=chosen,
                command=partial(self._model.choose, row.field, side),
            )
            tkinter.Frame.configure(button, takefocus=True)
            tkinter.Misc.bind(button, "<space>", partial(_press, button))
            button.grid(row=number, column=column, sticky="w", pady=2)


def _cell(
    master: tkinter.Misc, row: int, column: int, text: str, font: customtkinter.CTkFont | None = None
) -> customtkinter.CTkLabel:
    label = customtkinter.CTkLabel(master, text=text, anchor="nw", justify="left", font=font, wraplength=230, height=22)
    label.grid(row=row, column=column, sticky="nw", padx=(0, theme.GRID), pady=2)
    return label


def _press(button: customtkinter.CTkRadioButton, _event: object) -> None:
    button.invoke()
