"""Every view in every look: nothing is cut off, in both languages and themes, small and large, on two sizes of screen.

The pictures go to the folder that CALLMANAGER_SCREENS names (`build/screens`), to be looked at.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.desktop.conftest import LiveOffice, office  # noqa: F401  # a fixture
from tests.window.conftest import Screen
from tests.window.cut_off import find_cut_off
from tests.window.screens import SCREENS, ScreenLine, be_of_size, open_dialogs, rest, take_look
from tests.window.screens_beyond_the_list import SCREENS_BEYOND
from tests.window.screens_of_calls import SCREENS_OF_CALLS
from tests.window.signed_in_window import SignedInWindow, signed_in_window

Look = tuple[str, str, int, tuple[int, int]]
SMALL, LARGE = (1366, 768), (1920, 1080)
EVERY_LOOK: list[Look] = list(itertools.product(("es", "en"), ("light", "dark"), (100, 150), (SMALL, LARGE)))
EVERY_SCREEN = (*SCREENS, *SCREENS_BEYOND, *SCREENS_OF_CALLS)
HARDEST: Look = ("es", "dark", 150, SMALL)
"""The longest words in the largest letters on the smallest screen: what is cut off anywhere is most likely so here."""
ANOTHER: Look = ("en", "light", 100, LARGE)


def test_nothing_is_cut_off_in_the_hardest_look(screen: Screen, tmp_path: Path, office: LiveOffice) -> None:  # noqa: F811
    """All screens in it, and those of the list in one that has nothing in common with it, switched to meanwhile."""
    look_at([(HARDEST, EVERY_SCREEN), (ANOTHER, SCREENS)], screen, tmp_path, office)


@pytest.mark.long
def test_nothing_is_cut_off_in_any_look(screen: Screen, tmp_path: Path, office: LiveOffice) -> None:  # noqa: F811
    look_at([(look, EVERY_SCREEN) for look in EVERY_LOOK], screen, tmp_path, office)


def look_at(looks: Sequence[tuple[Look, Sequence[ScreenLine]]], screen: Screen, folder: Path, live: LiveOffice) -> None:
    fill(live)
    with signed_in_window(screen, folder, live.server.url, "jefa.rojas") as window:
        found = [line for look, screens in looks for line in examine(window, look, screens)]
    assert not found, "\n".join(found)


def examine(window: SignedInWindow, look: Look, screens: Sequence[ScreenLine]) -> list[str]:
    language, appearance, scale, (width, height) = look
    screen = window.screen
    take_look(window.preferences, language, appearance, scale)
    be_of_size(screen, width, height)
    found = []
    for line in screens:
        end = line.build(window)
        rest(screen)
        name = f"{line.name}_{language}_{appearance}_{scale}_{width}x{height}"
        take_picture(name, width, height)
        found += [f"{name}: {cut}" for cut in find_cut_off(screen.root)]
        for dialog in open_dialogs(screen.root):
            if dialog.winfo_height() > height or dialog.winfo_width() > width:
                found.append(f"{name}: the dialog is larger than the window")
            beside = dialog.winfo_rootx() + dialog.winfo_width() / 2 - screen.root.winfo_rootx() - width / 2
            if abs(beside) > 1:
                found.append(f"{name}: the dialog stands {beside} pixels beside the middle")
        end()
        rest(screen)
    return found


def take_picture(name: str, width: int, height: int) -> None:
    folder = os.environ.get("CALLMANAGER_SCREENS")
    if not folder or not shutil.which("import"):
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    picture = Path(folder) / f"{name}.png"
    subprocess.run(["import", "-window", "root", "-crop", f"{width}x{height}+0+0", str(picture)], check=True)


def fill(live: LiveOffice) -> None:
    """People and contacts as an office has them, once for all tests of the file."""
    if any(person["username"] == "jefa.rojas" for person in live.boss.ask("GET", "/users").body):
        return
    live.hire("jefa.rojas", "manager")
    live.hire("ana.mora")
    for number in range(40):
        live.create(
            name=f"María Fernanda Núñez Quesada {number}",
            phone=f"8888-{number:04}",
            company="Distribuidora del Pacífico S. A.",
            email=f"persona{number}@ejemplo.example",
            note="Prefiere que se la llame por la tarde, después de las tres; pregunta por precios de mayoreo.",
        )
