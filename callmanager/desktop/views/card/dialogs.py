"""The card's questions: which version stands, what becomes of unsaved text, why a contact is taken over."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from functools import partial

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.dispute import MINE, THEIRS, Dispute, Disputed
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.dialog import Dialog, ask
from callmanager.desktop.widgets.fields import TextField
from callmanager.domain.texts import N_

WIDTH = 620


class ConflictDialog(Dialog):
    """Mine, theirs and the original per field; saves again with what is chosen."""

    def __init__(self, master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("Somebody changed the same fields")), width=WIDTH)
        conflict = model.saving.conflict
        assert conflict is not None
        self._model, self._kit, self._conflict = model, kit, conflict
        self._is_settled = False
        self.add_text(kit.say(N_("Choose for each field which version shall stand. Nothing was saved yet.")))
        self._show_rows(conflict)
        self.closed.connect(self._after)
        self.add_button(kit.say(N_("Decide later")), self.close)
        self.add_button(kit.say(N_("Save what is chosen")), self._settle, kind="main")
        self.open()

    def _show_rows(self, conflict: Dispute) -> None:
        box = customtkinter.CTkFrame(self.body, fg_color="transparent")
        box.pack(fill="both", expand=True)
        box.grid_columnconfigure(0, weight=1)
        for number, row in enumerate(conflict.rows):
            self._row(box, row).grid(row=number, column=0, sticky="ew", pady=(0, theme.GRID))

    def _row(self, master: tkinter.Misc, row: Disputed) -> customtkinter.CTkFrame:
        frame = customtkinter.CTkFrame(master, fg_color=theme.RAISED)
        frame.grid_columnconfigure(0, weight=1)
        name = self._model.now.names.field(row.field)
        customtkinter.CTkLabel(frame, text=name, font=self._kit.fonts.strong, anchor="w").grid(
            row=0, column=0, sticky="ew", padx=theme.GRID
        )
        chosen = tkinter.StringVar(self, self._conflict.choice(row.field))
        sides = ((MINE, N_("Mine: %(value)s"), row.mine), (THEIRS, N_("Theirs: %(value)s"), row.theirs))
        for number, (side, message, value) in enumerate(sides, 1):
            button = customtkinter.CTkRadioButton(
                frame,
                text=_short(self._kit.say(message, value=value)),
                value=side,
                variable=chosen,
                command=partial(self._conflict.choose, row.field, side),
            )
            tkinter.Frame.configure(button, takefocus=True)
            tkinter.Misc.bind(button, "<space>", partial(_press, button))
            button.grid(row=number, column=0, sticky="w", padx=theme.GRID, pady=2)
        before = customtkinter.CTkLabel(
            frame,
            text=_short(self._kit.say(N_("Before: %(value)s"), value=row.original)),
            anchor="w",
            text_color=theme.QUIET,
        )
        before.grid(row=3, column=0, sticky="ew", padx=theme.GRID, pady=(0, theme.GRID // 2))
        return frame

    def _settle(self) -> None:
        self._is_settled = True
        self.close()

    def _after(self) -> None:
        saving = self._model.saving
        saving.settle_conflict() if self._is_settled else saving.leave_conflict()


class LeaveDialog(Dialog):
    """What becomes of what is not saved."""

    def __init__(self, master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
        super().__init__(master, kit.say(N_("There are changes that are not saved")), width=WIDTH)
        self._then: Callable[[], object] = model.stay
        self.add_text(kit.say(N_("Save them, keep them as a draft on this PC, or forget them?")))
        self.closed.connect(self._settle)
        self.add_button(kit.say(N_("Forget")), lambda: self._answer(model.leave_discarding), kind="quiet")
        self.add_button(kit.say(N_("Keep a draft")), lambda: self._answer(model.leave_with_draft))
        self.add_button(kit.say(N_("Save")), lambda: self._answer(model.leave_saving), kind="main")
        self.open()

    def _answer(self, then: Callable[[], object]) -> None:
        self._then = then
        self.close()

    def _settle(self) -> None:
        self._then()


def ask_leaving(master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> Dialog:
    """Ask what becomes of what is not saved; Esc stays."""
    return LeaveDialog(master, model, kit)


class TakeOverDialog(Dialog):
    """Why the contact is taken; the holder reads it."""

    def __init__(self, master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
        holder = model.locks.holder
        name = "" if holder is None else holder.name
        super().__init__(master, kit.say(N_("Take the contact over")))
        self._model, self._kit = model, kit
        self.add_text(
            kit.say(N_("%(name)s has it open and will be told. What is not saved there stays a draft."), name=name)
        )
        self._reason = TextField(self.body, kit.say(N_("Reason")))
        self._reason.pack(fill="x")
        self.add_button(kit.say(N_("Cancel")), self.close)
        self.add_button(kit.say(N_("Take over")), self._take, kind="main")
        self.open(self._reason.field)
        self._reason.focus_field()

    def _take(self) -> None:
        reason = self._reason.text.strip()
        if not reason:
            self._reason.complain(self._kit.say(N_("Say why: the holder will read it.")))
            return
        self.close()
        self._model.locks.take_over(reason)


def ask_archiving(master: tkinter.Misc, model: ContactCardModel, kit: Kit) -> Dialog:
    """Ask before archiving."""
    record = model.now.record
    name = "" if record is None else record["name"] or record["phone"]
    return ask(
        master,
        kit.say(N_("Archive the contact?")),
        kit.say(N_("%(name)s leaves the lists of everybody. It can be restored."), name=name),
        yes=kit.say(N_("Archive")),
        no=kit.say(N_("Cancel")),
        then=model.lifecycle.archive,
        is_dangerous=True,
    )


def _press(button: customtkinter.CTkRadioButton, _event: object) -> None:
    button.invoke()


def _short(text: str, most: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
