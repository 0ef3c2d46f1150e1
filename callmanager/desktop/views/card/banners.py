"""What the card has to say above the fields: problems, a draft, somebody who asks. Never a window over a half-written
note."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.open_card import Mode, Problem
from callmanager.desktop.models.card.words import local_clock, local_time
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.domain.texts import N_

EDGE = 2 * theme.GRID
Answer = tuple[str, Callable[[], object]]


class Banner(customtkinter.CTkFrame):
    """One sentence with its answers."""

    def __init__(self, master: tkinter.Misc, kit: Kit, answers: list[Answer]) -> None:
        super().__init__(master, fg_color=theme.RAISED, corner_radius=6)
        self.grid_columnconfigure(0, weight=1)
        self._text = customtkinter.CTkLabel(self, text="", anchor="w", justify="left", font=kit.fonts.text)
        self._text.grid(row=0, column=0, sticky="ew", padx=theme.GRID, pady=theme.GRID // 2)
        if answers:
            row = FlowFrame(self)
            row.grid(row=1, column=0, sticky="ew", padx=theme.GRID, pady=(0, theme.GRID))
            kinds: list[Any] = ["main", *["plain"] * (len(answers) - 1)]
            row.show(
                *(
                    Button(row, kit.say(label), press, kind=kind)
                    for (label, press), kind in zip(answers, kinds, strict=True)
                )
            )
        tkinter.Misc.bind(self, "<Configure>", self._fold, add="+")

    def put(self, text: str, colour: theme.Colour) -> None:
        """Show a sentence."""
        self._text.configure(text=text, text_color=colour)

    def _fold(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        self._text.configure(wraplength=max(120, round(event.width / scale) - 2 * theme.GRID))


class Banners(customtkinter.CTkFrame):
    """All of them, each shown when there is something to say."""

    def __init__(self, master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
        super().__init__(master, fg_color=theme.SURFACE, corner_radius=0, height=1)
        self._model, self._kit = model, kit
        self.grid_columnconfigure(0, weight=1)
        editing, locks, saving = model.editing, model.locks, model.saving
        self._asked = Banner(
            self,
            kit,
            [
                (N_("Let it go now"), lambda: locks.answer(release=True)),
                (N_("2 minutes more"), lambda: locks.answer(release=False)),
            ],
        )
        self._problem = Banner(self, kit, [])
        self._failed = Banner(self, kit, [(N_("Save again"), saving.save)])
        self._draft = Banner(
            self, kit, [(N_("Go on with it"), self._resume), (N_("Drop the draft"), editing.drop_draft)]
        )
        self._offline = Banner(self, kit, [])

    def refresh(self) -> None:
        """Show the model as it is now."""
        self._show(0, self._asked, self._asked_words(), theme.CAUTION)
        problem, can_repeat = self._problem_words(), self._model.now.has_unsaved
        self._show(1, self._problem, None if can_repeat else problem, theme.BAD)
        self._show(2, self._failed, problem if can_repeat else None, theme.BAD)
        self._show(3, self._draft, self._draft_words(), theme.TEXT)
        self._show(4, self._offline, self._offline_words(), theme.CAUTION)

    def _show(self, row: int, banner: Banner, text: str | None, colour: theme.Colour) -> None:
        if text is None:
            banner.grid_remove()
            return
        banner.put(text, colour)
        banner.grid(row=row, column=0, sticky="ew", padx=EDGE, pady=(0, theme.GRID))

    def _asked_words(self) -> str | None:
        asked = self._model.locks.asked_for
        if asked is None:
            return None
        message = N_("%(name)s asks for this contact. Without an answer it goes over at %(time)s if you do not type.")
        return self._kit.say(message, name=asked.by, time=local_clock(asked.answer_by))

    def _problem_words(self) -> str | None:
        problem = self._model.now.problem
        return None if problem is None else said(self._kit, problem)

    def _draft_words(self) -> str | None:
        draft = self._model.now.draft
        if draft is None or self._model.now.mode is Mode.TAKING:
            return None
        names = ", ".join(self._model.now.names.field(name) for name in draft.body["values"])
        message = N_("There is an unsaved draft of %(time)s: %(fields)s.")
        return self._kit.say(message, time=local_time(draft.saved_at), fields=names)

    def _offline_words(self) -> str | None:
        now = self._model.now
        if now.is_online or not now.is_editing:
            return None
        return self._kit.say(N_("The server is away. You may finish the note: it is sent when the server is back."))

    def _resume(self) -> None:
        editing = self._model.editing
        editing.use_draft() if self._model.now.is_editing else editing.resume()


def said(kit: Kit, problem: Problem) -> str:
    """A sentence or an error, in the window's language."""
    return kit.say(problem.message, **problem.params)
