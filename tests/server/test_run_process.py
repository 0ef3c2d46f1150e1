"""The server as a process: it starts, refuses to be two, survives being killed, and stops in order with a backup."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import requests

from callmanager.server.backups import list_backups, verify_backup
from tests.live_server import ROOT, RunningServer, environment, launch_server, serve_program, start_server

KEY = "clave-configurada-para-las-pruebas"
ALONE = {"AUTH_TOKENS": [KEY]}


def add_contact(server: RunningServer, name: str) -> int:
    answer = requests.post(
        f"{server.url}/contacts", json={"phone": "8888-7777", "name": name}, headers={"X-API-Key": KEY}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def names(server: RunningServer) -> list[str]:
    answer = requests.get(f"{server.url}/contacts", headers={"X-API-Key": KEY}, timeout=30)
    assert answer.status_code == 200, answer.text
    return [contact["name"] for contact in answer.json()]


def epoch(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with start_server(tmp_path, **ALONE) as server:
        add_contact(server, "Última")
        server.process.send_signal(number)
        assert server.process.wait(20) == 0, server.printed()
    newest = list_backups(server.backups)[0]
    assert verify_backup(newest.path).ok
    with closing(sqlite3.connect(newest.path)) as connection:
        assert connection.execute("SELECT name FROM contacts").fetchall() == [("Última",)]
    assert not (tmp_path / "contacts.db.owner.json").exists()
    assert not (tmp_path / "contacts.db-wal").exists()
    with start_server(tmp_path, **ALONE) as again:
        assert names(again) == ["Última"]


def test_a_request_in_progress_is_finished_before_the_end(tmp_path: Path) -> None:
    with start_server(tmp_path, **ALONE) as server, socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.settimeout(20)
        body = json.dumps({"phone": "8888-7777", "name": "A medias"}).encode()
        head = f"POST /contacts HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEY}\r\nExpect: 100-continue\r\n"
        slow.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 100")  # the request is at work and waits for its body
        server.ask_to_stop()
        slow.sendall(body)
        assert slow.recv(100).startswith(b"HTTP/1.1 201")
        assert server.process.wait(20) == 0
    assert "stopping" in server.log()


def test_a_second_server_is_refused_and_told_who_holds_the_database(tmp_path: Path) -> None:
    with start_server(tmp_path) as first:
        done = subprocess.run(
            serve_program(tmp_path, SERVER_PORT=1, LANGUAGE="en"),
            cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        for known in (str(first.process.pid), socket.gethostname(), str(first.port)):
            assert known in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert requests.get(f"{first.url}/health/ready", timeout=30).status_code == 200


def test_a_busy_port_is_named_with_the_line_to_write(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            serve_program(tmp_path, SERVER_PORT=port, LANGUAGE="en"),
            cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"SERVER_PORT = {port + 1}" in done.stderr
    assert "config.py" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "contacts.db").exists()


def test_a_killed_server_starts_again_with_all_it_acknowledged(tmp_path: Path) -> None:
    with start_server(tmp_path, **ALONE) as server:
        add_contact(server, "Reconocida")
        server.kill()
    assert (tmp_path / "contacts.db.owner.json").exists()  # the note stays, the lock does not
    with start_server(tmp_path, **ALONE) as again:
        assert names(again) == ["Reconocida"]


def test_a_backup_copied_over_the_database_is_adopted_at_the_start(tmp_path: Path) -> None:
    with start_server(tmp_path, **ALONE) as server:
        add_contact(server, "En la copia")
        server.stop()
    before = epoch(tmp_path / "contacts.db")
    with start_server(tmp_path, **ALONE) as server:
        add_contact(server, "Después")
        server.kill()  # leaves a -wal that belongs to the file about to be replaced
    shutil.copyfile(list_backups(tmp_path / "backups")[-1].path, tmp_path / "contacts.db")
    with start_server(tmp_path, **ALONE) as again:
        assert names(again) == ["En la copia"]
        assert "start.backup_adopted" in again.log()
        again.stop()
    assert epoch(tmp_path / "contacts.db") != before
    with closing(sqlite3.connect(tmp_path / "contacts.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_every_request_is_logged_with_its_user_and_no_secret(tmp_path: Path) -> None:
    with start_server(tmp_path, **ALONE) as server:
        answer = requests.get(f"{server.url}/contacts?token={KEY}", headers={"X-API-Key": KEY}, timeout=30)
        wrong = {"username": "admin", "password": "secreto-equivocado"}
        requests.post(f"{server.url}/auth/login", json=wrong, timeout=30)
        server.stop()
    lines = server.log().splitlines()
    line = next(line for line in lines if answer.headers["X-Request-Id"] in line)
    assert "request.done" in line
    assert {"method=GET", "path=/contacts", f"status={answer.status_code}", "user=config"} <= set(line.split())
    assert any(part.startswith("ms=") for part in line.split())
    everything = server.log() + server.printed()
    assert KEY not in everything
    assert "secreto-equivocado" not in everything


def test_a_broken_request_is_answered_and_logged_by_the_same_log(tmp_path: Path) -> None:
    with start_server(tmp_path) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.settimeout(20)
            raw.sendall(b"\x16\x03\x01 nothing of HTTP\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        server.stop()
    assert "uvicorn.error.said" in server.log()


def test_the_greeting_says_where_things_are(tmp_path: Path) -> None:
    with start_server(tmp_path, LANGUAGE="en", ENABLE_AUTH=False) as server:
        server.stop()
    text = server.printed()
    for known in (server.url, str(tmp_path / "contacts.db"), str(tmp_path / "callmanager.log"), "ENABLE_AUTH"):
        assert known in text


def test_each_start_warns_of_the_first_password_on_the_screen_and_in_the_log(tmp_path: Path) -> None:
    for _start in range(2):
        with start_server(tmp_path, LANGUAGE="en") as server:
            server.stop()
        assert "callmanager user set-password admin" in server.printed()
    assert server.log().count("server.first_password_in_use name=admin") == 2


def test_a_certificate_that_cannot_be_used_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("nothing", "ascii")
    server = launch_server(tmp_path, TLS_CERT="cert.pem", TLS_KEY="key.pem", LANGUAGE="en")
    with server:
        assert server.process.wait(60) == 1
    assert "cert.pem" in server.printed()
    assert "Traceback" not in server.printed()


def test_a_start_imports_nothing_that_only_other_commands_need(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from callmanager.settings import load_settings\n"
        "import callmanager.server.run\n"
        "from callmanager.server.app import build_app, build_services\n"
        "services = build_services(load_settings(Path(sys.argv[1]), {'BCRYPT_COST': 4}, {}))\n"
        "assert build_app(services).test_client().get('/health').status_code == 200\n"
        "services.storage.close()\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    loaded = set(done.stdout.split())
    unwanted = {"alembic", "babel", "cryptography", "prometheus_client", "python_calamine", "rich", "xlsxwriter"}
    assert loaded & unwanted == set()
    assert {"flask", "sqlalchemy", "uvicorn"} <= loaded
