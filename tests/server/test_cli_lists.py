"""Imports, exports, backups and the audit from the command line."""

import io
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.cli.spoken import speak
from tests.live_server import start_server
from tests.server.cli_program import CHEAP, Here, begin_office, run

LIST = "Teléfono;Nombre\n8888-7777;Ana Mora\n2222-3333;Luis Vega\nno tiene;Eva Ruiz\n"


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    (tmp_path / "config.py").write_text(CHEAP, "utf-8")
    (tmp_path / "lista.csv").write_text(LIST, "utf-8")
    begin_office(tmp_path)
    yield Here(tmp_path, capsys)
    speak("es")


def contacts(here: Here) -> list[str]:
    assert here("export", str(here.home / "out.json"), "--force").code == 0
    return [one["name"] for one in json.loads((here.home / "out.json").read_text("utf-8"))]


def test_a_list_comes_in_and_its_bad_rows_lie_beside_it(here: Here) -> None:
    said = here("import", str(here.home / "lista.csv"))
    assert said.code == 0
    assert "New contacts: 2" in said.out
    rejected = (here.home / "lista-rejected.csv").read_text("utf-8-sig")
    assert "Eva Ruiz" in rejected
    assert "There are letters where the phone number should be." in rejected
    assert sorted(contacts(here)) == ["Ana Mora", "Luis Vega"]


def test_rejected_rows_never_replace_a_file(here: Here) -> None:
    (here.home / "lista-rejected.csv").write_text("mine", "utf-8")
    here("import", str(here.home / "lista.csv"))
    assert (here.home / "lista-rejected.csv").read_text("utf-8") == "mine"
    assert (here.home / "lista-rejected-2.csv").exists()


def test_a_dry_run_changes_nothing(here: Here) -> None:
    said = here("import", str(here.home / "lista.csv"), "--dry-run", "--json")
    assert json.loads(said.out)["inserted"] == 2
    assert contacts(here) == []
    assert not (here.home / "lista-rejected.csv").exists()


def test_columns_can_be_put_into_fields_and_the_preview_shows_them(here: Here) -> None:
    path = here.home / "x.csv"
    path.write_text("Uno;Dos\n8888-7777;Ana\n", "utf-8")
    said = here("import", str(path), "--map", "Uno=phone", "--map", "Dos=company", "--preview")
    assert json.loads(said.out)["mapping"] == {"Uno": "phone", "Dos": "company"}
    assert here("import", str(path), "--map", "=phone").code == 1
    assert "has no column Tres" in here("import", str(path), "--map", "Tres=phone").err


def test_what_is_in_doubt_is_told_and_lies_beside_the_list(here: Here) -> None:
    path = here.home / "v.csv"
    rows = "8888-7777;Ana;new\n8888-7777;Eva;\n2222-3333 / 34;Luis;busy\n"
    path.write_text(f"Lista\nTeléfono;Nombre;Estado\n{rows}", "cp850")
    said = here("import", str(path), "--status", "busy=OCUPADO")
    assert said.code == 0
    assert "Words that are no status, kept as a field of their own: 1" in said.out
    assert "No status: new, in 1 rows" in said.out
    assert "Rows above the header (row 2), not read: 1" in said.out
    kept = (here.home / "v-remarks.csv").read_text("utf-8-sig")
    assert "Eva" in kept
    assert "2222-3333 / 34" in kept
    assert here("import", str(path), "--status", "=x").code == 1
    strict = here("import", str(path), "--strict-statuses", "--encoding", "cp850", "--header-row", "2", "--json")
    assert json.loads(strict.out)["rejected"] == 2


def test_an_import_is_listed_and_undone(here: Here) -> None:
    here("import", str(here.home / "lista.csv"))
    assert "lista.csv" in here("import", "list").out
    assert here("import", "undo", "1").code == 0
    assert contacts(here) == []
    assert here("import", "undo", "1").code == 1


def test_an_export_never_replaces_a_file_unasked_and_knows_its_format_by_the_name(here: Here) -> None:
    here("import", str(here.home / "lista.csv"))
    target = here.home / "out.csv"
    assert here("export", str(target), "--query", "ana").code == 0
    assert "Luis" not in target.read_text("utf-8-sig")
    assert here("export", str(target)).code == 1
    assert here("export", str(here.home / "out.pdf")).code == 1


