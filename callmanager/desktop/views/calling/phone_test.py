"""The test call of the phone's settings: a number, call and hang up, and how it stands in words."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.phone_form import PhoneForm
from callmanager.desktop.models.calling.phone_test_call import PhoneTestCall
from callmanager.desktop.views.calling.words import Words
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.fields import TextField
from callmanager.domain.texts import N_

TICK_MILLISECONDS = 1_000


class PhoneTest(customtkinter.CTkFrame):
    """It calls no contact and leaves no record."""

    def __init__(self, master: tkinter.Misc, model: PhoneTestCall, form: PhoneForm, kit: Kit, width: int) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=6, border_width=1, border_color=theme.LINE)
        self._model, self._form, self._kit = model, form, kit
        self.grid_columnconfigure(0, weight=1)
        label = kit.say(N_("Call the laboratory: a number of IT, or your own"))
        self.number = TextField(self, label, model.number, self._type)
        self.number.grid(row=0, column=0, sticky="ew", padx=theme.GRID, pady=(theme.GRID // 2, theme.GRID))
        self.number.on_enter(self._press)
        self.call = Button(self, kit.say(N_("Call it")), model.dial)
        self.call.grid(row=0, column=1, sticky="s", pady=(0, theme.GRID))
        self.hang_up = Button(self, kit.say(N_("Hang up")), model.hang_up)
        self.hang_up.grid(row=0, column=2, sticky="s", padx=theme.GRID, pady=(0, theme.GRID))
        self.result = Words(self, width - 2 * theme.GRID, theme.TEXT)
        self.result.grid(row=1, column=0, columnspan=3, sticky="ew", padx=theme.GRID, pady=(0, theme.GRID // 2))
        kit.every(self, TICK_MILLISECONDS, self._tick)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        error = self._model.number_error
        self.number.complain("" if error is None else self._kit.explain(error))
        self.call.allow(self._model.can_dial)
        self.hang_up.allow(self._model.is_up)
        self._tick()

    def _tick(self) -> None:
        text = self._kit.say(N_("Save first, then call.")) if self._form.is_changed else self._model.text
        self.result.put(text)

    def _type(self, text: str) -> None:
        self._model.number = text

    def _press(self) -> str:
        if self._model.can_dial:
            self._model.dial()
        return "break"
