"""Makes a contact: number and name first; who has the number already is shown while one types."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from functools import partial
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.places import NEW, label_of
from callmanager.desktop.models.contacts.creating import NewContactModel
from callmanager.desktop.views.card.banners import said
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import LongTextField, TextField
from callmanager.domain.contact_fields import BY_NAME, FieldKind
from callmanager.domain.texts import N_


class NewContactDialog(Dialog):
    """`open_contact(id)` shows the new one, or the one that has the number already."""

    def __init__(
        self, master: tkinter.Misc, model: NewContactModel, kit: Kit, open_contact: Callable[[int], object]
    ) -> None:
        super().__init__(master, kit.say(N_("New contact")))
        self._model, self._kit, self._open_contact = model, kit, open_contact
        self._fields: dict[str, Any] = {name: self._make(name) for name in NEW}
        self._same = customtkinter.CTkFrame(self.body, fg_color="transparent", height=1)
        self._same_ids: list[int] = []
        for name, field in self._fields.items():
            field.pack(fill="x", pady=(0, theme.GRID))
            if name == "phone":
                self._same.pack(fill="x")
        self._problem = customtkinter.CTkLabel(
            self.body, text="", anchor="w", justify="left", text_color=theme.BAD, wraplength=400
        )
        self._problem.pack(fill="x")
        self.add_button(kit.say(N_("Cancel")), self.close)
        self._create = self.add_button(kit.say(N_("Create")), model.create, kind="main")
        kit.listen(self, model.changed, self._refresh)
        kit.listen(self, model.created, lambda record: self._go(record["id"]))
        self.open(self._fields["phone"].field)

    def _make(self, name: str) -> Any:
        label = self._kit.say(label_of(name))
        told = partial(self._model.type_in, name)
        if BY_NAME[name].kind is FieldKind.LINES:
            return LongTextField(self.body, label, self._model.values[name], told, height=72)
        return TextField(self.body, label, self._model.values[name], told)

    def _refresh(self) -> None:
        model = self._model
        for name, field in self._fields.items():
            error = model.field_errors.get(name)
            field.complain("" if error is None else self._kit.explain(error))
        self._problem.configure(text="" if model.problem is None else said(self._kit, model.problem))
        self._create.allow(not model.is_saving)
        self._show_same()

    def _show_same(self) -> None:
        ids = [record["id"] for record in self._model.same_number]
        if ids == self._same_ids:
            return
        self._same_ids = ids
        for child in self._same.winfo_children():
            child.destroy()
        for record in self._model.same_number:
            text = self._kit.say(N_("Exists already: %(name)s"), name=self._model.title_of(record))
            label = customtkinter.CTkLabel(
                self._same, text=text, anchor="w", justify="left", text_color=theme.CAUTION, wraplength=400
            )
            label.pack(fill="x")
            Button(self._same, self._kit.say(N_("Open it")), partial(self._go, record["id"])).pack(
                anchor="w", pady=(0, 4)
            )
        if not ids:
            self._same.configure(height=1)
        self.fit()

    def _go(self, contact_id: int) -> None:
        self.close()
        self._open_contact(contact_id)
