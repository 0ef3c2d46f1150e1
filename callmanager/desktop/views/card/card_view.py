"""The contact card in the window: head, what there is to say, and the contact to be read or to be edited."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.call_list import CallListModel
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.history import HistoryModel
from callmanager.desktop.models.card.open_card import PassingNotice
from callmanager.desktop.views.calling.calls_section import CallsSection
from callmanager.desktop.views.card.banners import Banners, said
from callmanager.desktop.views.card.dialogs import ConflictDialog, ask_leaving
from callmanager.desktop.views.card.form_view import FormView
from callmanager.desktop.views.card.header import CardHeader
from callmanager.desktop.views.card.history_view import HistoryView
from callmanager.desktop.views.card.reading import Reading
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.dialog import OneDialog
from callmanager.desktop.widgets.scrolling import ScrollFrame
from callmanager.domain.texts import N_


class CardView(customtkinter.CTkFrame):
    """Shows the card and asks what it must ask; it decides nothing."""

    def __init__(
        self, master: tkinter.Misc, model: ContactCardModel, kit: Kit, calls: CallListModel | None = None
    ) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self._question = OneDialog()
        self._was_editing = False
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(2, weight=1)
        self._empty = customtkinter.CTkLabel(
            self, text=kit.say(N_("Choose a contact from the list.")), text_color=theme.QUIET, wraplength=280
        )
        self._header = CardHeader(self, model, kit)
        self._banners = Banners(self, model, kit)
        self._scroll = ScrollFrame(self)
        self._scroll.inside.grid_columnconfigure(0, weight=1)
        self._reading = Reading(self._scroll.inside, model, kit)
        self._calls = None if calls is None else CallsSection(self._scroll.inside, calls, kit)
        self._form: FormView | None = None
        self._history: HistoryView | None = None
        self._history_of: HistoryModel | None = None
        kit.listen(self, model.now.changed, self.refresh)
        kit.listen(self, model.now.told, self._tell)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        is_open = self._model.is_open
        self._place(self._empty, 0, is_shown=not is_open, rowspan=3)
        self._place(self._header, 0, is_shown=is_open)
        self._place(self._banners, 1, is_shown=is_open)
        self._show_history()
        self._place(self._scroll, 2, is_shown=is_open and self._history is None)
        if is_open:
            self._header.refresh()
            self._banners.refresh()
            self._show_body()
        self._ask()

    def _show_history(self) -> None:
        """A view for each history: it is of one contact."""
        wanted = self._model.history
        if self._history is not None and self._history_of is not wanted:
            self._history.destroy()
            self._history = None
        if wanted is not None and self._history is None:
            self._history = HistoryView(self, self._model, wanted, self._kit)
            self._history.grid(row=2, column=0, sticky="nsew")
            self._history.focus_first()
        self._history_of = wanted

    def _show_body(self) -> None:
        now = self._model.now
        if now.is_editing and self._form is None:
            self._form = FormView(self._scroll.inside, self._model, self._kit)
        if self._form is not None:
            self._form.refresh()
            self._place(self._form, 0, is_shown=now.is_editing)
        self._reading.refresh()
        is_read = not now.is_editing and now.record is not None
        self._place(self._reading, 0, is_shown=is_read)
        if self._calls is not None:
            self._place(self._calls, 1, is_shown=is_read)
        if now.is_editing and not self._was_editing and self._form is not None:
            self._form.focus_first()
        self._was_editing = now.is_editing

    def _ask(self) -> None:
        """One question at a time."""
        if self._model.saving.conflict is not None:
            self._question.show(lambda: ConflictDialog(self, self._model, self._kit))
        elif self._model.is_leaving:
            self._question.show(lambda: ask_leaving(self, self._model, self._kit))

    def _tell(self, told: PassingNotice) -> None:
        label = None if told.action_label is None else self._kit.say(told.action_label)
        self._kit.toast(said(self._kit, told.sentence), label, told.action, is_error=told.is_error)

    @staticmethod
    def _place(widget: customtkinter.CTkBaseClass, row: int, *, is_shown: bool, rowspan: int = 1) -> None:
        if not is_shown:
            widget.grid_remove()
        elif not widget.winfo_manager():
            widget.grid(row=row, column=0, sticky="nsew", rowspan=rowspan)
