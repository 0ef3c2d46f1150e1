"""The import wizard as a dialog: its steps, the page of the present one, what is wrong, and how far things are."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.wizard import ImportModel, Step
from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.views.importing.check_page import CheckPage
from callmanager.desktop.views.importing.columns_page import ColumnsPage
from callmanager.desktop.views.importing.file_page import FilePage
from callmanager.desktop.views.importing.progress import ProgressLine
from callmanager.desktop.views.importing.run_page import RunPage
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.focusing import focus_on
from callmanager.domain.texts import N_

WIDTH = 880
_PAGES: dict[Step, Any] = {
    Step.FILE: FilePage,
    Step.COLUMNS: ColumnsPage,
    Step.CHECK: CheckPage,
    Step.RUN: RunPage,
}
_TITLES: dict[Step, str] = {
    Step.FILE: N_("1 File"),
    Step.COLUMNS: N_("2 Columns"),
    Step.CHECK: N_("3 Check"),
    Step.RUN: N_("4 Import"),
}


class ImportDialog(Dialog):
    """Closing it stops nothing: what is under way goes on, and the window's line shows it."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("Import a list")), width=WIDTH)
        self._model, self._kit = model, kit
        self._step: Step | None = None
        self._fitted: object = None
        self.page: Any
        self._titles = self._build_titles()
        self._place = customtkinter.CTkFrame(self.body, fg_color="transparent")
        self._place.pack(fill="both", expand=True)
        self.problem = customtkinter.CTkLabel(
            self.body, text="", anchor="w", justify="left", text_color=theme.BAD, wraplength=WIDTH - 60, height=1
        )
        self.progress = ProgressLine(self.body, kit.say(N_("Stop")), model.sending.stop)
        self.progress.pack(fill="x")
        self.add_button(kit.say(N_("Close")), self.close)
        self.back: Button = self.add_button(kit.say(N_("Back")), model.go_back)
        self.next: Button = self.add_button("", model.go_on, kind="main")
        kit.listen(self, model.changed, self.refresh)
        model.open()
        self.refresh()
        self.open(self.page.first or self.next)

    def refresh(self) -> None:
        """Show the model as it is now."""
        if self._step is not self._model.step:
            self._turn(self._model.step)
        self.page.refresh()
        model, sending = self._model, self._model.sending
        self._explain("" if model.problem is None else self._kit.explain(model.problem))
        self.progress.show(sending.text, sending.share, can_stop=sending.can_stop)
        self.back.allow(model.can_go_back)
        label = self._label()
        if self.next.cget("text") != label:
            self.next.configure(text=label)
        self.next.allow(model.can_go_on)
        self._fit_report()

    def _build_titles(self) -> dict[Step, customtkinter.CTkLabel]:
        row = customtkinter.CTkFrame(self.body, fg_color="transparent")
        row.pack(anchor="w", pady=(0, theme.GRID))
        titles = {}
        for step, title in _TITLES.items():
            titles[step] = customtkinter.CTkLabel(row, text=self._kit.say(title), height=22)
            titles[step].pack(side="left")
            if step is not Step.RUN:
                customtkinter.CTkLabel(row, text="   ›   ", text_color=theme.QUIET, height=22).pack(side="left")
        return titles

    def _turn(self, step: Step) -> None:
        """Another page, with the focus on its first field."""
        is_shown, self._step = self._step is not None, step
        if is_shown:
            self.page.destroy()
        self.page = _PAGES[step](self._place, self._model, self._kit)
        self.page.pack(fill="both", expand=True)
        for each, label in self._titles.items():
            is_now = each is step
            font = self._kit.fonts.strong if is_now else self._kit.fonts.text
            label.configure(font=font, text_color=theme.LINK if is_now else theme.QUIET)
        self.page.refresh()
        if is_shown:
            self.fit()
            focus_on(self.page.first or self.next)

    def _fit_report(self) -> None:
        """The dialog grows with a report that comes, and shrinks when it goes."""
        shown = (self._step, self._model.report is None, self._model.record is None, self._model.follower.is_running)
        if shown != self._fitted:
            self._fitted = shown
            if self.winfo_viewable():
                self.fit()

    def _explain(self, text: str) -> None:
        if text == self.problem.cget("text"):
            return
        self.problem.configure(text=text)
        if text:
            self.problem.pack(fill="x", pady=(theme.GRID, 0), before=self.progress)
            self.fit()
        else:
            self.problem.pack_forget()

    def _label(self) -> str:
        model, say = self._model, self._kit.say
        if model.step is Step.FILE:
            return say(N_("Next"))
        if model.step is Step.COLUMNS:
            return say(N_("See what would happen"))
        if model.step is Step.RUN:
            return say(N_("Import another list"))
        if model.report is None:
            return say(N_("Check again"))
        rows = model.report["inserted"] + model.report["updated"] + model.report["duplicates_merged"]
        return say(N_("Import (%(count)s rows)"), count=show_number(rows, self._kit.speech))
