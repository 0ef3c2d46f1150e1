"""The bar of the call: the phone's light, who is called at which number, how the call stands, and its commands."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.calling.call import CallModel, NumberChoice, Stage
from callmanager.desktop.models.calling.phone_settings import NO_PHONE
from callmanager.desktop.theme import Colour
from callmanager.desktop.views.calling.words import LIGHTS, URGENCIES
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.choices import Choice
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.domain.texts import N_

WARNING = "⚠"
MOST_NAME = 36


class CallBar(customtkinter.CTkFrame):
    """One line, more when the window is narrow. It shows the call at hand, else the open contact."""

    def __init__(self, master: tkinter.Misc, model: CallModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self._offered: list[str] = []
        self._refusal = ""
        self.row = FlowFrame(self)
        self.row.pack(fill="x", padx=theme.GRID, pady=theme.GRID // 2)
        self.light = Button(self.row, "", lambda: kit.board.run("me.phone"), kind="quiet")
        self.who = customtkinter.CTkLabel(self.row, text="", font=kit.fonts.strong, height=32)
        self.number = customtkinter.CTkLabel(self.row, text="", height=32)
        self.choice = Choice(self.row, [], self._choose, width=150)
        self.state = customtkinter.CTkLabel(self.row, text="", font=kit.fonts.strong, height=32)
        self._build_buttons()
        kit.listen(self, model.changed, self.refresh)
        kit.listen(self, model.phone.changed, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the model as it is now."""
        self._refusal = self._model.refusal_text
        phone = self._model.phone
        _put(self.light, f"● {phone.health_text}", LIGHTS[phone.light])
        _put(self.who, _short(self._who()), theme.TEXT if self._who() else theme.QUIET)
        self._show_numbers()
        self.tick()
        self.row.show(*self._wanted())

    def tick(self) -> None:
        """The texts with a time in them; without a call, why there can be none."""
        if self._refusal:
            _put(self.state, self._refusal, theme.CAUTION)
            return
        colour = URGENCIES[self._model.urgency] if self._model.stage is not Stage.OUTCOME else theme.TEXT
        _put(self.state, self._model.state_text, colour)

    def _who(self) -> str:
        current = self._model.current
        if current is not None:
            return current.contact_name
        unnamed = self._kit.say(N_("Without a name")) if self._model.numbers else ""
        return self._model.contact_name or unnamed

    def _build_buttons(self) -> None:
        kit, row, model = self._kit, self.row, self._model
        self.dial = kit.button(row, "call.dial", kind="main")
        self.hang_up = kit.button(row, "call.hang_up", kind="danger")
        self.answered = Button(row, kit.say(N_("They answered")), model.say_answered)
        it_is_over = kit.say(N_("The call is over"))
        self.over = Button(row, it_is_over, model.close_by_hand)
        self.over_by_key = kit.button(row, "call.hang_up", kind="danger", label=it_is_over)
        self.copy = kit.button(row, "call.copy_number", label=kit.say(N_("Copy")))
        self.next = kit.button(row, "call.next", kind="quiet", label=kit.say(N_("Next")))

    def _wanted(self) -> list[Any]:
        """In the order in which they are needed."""
        model = self._model
        if model.stage is Stage.PREVIEW:
            who = [self.who, *self._number()] if self._who() else []
            copy = [self.copy] if self._is_by_hand() and model.numbers else []
            why = [self.state] if self._refusal else []
            return [self.light, *who, self.dial, *why, *copy, self.next]
        answered = [self.answered] if model.can_say_answered else []
        end = self.hang_up if _has_hang_up(model) else self.over_by_key
        over = [self.over] if model.can_close_by_hand and _has_hang_up(model) else []
        copy = [self.copy] if model.copy_text else []
        up = [] if model.stage is Stage.OUTCOME else [end, *answered, *over, *copy]
        return [self.light, self.who, self.number, self.state, *up]

    def _number(self) -> list[Any]:
        numbers = self._model.numbers
        return [] if not numbers else [self.choice if len(numbers) > 1 else self.number]

    def _show_numbers(self) -> None:
        current, numbers = self._model.current, self._model.numbers
        names = [_name_of(one) for one in numbers]
        if names != self._offered:
            self._offered = names
            self.choice.configure(values=names)
        chosen = next((one for one in numbers if one.is_chosen), None)
        if chosen is not None:
            self.choice.set(_name_of(chosen))
        text = current.number_text if current is not None else "" if chosen is None else _name_of(chosen)
        _put(self.number, text, theme.TEXT)

    def _choose(self, name: str) -> None:
        found = next((one for one in self._model.numbers if _name_of(one) == name), None)
        if found is not None:
            self._model.choose_number(found.index)

    def _is_by_hand(self) -> bool:
        return self._model.phone.driver == NO_PHONE


def _name_of(one: NumberChoice) -> str:
    label = f" ({one.label})" if one.label else ""
    problem = f"  {WARNING} {one.problem}" if one.problem else ""
    return f"{one.text}{label}{problem}"


def _has_hang_up(model: CallModel) -> bool:
    """Whether F4 hangs the phone up; else F4 itself says that the call is over."""
    return model.current is not None and model.current.can_hang_up


def _short(text: str) -> str:
    return text if len(text) <= MOST_NAME else text[: MOST_NAME - 1] + "…"


def _put(widget: Any, text: str, colour: Colour) -> None:
    if (widget.cget("text"), widget.cget("text_color")) != (text, colour):
        widget.configure(text=text, text_color=colour)
