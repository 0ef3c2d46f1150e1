"""Connects the commands of the contact card with its model. The shell calls it once the views stand."""

from __future__ import annotations

import tkinter

from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.contacts.creating import NewContactModel
from callmanager.desktop.models.contacts.merging import MergeModel
from callmanager.desktop.views.card.dialogs import TakeOverDialog, ask_archiving
from callmanager.desktop.views.card.merge_dialog import MergeDialog
from callmanager.desktop.views.card.new_contact_dialog import NewContactDialog
from callmanager.desktop.views.kit import Kit


def bind_card(window: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
    """Bind every `contact.*` command that acts on the open card; dialogs stand over `window`."""
    board = kit.board
    board.bind("contact.edit", model.toggle_edit)
    board.bind("contact.save", model.saving.save)
    board.bind("contact.request", model.locks.request)
    board.bind("contact.take_over", lambda: TakeOverDialog(window, model, kit))
    board.bind("contact.archive", lambda: ask_archiving(window, model, kit))
    board.bind("contact.restore", model.lifecycle.restore)
    board.bind("contact.undo", model.undoing.undo)
    board.bind("contact.close", model.close)
    board.bind("contact.history", model.toggle_history)
    board.bind("contact.merge", lambda: _merge(window, model, kit))
    board.bind("contact.new", lambda: _make(window, model, kit))


def _merge(window: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
    if model.now.record is not None:
        MergeDialog(window, MergeModel(model.now, model.undoing), kit)


def _make(window: tkinter.Misc, model: ContactCardModel, kit: Kit) -> None:
    NewContactDialog(window, NewContactModel(model.now.tools, model.now.workplace), kit, model.open)
