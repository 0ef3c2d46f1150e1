"""Tables on a terminal: names that people copy stand whole, however narrow it is."""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.cli.main import main
from callmanager.cli.screen import show_table
from callmanager.cli.spoken import language, speak
from callmanager.server.backups import list_backups
from tests.server.cli_program import CHEAP, begin_office

COLUMNS = {"name": "Copy", "at": "Taken on", "size": "Size"}
NAMES = [f"contacts_backup_20261122_1053{second}_2.db" for second in range(31, 39)]
ROWS = [{"name": name, "at": "2026-11-22 10:53", "size": "123.4 MB"} for name in NAMES]


class Terminal(io.StringIO):
    """What a person sees."""

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        return re.sub(r"\x1b\[\d*m", "", self.getvalue())


@pytest.fixture(autouse=True)
def _language_as_before() -> Iterator[None]:
    before = language()
    yield
    speak(before)


def open_terminal(patch: pytest.MonkeyPatch, width: int) -> Terminal:
    """To be called inside the test: pytest puts its own output back between a fixture and its test."""
    made = Terminal()
    patch.setattr(sys, "stdout", made)
    patch.setenv("COLUMNS", str(width))
    speak("en")
    return made


@pytest.mark.parametrize("lang", ["es", "en"])
def test_backups_are_listed_whole_in_eighty_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    (tmp_path / "config.py").write_text(CHEAP, "utf-8")
    begin_office(tmp_path)
    for command in (("team", "add", "Ventas"), ("backup", "take"), ("backup", "take")):
        assert main(["--home", str(tmp_path), *command]) == 0
    terminal = open_terminal(monkeypatch, 80)
    assert main(["--home", str(tmp_path), "--lang", lang, "backup", "list"]) == 0
    heading, *lines = terminal.text().splitlines()
    assert [line.split()[0] for line in lines] == [one.path.name for one in list_backups(tmp_path / "backups")]
    assert len(lines) == 2
    assert max(map(len, (heading, *lines))) <= 80


@pytest.mark.parametrize("width", [20, 38, 45, 55, 65, 80, 200])
def test_no_name_is_cut_however_narrow_the_terminal_is(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    terminal = open_terminal(monkeypatch, width)
    show_table(COLUMNS, ROWS)
    words = terminal.text().split()
    assert [word for word in words if word.startswith("contacts_backup_")] == NAMES
    for value in ("2026-11-22", "10:53", "123.4"):
        assert words.count(value) == len(ROWS)


def test_a_terminal_too_narrow_for_a_table_gets_a_line_for_each_value(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch, 40)
    show_table(COLUMNS, ROWS[:1])
    assert terminal.text() == f"Copy: {NAMES[0]}\nTaken on: 2026-11-22 10:53\nSize: 123.4 MB\n\n"
