"""The last page of the wizard: how far the import is, what it did, and what can be done about it."""

from __future__ import annotations

import tkinter
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.importing.figures import STATES
from callmanager.desktop.models.importing.wizard import ImportModel
from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.views.importing.earlier import ask_undo, save_rejected, save_remarks
from callmanager.desktop.views.importing.progress import ProgressLine
from callmanager.desktop.views.importing.report import ReportView
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.flow import FlowFrame
from callmanager.domain.texts import N_


class RunPage(customtkinter.CTkFrame):
    """While it runs, a bar; afterwards the report."""

    def __init__(self, master: tkinter.Misc, model: ImportModel, kit: Kit) -> None:
        super().__init__(master, fg_color="transparent")
        self._model, self._kit = model, kit
        self.first = None
        self.grid_columnconfigure(0, weight=1)
        self._heading = customtkinter.CTkLabel(
            self, text="", font=kit.fonts.strong, anchor="w", justify="left", wraplength=780
        )
        self._heading.grid(row=0, column=0, sticky="ew", pady=(0, theme.GRID // 2))
        self.progress = ProgressLine(self, kit.say(N_("Cancel the import")), model.follower.cancel)
        self.progress.grid(row=1, column=0, sticky="ew", pady=(0, theme.GRID))
        self.report = ReportView(self, kit)
        self.report.grid(row=2, column=0, sticky="ew")
        self._buttons = FlowFrame(self)
        self._buttons.grid(row=3, column=0, sticky="ew", pady=(theme.GRID, 0))
        self.rejected = Button(self._buttons, kit.say(N_("Save the rows not taken…")), self._save)
        self.remarks = Button(self._buttons, kit.say(N_("Save what was left out…")), self._save_remarks)
        self.undo = Button(self._buttons, kit.say(N_("Undo this import…")), self._undo)

    def refresh(self) -> None:
        """Show the model as it is now."""
        follower = self._model.follower
        self._show_progress()
        if follower.is_running or self._model.record is None:
            self.report.show(None, is_dry=False)
            self._buttons.show()
            self._head(self._kit.say(N_("You may close this window: it goes on, and you are told when it is done.")))
            return
        record = self._model.record
        is_undone = record["state"] == "undone"
        self._head(self._ending(record))
        self.report.show(None if is_undone else record, is_dry=False)
        self._buttons.show(
            *([self.rejected] if record["rejected"] and not is_undone else []),
            *([self.remarks] if record.get("remarked") and not is_undone else []),
            *([] if is_undone else [self.undo]),
        )

    def _show_progress(self) -> None:
        follower, say, speech = self._model.follower, self._kit.say, self._kit.speech
        if not follower.is_running:
            self.progress.show("", None, can_stop=False)
            return
        done, total = show_number(follower.done, speech), show_number(follower.total, speech)
        if follower.is_cancelling:
            text = say(N_("%(name)s is being cancelled…"), name=follower.name)
        elif follower.doing == "undo":
            text = say(
                N_("%(name)s is being undone: part %(done)s of %(total)s"), name=follower.name, done=done, total=total
            )
        else:
            text = say(N_("%(name)s: %(done)s of %(total)s rows"), name=follower.name, done=done, total=total)
        share = follower.done / follower.total if follower.total else None
        can_stop = follower.doing == "import" and not follower.is_cancelling
        self.progress.show(text, share, can_stop=can_stop)

    def _ending(self, record: dict[str, Any]) -> str:
        say, speech, name = self._kit.say, self._kit.speech, record["file_name"]
        if record["state"] == "undone":
            undone, kept = (show_number(record.get(key) or 0, speech) for key in ("undone", "kept_contacts"))
            text = say(N_("%(name)s is undone: %(count)s contacts went back."), name=name, count=undone)
            if not record.get("kept_contacts"):
                return text
            return f"{text} " + say(N_("%(count)s stayed as they are, since somebody changed them."), count=kept)
        state = say(STATES.get(record["state"], record["state"]))
        if record["state"] == "failed":
            return say(
                N_("%(name)s: %(state)s. What came in stays; undo it, or import the list again."),
                name=name,
                state=state,
            )
        return f"{name}: {state}"

    def _head(self, text: str) -> None:
        if self._heading.cget("text") != text:
            self._heading.configure(text=text)

    def _save(self) -> None:
        if (record := self._model.record) is not None:
            save_rejected(self, self._model, self._kit, record["import_id"], record["file_name"])

    def _save_remarks(self) -> None:
        if (record := self._model.record) is not None:
            save_remarks(self, self._model, self._kit, record["import_id"], record["file_name"])

    def _undo(self) -> None:
        if (record := self._model.record) is not None:
            ask_undo(self, self._model, self._kit, record["import_id"], record["file_name"])
