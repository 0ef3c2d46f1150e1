"""The questions before a call: said in words, with a reason where one is asked for, and what can be opened instead."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from callmanager.desktop.models.calling.call import CallModel, Question
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.desktop.widgets.fields import TextField
from callmanager.domain.texts import N_

WIDTH = 560
TITLES: dict[str, str] = {
    "number_called_recently": N_("This number was called a moment ago"),
    "number_marked": N_("This number is marked"),
    "do_not_call": N_("Do not call this person"),
    "outside_hours": N_("Outside calling hours"),
    "promised": N_("Somebody else has promised this call"),
    "call_limit": N_("The office does not let this call"),
    "disposition_missing": N_("A call waits for its outcome"),
    "call_live": N_("A call is up already"),
    "contact_on_call": N_("Somebody is calling this contact"),
    "number_not_valid": N_("This number is not valid"),
}
"""By the code of the question."""


class QuestionDialog(Dialog):
    """Enter and Esc do not call: who calls anyway presses that button."""

    def __init__(self, master: tkinter.Misc, model: CallModel, question: Question, kit: Kit) -> None:
        super().__init__(master, kit.say(TITLES.get(question.code, N_("Before the call"))), width=WIDTH)
        self._model, self._question, self._kit = model, question, kit
        self._then: Callable[[], object] = model.dismiss
        self.add_text(question.text)
        self.reason: TextField | None = None
        if question.asks_reason and question.yes_label:
            self.reason = TextField(self.body, kit.say(N_("Reason, which stays on record")))
            self.reason.pack(fill="x")
        self._add_buttons(question)
        self.closed.connect(self._settle)
        self.open(self.reason.field if self.reason is not None else None)

    def _add_buttons(self, question: Question) -> None:
        say = self._kit.say
        if question.yes_label:
            self.add_button(question.yes_label, self._agree, kind="danger")
        if question.open_label:
            self.add_button(say(N_("Not now")), self.close)
            self.add_button(question.open_label, self._open, kind="main")
        else:
            self.add_button(say(N_("Do not call") if question.yes_label else N_("Close")), self.close, kind="main")

    def _settle(self) -> None:
        self._then()

    def _agree(self) -> None:
        reason = "" if self.reason is None else self.reason.text.strip()
        if self.reason is not None and not reason:
            self.reason.complain(self._kit.say(N_("Say why: it stays on record.")))
            return
        self._then = lambda: self._model.answer(reason=reason)
        self.close()

    def _open(self) -> None:
        self._then = self._model.open_asked
        self.close()
