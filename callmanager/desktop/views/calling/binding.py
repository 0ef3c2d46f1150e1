"""Connects the commands of calls with the models. The shell calls it once the views stand."""

from __future__ import annotations

import tkinter
from functools import partial

from callmanager.desktop.models.calling.calls import CallingModels
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.views.calling.by_hand_dialog import ByHandDialog
from callmanager.desktop.views.calling.day_dialog import DayDialog
from callmanager.desktop.views.calling.phone_dialog import PhoneDialog
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.dialog import OneDialog

OUTCOME_KEYS = range(1, 10)


def bind_calls(window: tkinter.Misc, models: CallingModels, card: ContactCardModel, kit: Kit) -> None:
    """Bind every `call.*` command, the own day and the phone; dialogs stand over `window`."""
    board, call = kit.board, models.call
    board.bind("call.next", call.next)
    board.bind("call.dial", call.dial)
    board.bind("call.hang_up", call.hang_up)
    for key in OUTCOME_KEYS:
        board.bind(f"call.outcome.{key}", partial(models.outcome.choose_key, key))
    board.bind("call.save", partial(call.save, and_next=True))
    board.bind("call.callback", models.outcome.ask_callback)
    board.bind("call.copy_number", call.copy_number)
    dialog = OneDialog()
    board.bind("call.log", lambda: _log(dialog, window, models, card, kit))
    board.bind("me.day", lambda: dialog.show(lambda: DayDialog(window, models.day, models.day_calls, kit, card.open)))
    board.bind("me.phone", lambda: dialog.show(lambda: PhoneDialog(window, models, kit)))


def _log(dialog: OneDialog, window: tkinter.Misc, models: CallingModels, card: ContactCardModel, kit: Kit) -> None:
    if card.now.contact_id is not None and not dialog.is_open:
        models.by_hand.begin(card.now.contact_id)
        dialog.show(lambda: ByHandDialog(window, models.by_hand, kit))
