"""The head of the card: who it is, how things stand, who else is there, and the commands of the moment."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.locks import CALL
from callmanager.desktop.models.card.open_card import Mode
from callmanager.desktop.models.card.saving import saved_words
from callmanager.desktop.models.card.words import local_clock
from callmanager.desktop.theme import Colour
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.domain.texts import N_

EDGE = 2 * theme.GRID
BARRED_SHOWN = 4
NARROW = 400
"""Under this width (at 100 %) the status stands below the name."""
PILL: dict[str, Any] = {"row": 1, "column": 1, "sticky": "ne", "padx": (0, EDGE)}


class CardHeader(customtkinter.CTkFrame):
    """Shows the model; `refresh` when it is another."""

    def __init__(self, master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0)
        self._model, self._kit = model, kit
        self.grid_columnconfigure(0, weight=1)
        self._stripe = customtkinter.CTkFrame(self, height=4, corner_radius=0, fg_color=theme.SURFACE)
        self._stripe.grid(row=0, column=0, columnspan=2, sticky="ew")
        self._name = _line(self, kit.fonts.title)
        self._name.grid(row=1, column=0, sticky="ew", padx=(EDGE, theme.GRID), pady=(theme.GRID, 0))
        self._status = Pill(self)
        self._is_narrow = False
        self._status.grid(**PILL, pady=(theme.GRID + 2, 0))
        self._under = _line(self, kit.fonts.text)
        self._under.grid(row=3, column=0, columnspan=2, sticky="ew", padx=EDGE)
        self._people = _line(self, kit.fonts.small)
        self._people.grid(row=4, column=0, columnspan=2, sticky="ew", padx=EDGE)
        self._barred = _line(self, kit.fonts.small)
        self._barred.configure(text_color=theme.BAD)
        self._barred.grid(row=7, column=0, columnspan=2, sticky="ew", padx=EDGE, pady=(0, theme.GRID // 2))
        self._buttons = FlowFrame(self)
        self._buttons.grid(row=5, column=0, columnspan=2, sticky="ew", padx=EDGE, pady=theme.GRID)
        self._build_buttons()
        self._state = _line(self, kit.fonts.small)
        self._state.grid(row=6, column=0, columnspan=2, sticky="ew", padx=EDGE, pady=(0, theme.GRID // 2))
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")

    def refresh(self) -> None:
        """Show the model as it is now."""
        record = self._model.now.record
        names, say = self._model.now.names, self._kit.say
        self._stripe.configure(fg_color=theme.ACCENT if self._model.now.is_editing else theme.SURFACE)
        if record is not None:
            self._name.configure(text=record["name"] or say(N_("Without a name")))
            self._show_status(record["status"])
            phone = names.phone(record["phones"][0]) if record["phones"] else ""
            self._under.configure(text="  ·  ".join(part for part in (phone, record["company"]) if part))
        self._show_people()
        barred = self._model.now.barred[:BARRED_SHOWN]
        self._barred.configure(text="\n".join(barred))
        _show(self._barred, is_shown=bool(barred))
        self._buttons.show(*self._wanted_buttons())
        self._show_state()

    def _show_status(self, status: str) -> None:
        now, say = self._model.now, self._kit.say
        if now.is_archived:
            self._status.put(say(N_("Archived")), theme.BAD)
        elif now.record is not None and now.record["do_not_call"]:
            self._status.put(say(N_("Do not call")), theme.BAD)
        else:
            self._status.put(now.names.status(status), theme.STATUS_COLOURS.get(now.names.mark(status), theme.QUIET))

    def _show_people(self) -> None:
        """Who holds the contact, then who looks at it."""
        holder, say, parts = self._model.locks.holder, self._kit.say, []
        if holder is not None and self._model.now.mode is not Mode.EMPTY:
            busy = N_("☎ %(name)s calls") if holder.purpose == CALL else N_("✎ %(name)s edits")
            parts.append(say(busy, name=holder.name))
            if holder.since is not None:
                parts[-1] += " " + say(N_("since %(time)s"), time=local_clock(holder.since))
        if self._model.locks.viewers:
            parts.append(say(N_("◉ %(names)s looking"), names=", ".join(self._model.locks.viewers)))
        self._people.configure(text="  ·  ".join(parts), text_color=theme.CAUTION if holder else theme.QUIET)
        _show(self._people, is_shown=bool(parts))

    def _show_state(self) -> None:
        now = self._model.now
        words = (N_("Taking the contact…"), {}) if now.mode is Mode.TAKING else saved_words(now)
        if words is None and now.is_editing:
            words = (N_("Editing. Others can only read."), {})
        if words is not None:
            colour = theme.GOOD if now.saved_at and not now.has_unsaved and not now.is_saving else theme.QUIET
            self._state.configure(text=self._kit.say(words[0], **words[1]), text_color=colour)
        _show(self._state, is_shown=words is not None)

    def _build_buttons(self) -> None:
        box, kit = self._buttons, self._kit
        self._save = kit.button(box, "contact.save", kind="main")
        self._edit = kit.button(box, "contact.edit", kind="main", label=kit.say(N_("Edit")))
        self._stop = kit.button(box, "contact.edit", label=kit.say(N_("Stop editing")))
        self._ask = kit.button(box, "contact.request", kind="main")
        self._take = kit.button(box, "contact.take_over")
        self._restore = kit.button(box, "contact.restore", kind="main")
        self._history = kit.button(box, "contact.history", kind="quiet")
        self._close = kit.button(box, "contact.close", kind="quiet")

    def _wanted_buttons(self) -> list[Button]:
        now = self._model.now
        if now.is_editing:
            return [self._save, self._stop, self._history]
        if now.is_archived:
            return [self._restore, self._history, self._close]
        if self._model.is_refused:
            take = [self._take] if now.may("contact:take_over") else []
            return [self._ask, *take, self._history, self._close]
        return [self._edit, self._history, self._close]

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        width = round(event.width / scale)
        is_narrow = width < NARROW
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            where = {"row": 2, "column": 0, "sticky": "w", "padx": EDGE} if is_narrow else PILL
            self._status.grid_configure(**where)
        self._name.configure(wraplength=max(120, width - 2 * EDGE - (0 if is_narrow else 150)))
        for label in (self._under, self._people, self._barred, self._state):
            label.configure(wraplength=max(120, width - 2 * EDGE))


def _line(master: tkinter.Misc, font: customtkinter.CTkFont) -> customtkinter.CTkLabel:
    return customtkinter.CTkLabel(master, text="", font=font, anchor="w", justify="left", height=20)


def _show(widget: customtkinter.CTkLabel, *, is_shown: bool) -> None:
    widget.grid() if is_shown else widget.grid_remove()


class Pill(customtkinter.CTkLabel):
    """`put` shows a word with its colour."""

    def __init__(self, master: tkinter.Misc, *, ground: Colour = theme.RAISED) -> None:
        super().__init__(master, text="", corner_radius=10, fg_color=ground, padx=theme.GRID, height=22)

    def put(self, text: str, colour: Colour) -> None:
        """Show `text`, in a colour that reads on the pill's ground."""
        if (self.cget("text"), self.cget("text_color")) != (text, colour):
            self.configure(text=text, text_color=colour)
