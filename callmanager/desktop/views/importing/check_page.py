"""The third page of the wizard: what is to be done with the list, and what would happen."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.views.importing.report import ReportView
from callmanager.desktop.views.importing.word_fields import WordFields
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.fields import TextField
from callmanager.domain.texts import N_


class CheckPage(customtkinter.CTkFrame):
    """Every decision but the name makes the report out of date."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model, self._kit = model, kit
        self.grid_columnconfigure((0, 1), weight=1, uniform="half")
        say, options = kit.say, model.options
        self.policy = ChoiceField(
            self, say(N_("When a number is known already")), options.policies(), options.policy, self._decide("policy")
        )
        self.name = TextField(self, say(N_("Name of the list")), options.name, self._decide("name"))
        self.campaign = ChoiceField(
            self, say(N_("Campaign")), options.groups("campaign"), options.campaign_id, self._decide("campaign_id")
        )
        self.team = ChoiceField(self, say(N_("Team")), options.groups("team"), options.team_id, self._decide("team_id"))
        self.fields = (self.policy, self.name, self.campaign, self.team)
        for number, field in enumerate(self.fields):
            row, column = divmod(number, 2)
            field.grid(row=row, column=column, sticky="ew", padx=(0, theme.GRID), pady=(0, theme.GRID))
        self._heading = customtkinter.CTkLabel(self, text="", font=kit.fonts.strong, anchor="w", justify="left")
        self._heading.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(0, theme.GRID // 2))
        self.report = ReportView(self, kit)
        self.report.grid(row=3, column=0, columnspan=2, sticky="ew")
        self.words = WordFields(self, model, kit)
        self.words.grid(row=4, column=0, columnspan=2, sticky="ew")
        self.first = None

    def refresh(self) -> None:
        """Show the model as it is now."""
        model, say = self._model, self._kit.say
        for field in self.fields:
            field.enable(is_enabled=not model.is_busy)
        self.report.show(model.report, is_dry=True)
        self.words.refresh()
        text = (
            say(N_("This would happen. Nothing is changed yet."))
            if model.report is not None
            else say(N_("You decided something else: check again to see what would happen."))
        )
        if self._heading.cget("text") != text:
            self._heading.configure(text=text)

    def _decide(self, option: str) -> Callable[[Any], object]:
        return lambda value: self._model.options.put(option, value)
