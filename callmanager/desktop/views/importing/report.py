"""The figures of an import and the reasons of rows that were not taken, as a table of words and numbers."""

from __future__ import annotations

import tkinter
from collections.abc import Mapping
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.figures import list_doubts, list_figures, list_reasons, say_doubt, say_reason
from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.views.kit import Kit
from callmanager.domain.texts import N_

WRAP = 760


class ReportView(customtkinter.CTkFrame):
    """Built anew when the report is another."""

    def __init__(self, master: tkinter.Misc, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent", height=1)
        self._kit = kit
        self._shown: object = None
        self.grid_columnconfigure(0, weight=1)

    def show(self, report: Mapping[str, Any] | None, *, is_dry: bool) -> None:
        """Show a report; None: nothing."""
        if report is self._shown:
            return
        self._shown = report
        for child in self.winfo_children():
            child.destroy()
        if report is None:
            self.configure(height=1)
            return
        self._figures(report, is_dry=is_dry)
        self._reasons(report)
        self._doubts(report)

    def _figures(self, report: Mapping[str, Any], *, is_dry: bool) -> None:
        box = customtkinter.CTkFrame(self, fg_color=theme.RAISED)
        box.grid(row=0, column=0, sticky="ew")
        box.grid_columnconfigure(0, weight=1)
        for number, line in enumerate(list_figures(report, self._kit.speech, is_dry=is_dry)):
            colour = theme.BAD if line.is_problem else theme.TEXT
            label = customtkinter.CTkLabel(box, text=line.label, anchor="w", text_color=colour, height=22)
            label.grid(row=number, column=0, sticky="w", padx=theme.GRID, pady=1)
            count = customtkinter.CTkLabel(
                box, text=line.number, anchor="e", text_color=colour, font=self._kit.fonts.strong, height=22
            )
            count.grid(row=number, column=1, sticky="e", padx=2 * theme.GRID, pady=1)

    def _reasons(self, report: Mapping[str, Any]) -> None:
        reasons = list_reasons(report)
        if not reasons:
            return
        say, speech = self._kit.say, self._kit.speech
        heading = say(N_("Why rows are not taken"))
        if report["errors_omitted"]:
            heading = say(N_("Why rows are not taken (the first %(count)s)"), count=len(report["errors"]))
        self._line(heading, self._kit.fonts.strong)
        for reason in reasons:
            self._line(f"{show_number(reason.count, speech)} ×  {say_reason(reason, speech)}", self._kit.fonts.text)

    def _doubts(self, report: Mapping[str, Any]) -> None:
        doubts, speech = list_doubts(report), self._kit.speech
        if doubts:
            self._line(self._kit.say(N_("What is left out or in doubt")), self._kit.fonts.strong)
        for doubt in doubts:
            self._line(f"{show_number(doubt.count, speech)} ×  {say_doubt(doubt, speech)}", self._kit.fonts.text)

    def _line(self, text: str, font: customtkinter.CTkFont) -> None:
        label = customtkinter.CTkLabel(
            self, text=text, font=font, anchor="w", justify="left", wraplength=WRAP, height=22
        )
        label.grid(sticky="w", pady=(theme.GRID // 2, 0))
