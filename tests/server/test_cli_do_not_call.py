"""Files of do-not-call registers from the command line, and what doctor says of their age."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.cli.spoken import speak
from tests.server.cli_program import CHEAP, Here, begin_office

FILE = "Tel;Vence\n8888-0001;\n8888-0002;31/12/2099\nsin número;\n"


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    (tmp_path / "config.py").write_text(CHEAP, "utf-8")
    (tmp_path / "junio.csv").write_text(FILE, "utf-8")
    begin_office(tmp_path)
    yield Here(tmp_path, capsys)
    speak("es")


def test_a_file_is_tried_out_loaded_listed_asked_about_and_taken_back(here: Here) -> None:
    path = str(here.home / "junio.csv")
    tried = here("do-not-call", "load", path, "--source", "Registro", "--dry-run")
    assert (tried.code, "New: 2" in tried.out, "Row 4: There are letters" in tried.out) == (0, True, True)
    assert "Nothing bars 88880002." in here("do-not-call", "ask", "88880002").out
    loaded = here("do-not-call", "load", path, "--source", "Registro", "--reference", "junio")
    assert loaded.code == 0
    assert "callmanager do-not-call undo 1" in loaded.out
    (entry,) = json.loads(here("do-not-call", "ask", "+506 8888-0002", "--json").out)
    assert (entry["source"], entry["reference"], entry["expires_on"]) == ("Registro", "junio", "2099-12-31")
    (load,) = json.loads(here("do-not-call", "loads", "--json").out)
    assert (load["state"], load["file_name"], load["report"]["unreadable"]) == ("done", "junio.csv", 1)
    assert here("do-not-call", "undo", "1").code == 0
    assert "Nothing bars 88880002." in here("do-not-call", "ask", "88880002").out
    assert here("do-not-call", "undo", "1").code == 1


def test_an_old_file_is_told_by_the_list_and_by_doctor(here: Here) -> None:
    here("do-not-call", "load", str(here.home / "junio.csv"), "--source", "Registro")
    assert "Load a newer one" not in here("do-not-call", "registers").err
    found = {one["code"] for one in json.loads(here("doctor", "--json").out)}
    assert ("register" in found, "register_old" in found) == (True, False)
    connection = sqlite3.connect(here.home / "contacts.db")
    with connection:
        connection.execute("UPDATE registers SET loaded_at = '2026-01-01T00:00:00.000Z'")
    connection.close()
    assert "Load a newer one" in here("do-not-call", "registers").err
    assert "register_old" in {one["code"] for one in json.loads(here("doctor", "--json").out)}
