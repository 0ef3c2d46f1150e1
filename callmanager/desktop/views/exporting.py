"""The export dialog: what will be in the file, in words, its format, and how far it is."""

from __future__ import annotations

import tkinter

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.exporting import FORMATS, ExportModel
from callmanager.desktop.views.importing.progress import ProgressLine
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.choices import ChoiceField
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.file_choice import choose_place
from callmanager.domain.texts import N_

WIDTH = 560


class ExportDialog(Dialog):
    """It may be closed while the file comes: a notice tells when it is there."""

    def __init__(self, master: tkinter.Misc, model: ExportModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("Export what is shown")), width=WIDTH)
        self._model, self._kit = model, kit
        model.open()
        self._box = customtkinter.CTkFrame(self.body, fg_color=theme.RAISED)
        self._box.pack(fill="x")
        self._count = customtkinter.CTkLabel(self._box, text="", font=kit.fonts.strong, anchor="w")
        self._count.pack(fill="x", padx=theme.GRID, pady=(theme.GRID // 2, 0))
        for line in model.filters:
            self._line(self._box, f"•  {line}", theme.TEXT)
        for hint in model.hints:
            self._line(self._box, hint, theme.CAUTION)
        customtkinter.CTkFrame(self._box, height=theme.GRID // 2, fg_color="transparent").pack()
        formats = {name: kit.say(text) for name, text in FORMATS.items()}
        self.format = ChoiceField(self.body, kit.say(N_("Format")), formats, model.format, model.choose_format)
        self.format.pack(fill="x", pady=theme.GRID)
        self._line(self.body, kit.say(N_("Every export is recorded with your name.")), theme.QUIET)
        self.problem = customtkinter.CTkLabel(
            self.body, text="", anchor="w", justify="left", text_color=theme.BAD, wraplength=WIDTH - 60, height=1
        )
        self.problem.pack(fill="x")
        self.progress = ProgressLine(self.body, kit.say(N_("Stop")), model.stop)
        self.progress.pack(fill="x")
        self.add_button(kit.say(N_("Close")), self.close)
        self.save = self.add_button(kit.say(N_("Save as…")), self._choose, kind="main")
        kit.listen(self, model.changed, self.refresh)
        kit.listen(self, model.told, lambda _said, is_error, path: self._after(is_error, path.is_file()))
        self.refresh()
        self.open()

    def refresh(self) -> None:
        """Show the model as it is now."""
        model = self._model
        self._count.configure(text=model.count_text)
        self.problem.configure(text="" if model.problem is None else self._kit.explain(model.problem))
        self.format.enable(is_enabled=not model.is_running)
        self.progress.show(model.progress_text, model.share, can_stop=True)
        self.save.allow(model.can_start)

    def _after(self, is_error: bool, is_there: bool) -> None:
        if not is_error and is_there:
            self.close()

    def _choose(self) -> None:
        model, say = self._model, self._kit.say
        kind = (say(FORMATS[model.format]), (f".{model.format}",))
        place = choose_place(self, say(N_("Save the export")), kind, model.suggest_name())
        if place is not None:
            model.start(place)

    def _line(self, master: tkinter.Misc, text: str, colour: theme.Colour) -> None:
        label = customtkinter.CTkLabel(
            master, text=text, anchor="w", justify="left", text_color=colour, wraplength=WIDTH - 60, height=22
        )
        label.pack(fill="x", padx=theme.GRID if master is self._box else 0)
