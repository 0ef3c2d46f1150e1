"""The user's state in the head of the window, with its timer; and the list of reasons of a pause (F8)."""

from __future__ import annotations

import tkinter
from functools import partial

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.agent_state import AgentStateModel, show_duration
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button, key_label
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.focusing import focus_on
from callmanager.domain.agent_states import AgentState
from callmanager.domain.texts import N_

TICK_MILLISECONDS = 1_000
LONG_SECONDS = 15 * 60
"""After so long a pause the time says so by its colour."""
PAUSE_WIDTH = 340
COLOURS = {
    AgentState.READY.value: theme.GOOD,
    AgentState.NOT_READY.value: theme.CAUTION,
    AgentState.ON_CALL.value: theme.LINK,
    AgentState.WRAP_UP.value: theme.LINK,
}


class StateSelector(customtkinter.CTkFrame):
    """A button that says the state and does what F8 does. Binds `me.pause`."""

    def __init__(self, master: tkinter.Misc, model: AgentStateModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model, self._kit = model, kit
        self.button = Button(self, "", lambda: kit.board.run("me.pause"), kind="quiet")
        self.button.pack(side="left")
        self.timer = customtkinter.CTkLabel(self, text="", font=kit.fonts.text, width=56, anchor="w")
        self.timer.pack(side="left")
        kit.board.bind("me.pause", self.toggle)
        kit.listen(self, model.changed, self.show)
        kit.listen(self, kit.board.changed, self.show)
        kit.listen(self, model.refused, lambda error: kit.toast(kit.explain(error), is_error=True))
        kit.listen(self, model.forced, lambda text: kit.toast(text, is_error=True))
        kit.every(self, TICK_MILLISECONDS, self._tick)
        self.show()

    def toggle(self) -> None:
        """From a pause to ready; else ask for the reason."""
        if self._model.is_paused:
            self._model.be_ready()
        elif self._model.can_choose:
            PauseDialog(self, self._model, self._kit)

    def show(self) -> None:
        """As it is now."""
        own, kit = self._model.own, self._kit
        label = kit.say(N_("One moment…")) if self._model.is_waiting else self._model.text
        text = key_label(f"● {label}", kit.key_of("me.pause"))
        if self.button.cget("text") != text:
            self.button.configure(text=text)
        self.button.configure(text_color=COLOURS.get(own.state, theme.QUIET) if own else theme.QUIET)
        self.button.allow(kit.board.is_allowed("me.pause") and self._model.can_choose)
        self._tick()

    def _tick(self) -> None:
        seconds = self._model.seconds
        text = "" if seconds is None else show_duration(seconds)
        is_long = self._model.is_paused and seconds is not None and seconds >= LONG_SECONDS
        if self.timer.cget("text") != text:
            self.timer.configure(text=text, text_color=theme.BAD if is_long else theme.TEXT)


class PauseDialog(Dialog):
    """Why: a digit chooses, arrows move, Enter presses, Esc stays ready."""

    def __init__(self, master: tkinter.Misc, model: AgentStateModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("Pause")), width=PAUSE_WIDTH)
        self._model = model
        self.add_text(kit.say(N_("No call comes until you are ready again (%(key)s)."), key=kit.key_of("me.pause")))
        self.buttons: list[Button] = []
        for number, (code, name) in enumerate(model.reasons, 1):
            choose = partial(self._choose, code)
            button = Button(self.body, f"{number}   {name}", choose, anchor="w")
            button.pack(fill="x", pady=(0, theme.GRID // 2))
            self.buttons.append(button)
            for key in (f"<Key-{number}>", f"<KP_{number}>"):
                self.bind(key, lambda _event, choose=choose: choose())  # type: ignore[misc]
        self.bind("<Down>", lambda _event: self._move(1))
        self.bind("<Up>", lambda _event: self._move(-1))
        self.add_button(kit.say(N_("Cancel")), self.close)
        self.open(self.buttons[0])

    def _move(self, step: int) -> None:
        has_focus = self.focus_get()
        here = next((place for place, button in enumerate(self.buttons) if button is has_focus), -step)
        focus_on(self.buttons[(here + step) % len(self.buttons)])

    def _choose(self, reason: str) -> None:
        self.close()
        self._model.pause(reason)
