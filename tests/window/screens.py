"""Every view of the window, in a state worth looking at. Whoever adds a view adds a line to SCREENS."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callmanager.desktop.models.importing.wizard import Step
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.sync_events import Status, StatusChanged
from callmanager.desktop.widgets.dialog import Dialog
from callmanager.domain.errors import Unavailable
from tests.window.conftest import Screen
from tests.window.signed_in_window import SignedInWindow

End = Callable[[], object]
QUIET_SECONDS = 0.15


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
    why = Unavailable(
        "server_unreachable",
        "No server answers at %(address)s. Check that it is on, and the network.",
        address="192.168.1.10:5000",
    )
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


def show_wizard(step: Step) -> Callable[[SignedInWindow], End]:
    """The import wizard at a step, with a list that has rows nobody can take."""

    def build(window: SignedInWindow) -> End:
        model, path = window.models.importing, Path(tempfile.mkdtemp()) / "clientes de enero y febrero.csv"
        path.write_text(WIZARD_LIST, "utf-8")
        model.restart()
        model.type_path(str(path))
        assert window.board.run("data.import")
        order = list(Step)
        while order.index(model.step) < order.index(step):
            before = model.step
            model.go_on()
            window.screen.until(lambda before=before: not model.is_busy and model.step is not before)  # type: ignore[misc]
        return lambda: close_dialogs(window)

    return build


def show_attention(window: SignedInWindow) -> End:
    work = window.workplace.store.work
    numbers = []
    for number in range(2):
        body = {"note": "Prefiere que se la llame por la tarde, después de las tres."}
        numbers.append(
            work.put(
                "PATCH",
                "/contacts/1",
                body,
                key=f"k{id(body)}-{number}",
                now=NOW,
                version=1,
                about="María",
                contact_id=1,
            )
        )
        work.note_refused(numbers[-1], REFUSAL)
    window.models.status.note_kept()
    window.models.attention.changed.emit()
    assert window.board.run("me.attention")

    def end() -> None:
        close_dialogs(window)
        for number in numbers:
            window.models.attention.discard(number)

    return end


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


WIZARD_LIST = (
    "Teléfono móvil,Nombre completo,Correo electrónico,Zona de reparto,Observaciones\n"
    "8811-0001,María Fernanda Núñez,maria@ejemplo.example,Pacífico central,Llamar por la tarde\n"
    "8811-0002,José Pérez Gutiérrez,jose@ejemplo.example,Norte,\n"
    "12,Sin número,,Sur,\n"
    ",Sin teléfono,,Sur,\n"
)
NOW = "2026-11-22T10:53:31.123Z"
REFUSAL = {
    "code": "version_conflict",
    "message": "%(detail)s",
    "params": {"detail": "Alguien cambió este contacto mientras tanto. Mire ambas versiones y elija."},
    "fields": {"version": 4, "disputed": {"note": {"mine": "x", "theirs": "Ya no le interesa.", "original": ""}}},
}

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
    ScreenLine("import_file", show_wizard(Step.FILE)),
    ScreenLine("import_columns", show_wizard(Step.COLUMNS)),
    ScreenLine("import_check", show_wizard(Step.CHECK)),
    ScreenLine("import_run", show_wizard(Step.RUN)),
    ScreenLine("export", show_dialog("data.export")),
    ScreenLine("attention", show_attention),
    ScreenLine("columns", show_dialog("list.columns")),
    ScreenLine("save_view", show_dialog("list.save_view")),
)


def be_of_size(screen: Screen, width: int, height: int) -> None:
    """CustomTkinter holds a window at its size for a second after a change of scale."""
    root = screen.root
    screen.until(lambda: root.wm_minsize()[0] < root.wm_maxsize()[0])
    root.tk.call("wm", "geometry", ".", f"{width}x{height}+0+0")
    screen.until(lambda: (root.winfo_width(), root.winfo_height()) == (width, height))
    rest(screen)


def rest(screen: Screen) -> None:
    """Let what was begun be drawn."""
    until = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < until:
        screen.settle()
        time.sleep(0.005)
