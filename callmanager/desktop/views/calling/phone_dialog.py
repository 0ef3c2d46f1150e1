"""The phone of this PC: which one, what it needs, how it wants numbers, and a test call with its result in words."""

from __future__ import annotations

import tkinter
from functools import partial
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.calls import CallingModels
from callmanager.desktop.models.calling.phone_form import ShownOption, dial_example
from callmanager.desktop.speech import Speech
from callmanager.desktop.views.calling.phone_test import PhoneTest
from callmanager.desktop.views.calling.words import LIGHTS, Words
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import TextField
from callmanager.domain.texts import N_

WIDTH = 640
DOTS = "•"
GAP = (0, theme.GRID)


class PhoneDialog(Dialog):
    """What is typed lives in the model; closing without saving drops it."""

    def __init__(self, master: tkinter.Misc, models: CallingModels, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("My phone")), width=WIDTH)
        self._phone, self._kit = models.phone, kit
        self._model = model = models.phone_form
        self._shown: tuple[str, ...] = ()
        self.fields: dict[str, Any] = {}
        self._build_health()
        drivers = {one.name: kit.say(one.label) for one in model.drivers}
        self.driver = ChoiceField(self.body, kit.say(N_("Phone")), drivers, model.typed.driver, model.choose_driver)
        self.driver.pack(fill="x")
        self._hint = Words(self.body, WIDTH, theme.QUIET)
        self._hint.pack(fill="x", pady=GAP)
        self._box = customtkinter.CTkFrame(self.body, fg_color="transparent", height=1)
        self._box.pack(fill="x")
        self._box.grid_columnconfigure((0, 1), weight=1, uniform="option")
        self._build_form()
        self.test = PhoneTest(self.body, models.phone_test, model, kit, WIDTH)
        self.test.pack(fill="x", pady=GAP)
        self._problem = Words(self.body, WIDTH, theme.BAD)
        self._problem.pack(fill="x")
        self.closed.connect(self._leave)
        self.add_button(kit.say(N_("Close")), self.close)
        self.save = self.add_button(kit.say(N_("Save")), model.save, kind="main")
        for signal in (models.phone.changed, model.changed, models.phone_test.changed):
            kit.listen(self, signal, self.refresh)
        self.refresh()
        self.open(self.driver.field)

    def refresh(self) -> None:
        """Show the model as it is now."""
        model, phone, say = self._model, self._phone, self._kit.say
        self._health.put(f"● {phone.health_text}", LIGHTS[phone.light])
        self._detail.put(" ".join(part for part in (phone.detail_text, phone.advice_text) if part))
        self.driver.put(model.typed.driver)
        self.driver.complain(self._trouble("driver"))
        hints = {one.name: one.hint for one in model.drivers}
        self._hint.put(say(hints[model.typed.driver]) if model.typed.driver in hints else "")
        self._show_options(model.options)
        self._show_form()
        self.test.refresh()
        known = {*self.fields, *self.form, "driver", "test_number"}
        is_elsewhere = phone.problem is not None and phone.problem.fields.get("field") not in known
        self._problem.put(self._kit.explain(phone.problem) if phone.problem is not None and is_elsewhere else "")
        self.save.allow(model.is_changed and not model.is_busy)

    def _leave(self) -> None:
        if self._model.is_changed:
            self._model.drop_changes()

    def _build_health(self) -> None:
        box = customtkinter.CTkFrame(self.body, fg_color=theme.RAISED, corner_radius=6)
        box.pack(fill="x", pady=GAP)
        self._health = Words(box, WIDTH, theme.TEXT, font=self._kit.fonts.strong)
        self._health.pack(fill="x", padx=theme.GRID, pady=(theme.GRID // 2, 0))
        self._detail = Words(box, WIDTH, theme.TEXT)
        self._detail.pack(fill="x", padx=theme.GRID, pady=(0, theme.GRID // 2))

    def _build_form(self) -> None:
        model, say = self._model, self._kit.say
        row = customtkinter.CTkFrame(self.body, fg_color="transparent")
        row.pack(fill="x")
        row.grid_columnconfigure((0, 1, 2), weight=1, uniform="form")
        self.style = ChoiceField(
            row,
            say(N_("How it wants numbers")),
            model.styles,
            model.typed.form.style.value,
            lambda style: model.type_format(style=style),
        )
        self.style.grid(row=0, column=0, columnspan=3, sticky="ew", pady=GAP)
        self.form: dict[str, Any] = {}
        labels = (
            ("region", N_("Country (CR, ES, MX…)")),
            ("outside_line", N_("Digits for an outside line")),
            ("international_prefix", N_("Prefix for calls abroad")),
        )
        for column, (name, label) in enumerate(labels):
            self.form[name] = TextField(row, say(label), "", partial(self._type_format, name))
            self.form[name].grid(row=1, column=column, sticky="new", padx=(0 if column == 0 else theme.GRID, 0))
        self._example = Words(self.body, WIDTH, theme.TEXT, font=self._kit.fonts.strong)
        self._example.pack(fill="x", pady=(theme.GRID // 2, theme.GRID))

    def _type_format(self, name: str, text: str) -> None:
        self._model.type_format(**{name: text})

    def _show_form(self) -> None:
        form = self._model.typed.form
        self.style.put(form.style.value)
        for name, field in self.form.items():
            if field.text.strip().upper() != getattr(form, name).upper():
                field.put(getattr(form, name))
            field.complain(self._trouble(name))
        speech: Speech = self._kit.speech
        text, is_usable = dial_example(form, speech)
        self._example.put(text, theme.TEXT if is_usable else theme.BAD)

    def _show_options(self, options: list[ShownOption]) -> None:
        names = (self._model.typed.driver, *(one.name for one in options))
        if names != self._shown:
            self._shown = names
            self._make_options(options)
        for one in options:
            field = self.fields[one.name]
            field.put(one.text)
            field.complain(self._trouble(one.name))

    def _make_options(self, options: list[ShownOption]) -> None:
        for field in self.fields.values():
            field.destroy()
        self.fields = {}
        row = column = 0
        for one in options:
            self.fields[one.name] = field = self._field(one)
            span = 2 if one.hint or one.is_kept else 1
            row, column = (row + 1, 0) if column + span > 2 else (row, column)
            padx = (theme.GRID if column else 0, 0)
            field.grid(row=row, column=column, columnspan=span, sticky="ew", padx=padx, pady=GAP)
            column += span
        if not options:
            self._box.configure(height=1)
        if self.winfo_viewable():
            self.fit()

    def _field(self, one: ShownOption) -> TextField | ChoiceField:
        typed = partial(self._model.type_option, one.name)
        label = one.label if not one.hint else f"{one.label} · {one.hint}"
        if one.is_kept:
            kept = self._kit.say(N_("kept; write here only to change it"))
            label += f" · {kept}"
        if one.choices:
            return ChoiceField(self._box, label, [(value, value) for value in one.choices], one.text, typed)
        return TextField(self._box, label, one.text, typed, show=DOTS if one.is_secret else "")

    def _trouble(self, name: str) -> str:
        error = self._model.field_errors.get(name)
        return "" if error is None else self._kit.explain(error)
