"""What doctor sees on a healthy folder and on broken ones; each finding says what to do."""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.cli.spoken import speak
from callmanager.domain.clock import SystemClock, to_wire
from tests.live_server import start_server
from tests.server.cli_program import Here, begin_office, run

PASSWORD = "tres palabras sueltas 7"
Found = dict[str, dict[str, str]]


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    write_config(tmp_path)
    yield Here(tmp_path, capsys)
    speak("es")


def write_config(home: Path, *lines: str) -> None:
    text = "\n".join(["SERVER_PORT = 45999", *lines, ""])
    (home / "config.py").write_text(text, "utf-8")


def checked(here: Here) -> tuple[int, Found]:
    said = here("doctor", "--json")
    return said.code, {one["code"]: one for one in json.loads(said.out)}


def made(here: Here) -> None:
    """A database with one change."""
    begin_office(here.home)
    assert here("team", "add", "Ventas").code == 0


def test_a_folder_where_nothing_was_started_yet_has_no_problem(here: Here) -> None:
    code, found = checked(here)
    assert code == 0
    assert "There is no office here" in found["database"]["seen"]
    assert not (here.home / "contacts.db").exists()
    assert not (here.home / "callmanager.log").exists()


def test_a_healthy_folder_has_neither_problem_nor_warning_but_those_of_its_settings(tmp_path: Path) -> None:
    write_config(tmp_path, 'SERVER_HOST = "127.0.0.1"', 'OFFICE_ZONE = "America/Costa_Rica"')
    begin_office(tmp_path)
    assert run(tmp_path, "user", "set-password", "admin", "--password-stdin", given=f"{PASSWORD}\n").code == 0
    assert run(tmp_path, "backup", "take").code == 0
    said = run(tmp_path, "doctor", "--json")
    grave = {one["code"] for one in json.loads(said.out) if one["level"] != "ok"}
    assert (said.code, grave) == (0, {"second_copy"})


def test_the_first_password_is_noticed(here: Here) -> None:
    made(here)
    _code, found = checked(here)
    assert found["first_password"]["level"] == "warning"
    assert "callmanager user set-password admin" in found["first_password"]["advice"]


def test_a_damaged_database_is_a_problem(here: Here) -> None:
    made(here)
    path = here.home / "contacts.db"
    path.write_bytes(b"this is no database at all" * 500)
    code, found = checked(here)
    assert (code, found["database"]["level"]) == (1, "problem")
    assert "callmanager backup restore" in found["database"]["advice"]


def test_a_database_of_another_program_is_a_problem(here: Here) -> None:
    with sqlite3.connect(here.home / "contacts.db") as connection:
        connection.execute("CREATE TABLE other (id)")
    connection.close()
    assert checked(here)[1]["database"]["seen"].endswith("is no database of CallManager.")


def test_a_database_of_a_newer_program_is_a_problem(here: Here) -> None:
    made(here)
    with sqlite3.connect(here.home / "contacts.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    code, found = checked(here)
    assert code == 1
    assert "9999" in found["database"]["seen"]


def test_a_clock_that_was_set_back_is_told_with_what_can_be_done(here: Here) -> None:
    made(here)
    later = to_wire(SystemClock().now().replace(year=2099, day=1))
    with sqlite3.connect(here.home / "contacts.db") as connection:
        connection.execute("UPDATE log_head SET at = ?", (later,))
    connection.close()
    code, found = checked(here)
    assert (code, found["clock"]["level"]) == (0, "warning")
    assert "If the clock is right now, there is nothing to do" in found["clock"]["advice"]
    assert "2099" in found["clock"]["advice"], "until when it is so"


def test_a_copied_backup_is_recognised_before_the_next_start(here: Here) -> None:
    made(here)
    here("backup", "take")
    (copy,) = (here.home / "backups").glob("*.db")
    (here.home / "contacts.db").write_bytes(copy.read_bytes())
    _code, found = checked(here)
    assert found["database"]["level"] == "ok"
    assert "copied" in found


def test_a_wrong_setting_is_the_only_further_finding(here: Here) -> None:
    write_config(here.home, "SERVER_PORT = 'x'")
    code, found = checked(here)
    assert code == 1
    assert set(found) == {"python", "sqlite", "settings"}
    assert found["settings"]["level"] == "problem"


def test_a_second_folder_that_is_not_there_is_a_problem(here: Here) -> None:
    write_config(here.home, 'BACKUP_SECOND_FOLDER = "gone"')
    assert checked(here)[1]["second_copy"]["level"] == "problem"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("BCRYPT_COST = 10", "bcrypt_cost"),
        ('AUTH_TOKENS = ["dev-key-change-in-production"]', "example_key"),
        ('AUTH_TOKENS = ["short"]', "short_key"),
        ('ENABLE_AUTH = False; SERVER_HOST = "127.0.0.1"', "sign_in"),
    ],
)
def test_settings_that_weaken_the_fences_are_named(here: Here, line: str, code: str) -> None:
    write_config(here.home, line)
    said = here("doctor", "--json")
    assert code in {one["code"] for one in json.loads(said.out) if one["level"] == "warning"}
    assert "dev-key" not in said.out


@pytest.mark.skipif(sys.platform == "win32", reason="the mode of a file does not tell there")
def test_a_secret_that_others_can_read_is_a_problem(here: Here) -> None:
    made(here)
    (here.home / "secret.key").chmod(0o644)
    code, found = checked(here)
    assert (code, found["secret"]["level"]) == (1, "problem")


@pytest.mark.skipif(sys.platform == "win32", reason="the mode of a file does not tell there")
def test_a_log_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    write_config(tmp_path)
    (tmp_path / "callmanager.log").write_text("", "utf-8")
    (tmp_path / "callmanager.log").chmod(0o400)
    # Root writes everywhere unless it gives that right up.
    bare = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    found = {one["code"]: one for one in json.loads(run(tmp_path, "doctor", "--json", through=bare).out)}
    assert found["log"]["level"] == "problem"


def test_a_log_that_is_a_folder_is_a_problem(here: Here) -> None:
    (here.home / "callmanager.log").mkdir()
    assert checked(here)[1]["log"]["level"] == "problem"


def test_a_busy_port_is_a_problem_and_ones_own_server_is_not(tmp_path: Path) -> None:
    with start_server(tmp_path) as server:
        found = {one["code"]: one for one in json.loads(run(tmp_path, "doctor", "--json").out)}
        assert "y listo" in found["port"]["seen"]
        assert found.get("backups", {"level": "ok"})["level"] == "ok"  # it was just started: none is due yet
        other = tmp_path / "other"
        other.mkdir()
        write_config(other, 'SERVER_HOST = "127.0.0.1"', f"SERVER_PORT = {server.port}")
        said = run(other, "doctor", "--json")
    found = {one["code"]: one for one in json.loads(said.out)}
    assert (said.code, found["port"]["level"]) == (1, "problem")


def test_people_read_one_line_for_each_check_in_their_language(here: Here) -> None:
    made(here)
    said = here("doctor", lang="es")
    assert said.code == 0
    assert "aviso" in said.out
    assert "-> Ejecute: callmanager user set-password admin." in said.out
    assert said.out.splitlines()[-1].endswith("Problemas: 0.")
