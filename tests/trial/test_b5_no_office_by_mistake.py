"""B5: only a start of the server, the demo and `callmanager init` make an office, and a start says that it did."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.cli.spoken import speak
from callmanager.domain.errors import Conflict
from callmanager.server.app import build_services
from callmanager.server.backups import take_backup
from callmanager.server.process.offices import check_may_begin
from callmanager.settings import load_settings
from tests.live_server import RunningServer, launch_server, start_server
from tests.office import SteppingClock
from tests.server.cli_program import CHEAP, Here, begin_office

ASKING = [
    ["user", "list"],
    ["user", "add", "ana"],
    ["user", "set-password", "admin", "--password-stdin"],
    ["team", "list"],
    ["team", "add", "Ventas"],
    ["key", "list"],
    ["import", "LIST"],
    ["export", "out.csv"],
    ["audit", "verify"],
    ["backup", "take"],
    ["backup", "list"],
    ["backup", "verify"],
    ["backup", "drill"],
    ["backup", "restore", "contacts_backup_20260101_000000.db", "--yes"],
    ["doctor"],
]
"""Every kind of command that looks for an office."""


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.chdir(tmp_path)
    yield Here(tmp_path, capsys)
    speak("es")


def greeting_of(server: RunningServer) -> str:
    """It is printed beside the server's first answers."""
    deadline = time.monotonic() + 30
    while "Ctrl+C" not in server.printed():
        assert time.monotonic() < deadline, server.printed()
        time.sleep(0.05)
    return server.printed()


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_no_command_makes_anything_in_a_folder_without_an_office(
    here: Here, command: list[str], tmp_path: Path
) -> None:
    home = tmp_path / "elsewhere"
    home.mkdir()
    (tmp_path / "lista.csv").write_text("Teléfono\n8888-7777\n", "utf-8")
    here.home = home
    said = here(*[str(tmp_path / "lista.csv") if word == "LIST" else word for word in command])
    assert left_in(home) == []
    if command[0] not in {"backup", "doctor"} or command[1:] == ["take"]:
        assert said.code == 1
        assert "There is no office here" in said.err
        assert "callmanager init" in said.err


@pytest.mark.parametrize("command", [["user", "list"], ["backup", "take"], ["doctor"]], ids=" ".join)
def test_a_mistyped_database_makes_neither_a_file_nor_a_folder(here: Here, command: list[str]) -> None:
    begin_office(here.home)
    (here.home / "config.py").write_text(CHEAP + 'DATABASE = "dato/contcts.db"\nLOG_FILE = "logs/x.log"\n', "utf-8")
    before = left_in(here.home)
    said = here(*command)
    assert "contcts.db" in said.out + said.err
    assert left_in(here.home) == before


def test_an_empty_file_is_no_office(here: Here) -> None:
    (here.home / "contacts.db").touch()
    said = here("user", "list")
    assert said.code == 1
    assert left_in(here.home) == ["contacts.db"]
    assert (here.home / "contacts.db").stat().st_size == 0


def test_where_only_backups_are_left_every_command_names_the_newest(here: Here) -> None:
    begin_office(here.home)
    backup = take_backup(here.home / "contacts.db", here.home / "backups", clock=SteppingClock())
    (here.home / "contacts.db").unlink()
    said = here("user", "list")
    assert said.code == 1
    assert f"callmanager backup restore {backup.path}" in said.err
    found = {one["code"]: one for one in json.loads(here("doctor", "--json").out)}
    assert found["database"]["level"] == "problem"
    assert str(backup.path) in found["database"]["seen"]
    assert not (here.home / "contacts.db").exists()
    assert here("backup", "restore", backup.path.name, "--yes").code == 0
    assert here("user", "list").code == 0


