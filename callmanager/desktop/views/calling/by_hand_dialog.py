"""I called from another phone: which number, when, how long, and what came of it."""

from __future__ import annotations

import tkinter
from functools import partial

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.by_hand import ByHandModel
from callmanager.desktop.views.calling.outcome.form import OutcomeForm
from callmanager.desktop.views.calling.words import Words
from callmanager.desktop.views.card.banners import said
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import TextField
from callmanager.desktop.widgets.focusing import is_typing
from callmanager.domain.texts import N_

WIDTH = 700
KEYS = range(1, 10)


class ByHandDialog(Dialog):
    """What is typed lives in the model. Digits choose the outcome while no field is written in."""

    def __init__(self, master: tkinter.Misc, model: ByHandModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("I called from another phone")), width=WIDTH)
        self._model, self._kit = model, kit
        self._is_callback_open = False
        self.add_text(
            kit.say(
                N_("%(name)s. It counts as a call of yours; its time is shown as an estimate."), name=model.contact_name
            )
        )
        self._build_fields()
        self.outcome = OutcomeForm(self.body, model.outcome, kit)
        self.outcome.pack(fill="x", pady=(theme.GRID, 0))
        self._problem = Words(self.body, WIDTH, theme.BAD)
        self._problem.pack(fill="x")
        self.add_button(kit.say(N_("Cancel")), self.close)
        self.save = self.add_button(kit.say(N_("Save")), self._save, kind="main")
        self._bind_keys()
        kit.listen(self, model.changed, self.refresh)
        kit.listen(self, model.outcome.changed, self.refresh)
        kit.listen(self, model.done, self.close)
        self.refresh()
        self.open(self.started.field)

    def refresh(self) -> None:
        """Show the model as it is now."""
        model = self._model
        self.number.put(model.chosen_number)
        self.started.put(model.started_text)
        self.talk.put(model.talk_text)
        for name, field in (("number", self.number), ("started_at", self.started), ("talk_seconds", self.talk)):
            error = model.field_errors.get(name)
            notice = model.started_notice if name == "started_at" else None
            told = "" if notice is None else said(self._kit, notice)
            field.complain(told if error is None else self._kit.explain(error))
        self._problem.put("" if model.problem is None else self._kit.explain(model.problem))
        self.save.allow(not model.is_saving)
        if model.outcome.is_callback_open != self._is_callback_open and self.winfo_viewable():
            self._is_callback_open = model.outcome.is_callback_open
            self.fit()

    def _build_fields(self) -> None:
        model, say = self._model, self._kit.say
        row = customtkinter.CTkFrame(self.body, fg_color="transparent")
        row.pack(fill="x")
        row.grid_columnconfigure((0, 1, 2), weight=1, uniform="field")
        self.number = ChoiceField(row, say(N_("Number")), model.numbers, model.chosen_number, model.choose_number)
        self.started = TextField(row, say(N_("Began at: dd/mm/yyyy hh:mm")), model.started_text, model.type_started)
        self.talk = TextField(row, say(N_("Talked, in minutes (4 or 4:30)")), model.talk_text, model.type_talk)
        for column, field in enumerate((self.number, self.started, self.talk)):
            field.grid(row=0, column=column, sticky="new", padx=(0 if column == 0 else theme.GRID, 0))

    def _bind_keys(self) -> None:
        for key in KEYS:
            for sequence in (f"<Key-{key}>", f"<KP_{key}>"):
                self.bind(sequence, partial(self._choose, key))
        self.bind("<Control-Return>", lambda _event: self._save())

    def _choose(self, key: int, event: tkinter.Event[tkinter.Misc]) -> None:
        if not is_typing(event.widget):
            self._model.outcome.choose_key(key)

    def _save(self) -> None:
        self.outcome.note.hand_over()
        self._model.save()
