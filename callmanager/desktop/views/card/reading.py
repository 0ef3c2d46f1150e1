"""The contact to be read: one line for each field that says something."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.places import READ
from callmanager.desktop.models.card.words import local_time
from callmanager.desktop.views.kit import Kit
from callmanager.domain.texts import N_

EDGE = 2 * theme.GRID
LABEL_WIDTH = 104


class Reading(customtkinter.CTkFrame):
    """Labels made once; `refresh` fills them."""

    def __init__(self, master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self.grid_columnconfigure(1, weight=1)
        self._values = {name: self._row(number, name) for number, name in enumerate(READ)}
        self._foot = customtkinter.CTkLabel(
            self, text="", anchor="w", justify="left", font=kit.fonts.small, text_color=theme.QUIET
        )
        self._foot.grid(row=len(READ), column=0, columnspan=2, sticky="ew", padx=EDGE, pady=theme.GRID)
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")

    def refresh(self) -> None:
        """Show the model as it is now."""
        now = self._model.now
        if now.record is None:
            return
        for name, label in self._values.items():
            label.configure(text=self._text(name))
        changed = local_time(now.record["updated_at"])
        self._foot.configure(text=self._kit.say(N_("Changed %(time)s"), time=changed))

    def _text(self, name: str) -> str:
        now = self._model.now
        assert now.record is not None
        if name == "note" and now.pending_note is not None:
            return now.pending_note
        if name == "phones":
            return "\n".join(self._phone(phone) for phone in now.record["phones"])
        if name == "extra":
            return "\n".join(f"{key}: {text}" for key, text in now.record["extra"].items()) or "—"
        return now.names.value(name, now.record[name])

    def _phone(self, phone: dict[str, object]) -> str:
        shown = self._model.now.names.labelled(phone)
        return shown if phone["valid"] else f"{shown}  ⚠ {self._kit.say(N_('not a valid number'))}"

    def _row(self, number: int, name: str) -> customtkinter.CTkLabel:
        title = customtkinter.CTkLabel(
            self,
            text=self._model.now.names.field(name),
            anchor="nw",
            width=LABEL_WIDTH,
            height=22,
            text_color=theme.QUIET,
        )
        title.grid(row=number, column=0, sticky="nw", padx=(EDGE, theme.GRID), pady=2)
        value = customtkinter.CTkLabel(self, text="", anchor="nw", justify="left", height=22)
        value.grid(row=number, column=1, sticky="new", padx=(0, EDGE), pady=2)
        return value

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        width = max(100, round(event.width / scale) - LABEL_WIDTH - 2 * EDGE - 2 * theme.GRID)
        for label in self._values.values():
            label.configure(wraplength=width)