def test_a_backup_is_taken_listed_checked_restored_and_the_loss_is_told(here: Here) -> None:
    here("team", "add", "Ventas")
    assert here("backup", "list").out.startswith("There are no backups")
    assert here("backup", "take").code == 0
    (taken,) = json.loads(here("backup", "list", "--json").out)
    here("import", str(here.home / "lista.csv"))
    assert here("backup", "verify").code == 0
    said = here("backup", "restore", taken["name"], "--yes")
    assert said.code == 0
    assert "new contacts among them: 2" in said.out
    assert contacts(here) == []
    assert "There is no backup of this name." in here("backup", "restore", "contacts_backup_20200101_000000.db").err


@pytest.mark.parametrize(("answer", "teams"), [("", 2), ("no", 2), ("n", 2), ("s", 1), ("Sí", 1), ("y", 1)])
def test_restoring_asks_and_takes_only_a_yes(
    here: Here, monkeypatch: pytest.MonkeyPatch, answer: str, teams: int
) -> None:
    here("team", "add", "Ventas")
    here("backup", "take")
    here("team", "add", "Cobros")
    name = json.loads(here("backup", "list", "--json").out)[0]["name"]
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n" if answer else ""))
    assert here("backup", "restore", name, lang="es").code == (0 if teams == 1 else 130)
    assert len(json.loads(here("team", "list", "--json").out)) == teams


def test_a_damaged_backup_is_named_and_not_restored(here: Here) -> None:
    here("team", "add", "Ventas")
    here("backup", "take")
    (path,) = (here.home / "backups").glob("*.db")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(raw)
    assert here("backup", "verify").code == 1
    assert here("backup", "restore", path.name, "--yes").err.startswith(
        "This backup is not good: The file is not the one"
    )


def test_a_rehearsal_starts_a_server_on_the_newest_backup(here: Here) -> None:
    here("import", str(here.home / "lista.csv"))
    assert here("backup", "drill").code == 1
    here("backup", "take")
    said = here("backup", "drill")
    assert said.code == 0, said.err
    assert "a server started on it" in said.out


def test_the_audit_walks_the_history_and_names_what_was_rewritten(here: Here) -> None:
    here("import", str(here.home / "lista.csv"))
    assert here("audit", "verify").code == 0
    with sqlite3.connect(here.home / "contacts.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE changes SET actor_name = 'nobody' WHERE seq = 3")
    connection.close()
    said = here("audit", "verify")
    assert said.code == 1
    assert "altered at change 3" in said.err


def test_beside_a_running_server_lists_come_in_and_restoring_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lista.csv").write_text(LIST, "utf-8")
    with start_server(tmp_path):
        said = run(tmp_path, "import", "lista.csv")
        assert said.code == 0, said.err
        assert "Contactos nuevos: 2" in said.out
        assert (tmp_path / "lista-rechazadas.csv").exists()
        assert run(tmp_path, "export", "todo.xlsx").code == 0
        assert run(tmp_path, "audit", "verify").code == 0
        assert run(tmp_path, "backup", "take").code == 0
        name = next((tmp_path / "backups").glob("*.db")).name
        refused = run(tmp_path, "backup", "restore", name, "--yes")
    assert (refused.code, refused.err) == (1, "El servidor está en marcha. Párelo y después restaure.\n")


def test_tls_init_prints_what_to_write_and_doctor_accepts_it(here: Here) -> None:
    said = here("tls", "init", "--name", "servidor.oficina.lan")
    assert said.code == 0
    lines = [line.strip() for line in said.out.splitlines() if line.strip().startswith("TLS_")]
    assert lines == ['TLS_CERT = "tls/server.pem"', 'TLS_KEY = "tls/server-key.pem"']
    (here.home / "config.py").write_text("\n".join([CHEAP, *lines, ""]), "utf-8")
    found = {one["code"]: one for one in json.loads(here("doctor", "--json").out)}
    assert found["tls"]["level"] == "ok"
    assert here("tls", "init").code == 1
    assert here("tls", "init", "--renew").code == 0
