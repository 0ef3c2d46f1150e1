"""Where the next key belongs: moves the focus when a call begins, changes or is done, and off what is hidden.

The only place that does so without being asked for by a command. Which widget may have the focus at all is said in
widgets/focusing.py.
"""

from __future__ import annotations

import tkinter

from callmanager.desktop.models.calling.call import CallModel, Stage
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.views.calling.outcome.form import OutcomeForm
from callmanager.desktop.views.contact_list import ContactListView
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.focusing import focus_on, is_taken, is_typing, may_hold_focus


class KeyboardPlace:
    """During a call the next key is the outcome's or its note's; without one, the list's.

    Build it after the views that it moves among, so that they have shown a change before it is looked at.
    """

    def __init__(
        self,
        shell: tkinter.Misc,
        list_view: ContactListView,
        form: OutcomeForm,
        *,
        call: CallModel,
        card: ContactCardModel,
        kit: Kit,
    ) -> None:
        self._shell, self._list, self._form, self._kit = shell, list_view, form, kit
        self._call, self._card = call, card
        self._stage = call.stage
        self._is_planned = self._is_owed = False
        list_view.table.on_type = lambda letters: self.write(list_view.table.tree, letters)
        kit.listen(shell, call.changed, self._follow)
        kit.listen(shell, card.now.changed, self.check_soon)

    def start(self) -> None:
        """The view has come: to the call at hand, else to the list with a contact chosen in it."""
        if self._call.awaits_outcome:
            self._form.focus_first()
        else:
            self._list.focus_table()

    def write(self, widget: tkinter.Misc, letters: str) -> bool:
        """Letters that were typed on a widget that takes none; whether they have gone anywhere.

        During a call they are its note's. Else they are the search's, if nothing but the list can have been meant.
        """
        if self._call.stage is Stage.PREVIEW:
            is_for_list = widget in (self._list.table.tree, self._shell, self._shell.winfo_toplevel())
            return is_for_list and self._write_search(letters)
        if self._call.stage is Stage.STARTING:
            return self._write_ahead(letters)
        if not _begins_text(letters):
            return False
        self._form.write(letters)
        return True

    def leave_field(self) -> bool:
        """Esc in a field, while digits mean outcomes: out of it first. Whether there was something to leave."""
        if not self._call.awaits_outcome:
            return False
        self._form.focus_outcomes()
        return True

    def check_soon(self) -> None:
        """Something was shown, hidden or switched off: see to it that the focus is not left there."""
        if not self._is_planned:
            self._is_planned = True
            self._kit.after(self._shell, 0, self._check)

    def _follow(self) -> None:
        before, self._stage = self._stage, self._call.stage
        if before is self._stage:
            self.check_soon()
        elif self._is_written_on(before):
            self._check()
        else:
            self._go()

    def _is_written_on(self, before: Stage) -> bool:
        """Whether who is writing goes on: while the call ends, and in the card also when all is said of the call. A
        call that begins takes the keyboard in any case."""
        if before in (Stage.PREVIEW, Stage.STARTING) or not is_typing(self._holder()):
            return False
        return self._stage is Stage.OUTCOME or self._card.now.is_editing

    def _check(self) -> None:
        self._is_planned = False
        if is_taken(self._shell):
            return
        holder = self._holder()
        nowhere = (self._shell, self._shell.winfo_toplevel())
        if self._is_owed or holder is None or holder in nowhere or not may_hold_focus(holder):
            self._go()

    def _go(self) -> None:
        """To where the next key belongs; when a dialog has the keyboard, as soon as it is closed."""
        self._is_owed = is_taken(self._shell)
        if self._is_owed:
            return
        if self._call.awaits_outcome:
            self._form.focus_first()
        else:
            tree = self._list.table.tree
            focus_on(tree if may_hold_focus(tree) else self._shell)

    def _holder(self) -> tkinter.Misc | None:
        """What has the focus in this window, or will when the window has it."""
        try:
            return self._shell.winfo_toplevel().focus_lastfor()
        except KeyError:  # a part of Tk's own, which Python does not know
            return None

    def _write_search(self, letters: str) -> bool:
        if _begins_text(letters):
            self._list.search.add(letters)
            return True
        return False

    def _write_ahead(self, letters: str) -> bool:
        """The call is being prepared and its form not there yet: the note is begun in the model."""
        outcome = self._call.outcome
        if not outcome.note and not _begins_text(letters):
            return False
        outcome.type_note(outcome.note + letters)
        return True


def _begins_text(letters: str) -> bool:
    """Digits are outcomes, and a blank presses a button; any other letter is the beginning of a text."""
    return bool(letters.strip()) and not letters.isdigit()
