"""Users, teams and keys from the command line, with the server stopped and beside a running one."""

import io
import json
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from callmanager.cli.main import main
from callmanager.cli.spoken import speak
from tests.live_server import start_server
from tests.server.cli_program import CHEAP, Here, begin_office, run

PASSWORD = "tres palabras sueltas 7"


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    (tmp_path / "config.py").write_text(CHEAP, "utf-8")
    begin_office(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    return Here(tmp_path, capsys)


def origins(home: Path) -> set[tuple[str, str]]:
    """Who changed something, and from where."""
    with sqlite3.connect(home / "contacts.db") as connection:
        found = set(connection.execute("SELECT actor_name, origin FROM changes"))
    connection.close()
    return found


def test_a_user_is_made_with_a_key_that_is_shown_once(here: Here) -> None:
    assert here("team", "add", "Ventas").code == 0
    made = here("user", "add", "Ana", "--team", "ventas", "--password-stdin")
    assert made.code == 0
    assert "cm_" in made.out
    listed = json.loads(here("user", "list", "--json").out)
    assert {(one["username"], one["team"]) for one in listed} == {("admin", None), ("ana", "Ventas")}
    assert ("local", "cli") in origins(here.home)
    assert "cm_" not in here("user", "list", "--json").out


def test_a_password_never_stands_in_the_arguments(here: Here) -> None:
    for command in ("add", "set-password"):
        shown = here("user", command, "--help").out
        assert "--password-stdin" in shown
        assert "--password " not in shown


def test_an_empty_standard_input_sets_no_password(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    said = here("user", "set-password", "admin", "--password-stdin")
    assert said.code == 1
    assert "standard input was empty" in said.err


def test_an_easy_password_is_refused_with_a_sentence(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("12345678\n"))
    said = here("user", "set-password", "admin", "--password-stdin", lang="es")
    assert said.code == 1
    assert said.err == (
        "Esta contraseña es fácil de adivinar. Elija otra, por ejemplo tres palabras que no tengan que ver entre sí.\n"
    )


def test_what_is_not_there_is_named(here: Here) -> None:
    assert "There is no user bob." in here("user", "activate", "bob").err
    assert "There is no team X." in here("user", "set-role", "admin", "manager", "--team", "X").err
    assert here("key", "revoke", "99").err == "There is no such key, or it is not yours.\n"


def test_the_last_administrator_cannot_be_put_out(here: Here) -> None:
    said = here("user", "deactivate", "admin")
    assert (said.code, said.err) == (1, "This is the last active administrator. Make another one first.\n")


def test_a_user_is_put_out_let_in_and_given_a_role(here: Here) -> None:
    here("user", "add", "ana", "--password-stdin")
    assert here("user", "deactivate", "ana").code == 0
    assert [one["username"] for one in json.loads(here("user", "list", "--json").out)] == ["admin"]
    assert here("user", "activate", "ana").code == 0
    assert here("user", "set-role", "ana", "manager").code == 0
    assert here("user", "close-sessions", "ana").code == 0
    listed = {one["username"]: one["role"] for one in json.loads(here("user", "list", "--json").out)}
    assert listed == {"admin": "admin", "ana": "manager"}


def test_a_team_gets_another_name(here: Here) -> None:
    here("team", "add", "Ventas")
    assert here("team", "rename", "VENTAS", "Ventas Sur").code == 0
    assert [one["name"] for one in json.loads(here("team", "list", "--json").out)] == ["Ventas Sur"]


def test_a_key_is_made_listed_and_revoked(here: Here) -> None:
    here("user", "add", "ana", "--password-stdin")
    assert "cm_" in here("key", "create", "ana", "--label", "informes", "--days", "30").out
    keys = json.loads(here("key", "list", "ana", "--json").out)
    (mine,) = (key for key in keys if key["label"] == "informes")
    assert mine["expires_at"] is not None
    assert here("key", "revoke", str(mine["id"])).code == 0
    assert "informes" not in here("key", "list").out


@pytest.fixture(autouse=True)
def _spanish_again() -> object:
    yield
    speak("es")


def test_beside_a_running_server_the_same_commands_work_and_take_effect_at_once(tmp_path: Path) -> None:
    with start_server(tmp_path) as server:
        changed = run(tmp_path, "user", "set-password", "admin", "--password-stdin", given=f"{PASSWORD}\n")
        assert (changed.code, changed.err) == (0, "")
        assert "Tiene que volver a entrar" in changed.out
        made = run(tmp_path, "--lang", "en", "key", "create", "admin", "--label", "cli")
        key = made.out.split()[-1]
        request = urllib.request.Request(f"{server.url}/auth/me", headers={"X-API-Key": key})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.load(answer)["username"] == "admin"
    assert ("local", "cli") in origins(tmp_path)


def test_a_stranger_to_the_secret_is_told_to_run_it_in_the_right_place(tmp_path: Path) -> None:
    with start_server(tmp_path):
        (tmp_path / "other.key").write_text("x" * 64, "utf-8")
        (tmp_path / ".env").write_text("CALLMANAGER_SECRET_FILE=other.key\n", "utf-8")
        said = run(tmp_path, "--lang", "en", "user", "list")
    assert said.code == 1
    assert "without the secret of" in said.err


def test_a_server_that_cannot_be_reached_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holder = (
        "import sys, time; from filelock import FileLock; held = FileLock(sys.argv[1]); held.acquire();"
        "print(1, flush=True); time.sleep(99)"
    )
    lock = tmp_path / "contacts.db.lock"
    with subprocess.Popen([sys.executable, "-c", holder, str(lock)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            (tmp_path / "config.py").write_text("SERVER_PORT = 9\n", "utf-8")
            (tmp_path / "contacts.db").write_bytes(b"another program has it")
            assert main(["--home", str(tmp_path), "--lang", "en", "user", "list"]) == 1
        finally:
            process.kill()
    assert "no server answers at 127.0.0.1:9" in capsys.readouterr().err
