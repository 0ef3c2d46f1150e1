"""Importing, exporting and what needs attention, in a real window against a real server."""

from __future__ import annotations

import tkinter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.models.importing.wizard import Step
from callmanager.desktop.views.attention import AttentionDialog
from callmanager.desktop.views.exporting import ExportDialog
from callmanager.desktop.views.importing.dialog import ImportDialog
from callmanager.desktop.widgets.dialog import Dialog
from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.window.conftest import Screen
from tests.window.pressing import focused
from tests.window.screens import open_dialogs
from tests.window.signed_in_window import SignedInWindow, window_of_somebody_new

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LONG_SECONDS = 120.0


@pytest.fixture
def window(screen: Screen, tmp_path: Path, office: LiveOffice) -> Iterator[SignedInWindow]:  # noqa: F811
    with window_of_somebody_new(screen, tmp_path, office) as made:
        yield made


def press(window: SignedInWindow, sequence: str) -> None:
    """A key, for what has the focus."""
    part = window.screen.root.focus_get()
    assert part is not None
    focused(part).event_generate(f"<{sequence}>")
    window.screen.settle()


def run(window: SignedInWindow, key: str, kind: type[Dialog]) -> Any:
    """Press the key of a command; the dialog that it opens."""
    window.screen.root.focus_force()
    window.screen.settle()
    window.shell.list_view.focus_table()
    press(window, key)
    window.screen.until(lambda: any(isinstance(one, kind) for one in open_dialogs(window.screen.root)))
    return next(one for one in open_dialogs(window.screen.root) if isinstance(one, kind))


def test_the_list_of_costa_rica_is_imported_and_undone_with_the_keyboard(window: SignedInWindow) -> None:
    dialog, model = run(window, "Control-i", ImportDialog), window.models.importing
    before = window.models.list.total
    dialog.page.path.field.insert(0, str(SAMPLES / "contactos_cr.csv"))
    press(window, "KeyRelease-v")
    press(window, "Return")
    window.screen.until(lambda: model.step is Step.COLUMNS and not model.is_busy)
    assert [row.cells["name"] for row in dialog.page.table.shown] == ["phone", "name", "status", "note"]
    assert dialog.page.table.shown[0].cells["target"] == "Teléfono"
    dialog.next.invoke()
    window.screen.until(lambda: model.step is Step.CHECK and not model.is_busy, LONG_SECONDS)
    assert "5.000" in texts(dialog.page.report)
    assert dialog.next.cget("text").endswith("(5.200 filas)")
    dialog.next.invoke()
    window.screen.until(lambda: model.record is not None and not model.is_busy, LONG_SECONDS)
    assert "200" in texts(dialog.page.report)
    window.screen.until(lambda: window.models.list.total == before + 5000, LONG_SECONDS)
    dialog.page.undo.invoke()
    agree(window, dialog)
    window.screen.until(lambda: (model.record or {}).get("state") == "undone", LONG_SECONDS)
    window.screen.until(lambda: window.models.list.total == before, LONG_SECONDS)
    dialog.next.focus_set()
    press(window, "Escape")
    assert not open_dialogs(window.screen.root)


def test_the_wizard_may_be_closed_and_the_line_shows_how_far_it_is(window: SignedInWindow, tmp_path: Path) -> None:
    path = tmp_path / "larga.csv"
    path.write_text("telefono\n" + "".join(f"+3465{n:07}\n" for n in range(12_000)), "utf-8")
    dialog, model = run(window, "Control-i", ImportDialog), window.models.importing
    model.type_path(str(path))
    for step in (Step.COLUMNS, Step.CHECK, Step.RUN):
        dialog.next.invoke()
        window.screen.until(lambda step=step: model.step is step and not model.sending.is_under_way, LONG_SECONDS)  # type: ignore[misc]
    dialog.close()
    assert window.shell.status_line.text_of("importing").startswith("larga.csv: ")
    model.follower.cancel()
    window.screen.until(lambda: window.main.toasts.count == 1, LONG_SECONDS)
    assert window.shell.status_line.text_of("importing") == ""
    window.rebuild()
    again = run(window, "Control-i", ImportDialog)
    assert again._step is Step.RUN


def test_what_is_wrong_with_a_file_is_shown_in_the_wizard(window: SignedInWindow, tmp_path: Path) -> None:
    dialog = run(window, "Control-i", ImportDialog)
    window.models.importing.type_path(str(tmp_path / "nada.csv"))
    dialog.next.invoke()
    window.screen.settle()
    assert "nada.csv" in dialog.problem.cget("text")
    assert dialog.problem.winfo_ismapped()


def test_the_export_says_what_it_holds_and_saves_it(
    window: SignedInWindow,
    office: LiveOffice,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = window.models.list.count
    office.create(name="Exportada", phone="+34 612 000 001")
    window.screen.until(lambda: window.models.list.count > before)
    target = tmp_path / "fuera.xlsx"
    monkeypatch.setattr("callmanager.desktop.views.exporting.choose_place", lambda *_how: target)
    dialog = run(window, "Control-e", ExportDialog)
    window.screen.until(lambda: window.models.exporting.can_start)
    assert "•  Todos los contactos, sin filtro" in texts(dialog.body)
    press(window, "Return")
    window.screen.until(target.exists)
    window.screen.until(lambda: window.main.toasts.count == 1)
    assert not open_dialogs(window.screen.root)


def test_a_refused_note_is_told_shown_and_discarded(window: SignedInWindow, office: LiveOffice) -> None:  # noqa: F811
    made = office.create(name="Ana Disputada", phone="+34 612 000 002")
    office.boss.edit_contact(made["id"], {"note": "de otra persona"}, version=made["version"])
    window.workplace.outbox.put(
        "PATCH", f"/contacts/{made['id']}", {"note": "mía"}, version=1, about="Ana", contact_id=made["id"]
    )
    window.workplace.send_soon()
    window.screen.until(lambda: window.main.toasts.count == 1)
    assert window.shell.status_line.text_of("refused") == "Necesita atención: 1"
    dialog = run(window, "F9", AttentionDialog)
    window.screen.until(lambda: dialog.table.is_drawn)
    assert "mía" in dialog.text.text
    assert "de otra persona" in dialog.text.text
    dialog.copy.invoke()
    assert window.screen.root.clipboard_get() == "mía"
    dialog.discard.invoke()
    agree(window, dialog)
    assert window.models.attention.lines == []
    assert window.shell.status_line.text_of("refused") == ""


def agree(window: SignedInWindow, dialog: Dialog) -> None:
    """Press the dangerous button of the question over a dialog."""
    question = next(one for one in open_dialogs(window.screen.root) if one is not dialog)
    danger: Any = question._buttons.winfo_children()[0]
    danger.invoke()
    window.screen.settle()


def texts(widget: Any) -> list[str]:
    """What the labels and buttons below a widget say."""
    found = []
    for child in widget.winfo_children():
        if isinstance(child, tkinter.Label):
            found.append(str(child.cget("text")))
        found += texts(child)
    return found