def test_a_start_makes_no_empty_office_beside_the_backups_of_one_that_is_gone(tmp_path: Path) -> None:
    begin_office(tmp_path)
    take_backup(tmp_path / "contacts.db", tmp_path / "kept", clock=SteppingClock())
    (tmp_path / "contacts.db").unlink()
    server = launch_server(tmp_path, LANGUAGE="en", BACKUP_SECOND_FOLDER=str(tmp_path / "kept"))
    assert server.process.wait(60) == 1
    assert "no new, empty one was made" in server.printed()
    assert not (tmp_path / "contacts.db").exists()


def test_a_start_with_a_database_asks_for_no_backup(tmp_path: Path) -> None:
    begin_office(tmp_path)
    take_backup(tmp_path / "contacts.db", tmp_path / "backups", clock=SteppingClock())
    check_may_begin(tmp_path / "contacts.db", [tmp_path / "backups"])
    check_may_begin(tmp_path / "other.db", [tmp_path / "nothing"])
    with pytest.raises(Conflict) as refused:
        check_may_begin(tmp_path / "other.db", [tmp_path / "nothing", tmp_path / "backups"])
    assert refused.value.code == "database_gone"


def test_a_first_start_says_that_the_office_is_new_and_what_it_assumed_and_the_second_does_not(tmp_path: Path) -> None:
    for is_first in (True, False):
        with start_server(tmp_path, LANGUAGE="en", OFFICE_ZONE="Europe/Madrid", OFFICE_NAME="Oficina Sur") as server:
            printed = greeting_of(server)
        assert ("A new, empty office was made" in printed) is is_first
        assert ("the time zone to be Europe/Madrid and the country CR" in printed) is is_first
        assert "Oficina Sur" in printed


def test_init_asks_with_a_guess_for_enter_and_writes_what_was_said(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    (here.home / "config.py").write_text('# Oficina\n# OFFICE_NAME = ""\n' + CHEAP, "utf-8")
    answers = 'Llamadas "Sur"\nxx\nes\nMarte\nEurope/Madrid\n'
    monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
    said = here("init")
    assert said.code == 0
    assert "A new, empty office was made" in said.out
    settings = load_settings(here.home, {}, {})
    assert (settings.OFFICE_NAME, settings.DEFAULT_REGION, settings.OFFICE_ZONE) == (
        'Llamadas "Sur"',
        "ES",
        "Europe/Madrid",
    )
    assert (here.home / "config.py").read_text("utf-8").startswith('# Oficina\nOFFICE_NAME = "Llamadas \\"Sur\\""\n')
    assert here("user", "list").code == 0
    assert left_in(here.home) == sorted(
        {"callmanager.log", "config.py", "contacts.db", "contacts.db.lock", "secret.key"}
    )


def test_init_asks_nothing_where_it_is_told_not_to_and_refuses_what_is_wrong(here: Here) -> None:
    (here.home / "config.py").write_text(CHEAP, "utf-8")
    assert here("init", "--zone", "Marte", "--no-questions").code == 1
    assert not (here.home / "contacts.db").exists()
    assert here("init", "--name", "Sur", "--country", "cr", "--no-questions").code == 0
    settings = load_settings(here.home, {}, {})
    assert (settings.OFFICE_NAME, settings.DEFAULT_REGION) == ("Sur", "CR")


def test_init_leaves_an_office_alone(here: Here) -> None:
    begin_office(here.home)
    before = (here.home / "contacts.db").read_bytes()
    said = here("init", "--name", "Otra", "--no-questions")
    assert said.code == 1
    assert "There is an office here already" in said.err
    assert (here.home / "contacts.db").read_bytes() == before
    assert not (here.home / "config.py").exists()


def test_a_backup_is_restored_into_an_empty_folder_because_it_is_named(here: Here, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    services = build_services(load_settings(old, {"BCRYPT_COST": 4}, {}))
    services.imports.close()
    services.storage.close()
    backup = take_backup(old / "contacts.db", old / "backups", clock=SteppingClock())
    here.home = new
    assert here("backup", "restore", str(backup.path), "--yes").code == 0
    with sqlite3.connect(new / "contacts.db") as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone()[0] >= 1
    connection.close()
    shutil.rmtree(old)
