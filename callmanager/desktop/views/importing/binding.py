"""Says what the commands of lists and of attention do, and tells how their work ended. The shell calls it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from pathlib import Path

from callmanager.desktop.models.attention import AttentionLine
from callmanager.desktop.models.card.words import Sentence
from callmanager.desktop.models.signed_in import SignedInModels
from callmanager.desktop.pc.folders import show_folder
from callmanager.desktop.views.attention import AttentionDialog
from callmanager.desktop.views.exporting import ExportDialog
from callmanager.desktop.views.importing.dialog import ImportDialog
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.dialog import Dialog, OneDialog
from callmanager.domain.texts import N_

TICK_MILLISECONDS = 1_000


def bind_lists(window: tkinter.Misc, models: SignedInModels, kit: Kit) -> None:
    """Bind `data.*` and `me.attention`; dialogs stand over `window`, each of them once."""
    Lists(window, models, kit)


class Lists:
    """The dialogs of lists over one window, and the notices of what went on without them."""

    def __init__(self, window: tkinter.Misc, models: SignedInModels, kit: Kit) -> None:
        self._window, self._models, self._kit = window, models, kit
        self._dialogs: dict[str, OneDialog] = {}
        importing, exporting, attention = models.importing, models.exporting, models.attention
        for command, build in (
            ("data.import", lambda: ImportDialog(window, importing, kit)),
            ("data.export", lambda: ExportDialog(window, exporting, kit)),
            ("me.attention", lambda: AttentionDialog(window, attention, models.status, kit, models.card.open)),
        ):
            kit.board.bind(command, self._opener(command, build))
        kit.every(window, TICK_MILLISECONDS, importing.tick)
        kit.listen(window, importing.told, self._tell_import)
        kit.listen(window, exporting.told, self._tell_export)
        kit.listen(window, attention.refused, self._tell_refused)

    def _opener(self, command: str, build: Callable[[], Dialog]) -> Callable[[], object]:
        dialog = self._dialogs[command] = OneDialog()
        return lambda: dialog.show(build)

    def _tell_import(self, said: Sentence, is_error: bool) -> None:
        text = self._kit.say(said.message, **said.params)
        if self._dialogs["data.import"].is_open:
            self._kit.toast(text, is_error=is_error)
        else:
            show = self._kit.say(N_("Show"))
            self._kit.toast(text, show, lambda: self._kit.board.run("data.import"), is_error=is_error)

    def _tell_export(self, said: Sentence, is_error: bool, path: Path) -> None:
        text = self._kit.say(said.message, **said.params)
        if is_error or not path.is_file():
            self._kit.toast(text, is_error=is_error)
        else:
            self._kit.toast(text, self._kit.say(N_("Open the folder")), lambda: show_folder(path.parent))

    def _tell_refused(self, line: AttentionLine) -> None:
        text = self._kit.say(N_("Not saved: %(what)s of %(who)s. %(why)s"), what=line.what, who=line.who, why=line.why)
        show = self._kit.say(N_("Needs attention"))
        self._kit.toast(text, show, lambda: self._kit.board.run("me.attention"), is_error=True)
