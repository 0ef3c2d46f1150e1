"""The menu of saved views: one press shows what was looked for before; saving asks for a name."""

from __future__ import annotations

import tkinter
from functools import partial

import customtkinter

from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import TextField
from callmanager.desktop.widgets.styling import dress_menu
from callmanager.domain.texts import N_


class SavedViews(customtkinter.CTkFrame):
    """A button that opens the menu."""

    def __init__(self, master: tkinter.Misc, model: ContactListModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model, self._kit = model, kit
        self.button = Button(self, kit.say(N_("Views")) + " ▾", self.open_menu, height=36)
        self.button.pack()
        self.menu = tkinter.Menu(self, tearoff=False)

    def show(self) -> None:
        """Fill the menu with what is saved."""
        say, views = self._kit.say, self._model.saved_views
        self.menu.delete(0, "end")
        dress_menu(self.menu)
        self.menu.add_command(label=say(N_("Show all contacts")), command=self._model.clear)
        for name in views:
            self.menu.add_command(label=name, command=partial(self._model.apply_view, name))
        self.menu.add_separator()
        self.menu.add_command(label=say(N_("Save this view…")), command=self.ask_name)
        self.menu.add_command(label=say(N_("Columns…")), command=lambda: self._kit.board.run("list.columns"))
        if views:
            forget = tkinter.Menu(self.menu, tearoff=False)
            dress_menu(forget)
            for name in views:
                forget.add_command(label=name, command=partial(self._model.drop_view, name))
            self.menu.add_cascade(label=say(N_("Forget a view")), menu=forget)

    def open_menu(self) -> None:
        """Under the button."""
        self.menu.tk_popup(self.button.winfo_rootx(), self.button.winfo_rooty() + self.button.winfo_height())

    def ask_name(self) -> None:
        """Ask under which name the present search, filters and order are to be kept."""
        say = self._kit.say
        dialog = Dialog(self, say(N_("Save this view")))
        dialog.add_text(say(N_("Search, filters and order are kept on this PC under this name.")))
        field = TextField(dialog.body, say(N_("Name of the view")))
        field.pack(fill="x")

        def save() -> None:
            if self._model.save_view(field.text):
                dialog.close()
            else:
                field.complain(say(N_("Write a name. There can be 40 views.")))

        dialog.add_button(say(N_("Cancel")), dialog.close)
        dialog.add_button(say(N_("Save")), save, kind="main")
        dialog.open(field.field)
