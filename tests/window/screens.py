"""Every view of the window, in a state worth looking at. Whoever adds a view adds a line to SCREENS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.sync_events import Status, StatusChanged
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.domain.errors import Unavailable
from tests.window.signed_in_window import SignedInWindow

End = Callable[[], object]


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """`build` brings the window to the state and returns what ends it."""

    name: str
    build: Callable[[SignedInWindow], End]


def show_list(_window: SignedInWindow) -> End:
    return lambda: None


def show_nothing_found(window: SignedInWindow) -> End:
    window.models.list.search("nadie se llama de este modo")
    window.screen.until(lambda: not window.models.list.is_waiting)
    return window.models.list.clear


def show_card(window: SignedInWindow) -> End:
    window.models.list.select(1)
    window.models.card.open(1)
    window.screen.until(lambda: window.models.card.is_open)
    return window.models.card.close


def show_editing(window: SignedInWindow) -> End:
    show_card(window)
    window.board.run("contact.edit")
    window.screen.until(lambda: window.models.card.now.is_editing)

    def end() -> None:
        window.models.card.leave_discarding()
        window.screen.until(lambda: not window.models.card.now.is_editing)
        window.models.card.close()

    return end


def show_offline(window: SignedInWindow) -> End:
    why = Unavailable("server_unreachable", "The server at %(address)s does not answer.", address="192.168.1.10:5000")
    window.models.status.hear(StatusChanged(Status.OFFLINE, why))
    return lambda: window.models.status.hear(StatusChanged(Status.LIVE, None))


def show_notices(window: SignedInWindow) -> End:
    window.kit.toast("Guardado.", "Deshacer (Ctrl+Z)", lambda: None)
    window.kit.toast("El servidor no responde ahora. Lo escrito queda en este PC y se envía después.", is_error=True)
    return window.main.toasts.close_all


def show_dialog(command: str) -> Callable[[SignedInWindow], End]:
    """A command that opens a dialog over the window."""

    def build(window: SignedInWindow) -> End:
        assert window.board.run(command), command
        window.screen.settle()
        return lambda: close_dialogs(window)

    return build


def close_dialogs(window: SignedInWindow) -> None:
    """Close whatever stands over the window."""
    for dialog in open_dialogs(window.screen.root):
        dialog.close()


def open_dialogs(widget: Any) -> list[Dialog]:
    """The dialogs below a widget."""
    found = [child for child in widget.winfo_children() if isinstance(child, Dialog)]
    return found + [one for child in widget.winfo_children() for one in open_dialogs(child)]


def take_look(preferences: Preferences, language: str, appearance: str, scale: int) -> None:
    """Switch while running, as the user does."""
    preferences.speak(language)
    preferences.appear(appearance)
    preferences.resize(scale)


SCREENS = (
    ScreenLine("list", show_list),
    ScreenLine("nothing_found", show_nothing_found),
    ScreenLine("card", show_card),
    ScreenLine("editing", show_editing),
    ScreenLine("offline", show_offline),
    ScreenLine("notices", show_notices),
    ScreenLine("keys", show_dialog("window.keys")),
    ScreenLine("preferences", show_dialog("window.preferences")),
    ScreenLine("colleagues", show_dialog("me.colleagues")),
    ScreenLine("columns", show_dialog("list.columns")),
    ScreenLine("save_view", show_dialog("list.save_view")),
)
