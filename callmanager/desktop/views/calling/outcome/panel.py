"""The outcome of the call at hand: whose it is, how long it has been waiting, the form, and how it is saved."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.call import CallModel, Stage
from callmanager.desktop.views.calling.outcome.form import OutcomeForm
from callmanager.desktop.views.calling.words import URGENCIES, Words
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.desktop.widgets.scrolling import ScrollFrame
from callmanager.domain.texts import N_

EDGE = theme.GRID
TICK_MILLISECONDS = 1_000
LATE: dict[str, str] = {"calm": "", "long": N_("longer than usual"), "too_long": N_("far too long")}
"""Beside the colour of a wrap-up that lasts."""


class OutcomePanel(customtkinter.CTkFrame):
    """Shown while a call has no outcome. When the keyboard comes here is said in views/keyboard_place.py."""

    def __init__(self, master: tkinter.Misc, model: CallModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self.grid_columnconfigure(0, weight=1)
        line = customtkinter.CTkFrame(self, height=2, fg_color=theme.ACCENT, corner_radius=0)
        line.grid(row=0, column=0, columnspan=2, sticky="ew")
        self.title = Words(self, 300, theme.TEXT, font=kit.fonts.strong, height=26)
        self.title.grid(row=1, column=0, sticky="ew", padx=EDGE)
        self.timer = customtkinter.CTkLabel(self, text="", font=kit.fonts.strong, anchor="e", height=26)
        self.timer.grid(row=1, column=1, sticky="e", padx=EDGE)
        scroll = ScrollFrame(self, is_fitting=True)
        scroll.grid(row=2, column=0, columnspan=2, sticky="nsew", padx=(EDGE, 0))
        self.form = OutcomeForm(scroll.inside, model.outcome, kit)
        self.form.pack(fill="x", expand=True)
        buttons = FlowFrame(self)
        buttons.grid(row=3, column=0, columnspan=2, sticky="ew", padx=EDGE, pady=theme.GRID)
        self.save_and_next = kit.button(buttons, "call.save", kind="main", label=kit.say(N_("Save and next")))
        self.save = Button(buttons, kit.say(N_("Save")), model.save)
        self.call_again = kit.button(buttons, "call.callback", kind="quiet", label=kit.say(N_("Call again")))
        buttons.show(self.save_and_next, self.save, self.call_again)
        line = customtkinter.CTkFrame(self, height=2, fg_color=theme.LINE, corner_radius=0)
        line.grid(row=4, column=0, columnspan=2, sticky="ew")
        self.grid_rowconfigure(2, weight=1)  # only the form gives way where it is low; the buttons stay in sight
        self.grid_rowconfigure(5, weight=100)  # and what is left over stands below
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")
        kit.listen(self, model.changed, self.refresh)
        kit.every(self, TICK_MILLISECONDS, self.tick)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        model = self._model
        current = model.current
        if current is not None:
            title = self._kit.say(N_("Outcome of the call to %(name)s"), name=current.contact_name)
            self.title.put(title)
        self.save.allow(model.can_save)
        self.tick()

    def tick(self) -> None:
        """The time that the outcome has been waiting, with its colour and in words."""
        model = self._model
        late = LATE[model.urgency] if model.stage is Stage.OUTCOME else ""
        text = " · ".join(part for part in (model.wrap_up_text, self._kit.say(late) if late else "") if part)
        colour = URGENCIES[model.urgency]
        if (self.timer.cget("text"), self.timer.cget("text_color")) != (text, colour):
            self.timer.configure(text=text, text_color=colour)

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        room = event.width - self.timer.winfo_reqwidth()
        self.title.fold(round(room / scale) - 5 * EDGE)
