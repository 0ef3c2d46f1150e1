"""What the main window has whatever view it shows: the keys, the notices, the help (F1) and the preferences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import customtkinter

from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.views.keyboard import Keyboard, Place
from callmanager.desktop.views.keys_help import show_keys
from callmanager.desktop.views.kit import Kit, Notice
from callmanager.desktop.views.preferences import show_preferences
from callmanager.desktop.widgets.dialog import Dialog, OneDialog
from callmanager.desktop.widgets.menus import open_first_menu
from callmanager.desktop.widgets.toast import ToastStack

REOPEN_MILLISECONDS = 20


class MainWindow:
    """One per root window; it outlives the views. Who shows views says so with `follow`.

    `note_typing` is told whether a text field has the focus.
    """

    def __init__(self, root: customtkinter.CTk, kit: Kit, preferences: Preferences) -> None:
        self.root, self._kit, self._preferences = root, kit, preferences
        self._dialog = OneDialog()
        self._is_choosing = False
        self._view: Any = None
        self.note_typing: Callable[[bool], object] | None = None
        self.toasts = ToastStack(root, above=self._status_height)
        self.keyboard = Keyboard(root, kit.board, self._note_typing, self._find_place)
        self._bind_commands()
        kit.listen(root, kit.notices, self._notify)
        kit.listen(root, preferences.changed, self._choose_on)
        kit.listen(root, preferences.failed, lambda error: kit.toast(kit.explain(error), is_error=True))

    def follow(self, view: Any, note_typing: Callable[[bool], object] | None = None) -> None:
        """Another view is shown: keep the notices over it, and off its line at the bottom (`status_height`)."""
        self._view, self.note_typing = view, note_typing
        self.toasts.raise_all()

    def _bind_commands(self) -> None:
        board = self._kit.board
        for command, work in (
            ("window.keys", lambda: self._open(lambda: show_keys(self.root, self._kit))),
            ("window.preferences", lambda: self._open(self._show_preferences)),
            ("window.menu", lambda: open_first_menu(self.root)),
            ("window.dismiss", self.toasts.close_all),
            ("window.larger", lambda: self._preferences.resize_by(1)),
            ("window.smaller", lambda: self._preferences.resize_by(-1)),
        ):
            board.bind(command, work)

    def _open(self, show: Callable[[], Dialog]) -> None:
        self._dialog.show(show)

    def _show_preferences(self) -> Dialog:
        self._is_choosing = True
        dialog = show_preferences(self.root, self._preferences, self._kit)
        dialog.closed.connect(self._chosen)
        return dialog

    def _chosen(self) -> None:
        self._is_choosing = False

    def _choose_on(self) -> None:
        """The dialog of the preferences speaks another language too, or has another size: a new one comes."""
        if self._is_choosing:
            self._kit.after(self.root, REOPEN_MILLISECONDS, self._reopen)

    def _reopen(self) -> None:
        self._dialog.close()
        self._dialog.show(self._show_preferences)

    def _notify(self, notice: Notice) -> None:
        if notice.is_later:
            self.toasts.reword(notice.about, notice.text)
            return
        self.toasts.show(
            notice.text,
            action_label=notice.action_label,
            action=notice.action,
            is_error=notice.is_error,
            about=notice.about,
        )

    def _note_typing(self, is_typing: bool) -> None:
        if self.note_typing is not None:
            self.note_typing(is_typing)

    def _find_place(self) -> Place | None:
        """Where keys belong in the view; None in one that has no such rule, and while views change."""
        if self._view is None or not self._view.winfo_exists():
            return None
        place: Place | None = getattr(self._view, "keyboard_place", None)
        return place

    def _status_height(self) -> int:
        if self._view is None or not self._view.winfo_exists():
            return 0
        return int(getattr(self._view, "status_height", 0))
