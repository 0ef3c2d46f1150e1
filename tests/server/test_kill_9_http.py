"""A killed server loses nothing that it had answered for: eight clients write over HTTP while it dies, repeatedly."""

import http.client
import json
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from callmanager.server.changes.audit import verify_log
from callmanager.server.storage.sqlite import SqliteStorage
from tests.live_server import RunningServer, start_server

PASSWORD = "una clave larga 9"
CLIENTS = 8
MOST_ANSWERS = 60
STALL_SECONDS = 60


class Client:
    """One keep-alive connection of somebody who is signed in."""

    def __init__(self, server: RunningServer, token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=STALL_SECONDS)
        self.headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}

    def ask(self, method: str, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Raises OSError or HTTPException when the server dies meanwhile."""
        self.connection.request(method, path, json.dumps(body), {**self.headers, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None


def sign_in(server: RunningServer) -> str:
    client = Client(server)
    _, first = client.ask("POST", "/auth/login", {"username": "admin", "password": "1234"})
    passwords = {"old_password": "1234", "new_password": PASSWORD, "confirm_password": PASSWORD}
    holder = Client(server, first["token"])
    status, said = holder.ask("POST", "/auth/change-password", passwords)
    holder.connection.close()
    assert status < 300, said
    _, second = client.ask("POST", "/auth/login", {"username": "admin", "password": PASSWORD})
    client.connection.close()
    token: str = second["token"]
    return token


class Notes:
    """What clients were answered: the least version that each contact has."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.asked: set[str] = set()
        self.refused: list[Any] = []
        self.count = 0
        self.grown = threading.Condition()

    def add(self, name: str, version: int) -> None:
        with self.grown:
            self.versions[name] = version
            self.count += 1
            self.grown.notify_all()

    def await_more(self, answers: int) -> None:
        with self.grown:
            goal = self.count + answers
            assert self.grown.wait_for(lambda: self.count >= goal or self.refused, STALL_SECONDS), "the server stalled"


def write_until_it_dies(server: RunningServer, token: str, writer: str, notes: Notes) -> None:
    client, turn = Client(server, token), 0
    try:
        while True:
            turn += 1
            name = f"{writer}-{turn}"
            notes.asked.add(name)
            status, made = client.ask("POST", "/contacts", {"phone": f"8888-{turn:04d}", "name": name})
            if status != 201:
                notes.refused.append(made)
                return
            notes.add(name, 1)
            path = f"/contacts/{made['id']}"
            status, edited = client.ask("PATCH", path, {"note": f"turn {turn}"}, **{"If-Match": '"1"'})
            if status != 200:
                notes.refused.append(edited)
                return
            notes.add(name, 2)
    except (OSError, http.client.HTTPException):
        return
    finally:
        client.connection.close()


def one_life(folder: Path, token: str, life: int, notes: Notes, answers: int) -> str:
    """Start, write from eight clients, kill after so many answers. The session of the first life holds for all."""
    with start_server(folder) as server:
        token = token or sign_in(server)
        crowd = [
            threading.Thread(target=write_until_it_dies, args=(server, token, f"{life}-{number}", notes))
            for number in range(CLIENTS)
        ]
        for thread in crowd:
            thread.start()
        notes.await_more(answers)
        server.kill()
        for thread in crowd:
            thread.join(STALL_SECONDS)
    return token


def live(folder: Path, lives: int) -> None:
    moments, notes, token = random.Random(20261122), Notes(), ""
    for life in range(lives):
        token = one_life(folder, token, life, notes, moments.randint(1, MOST_ANSWERS))
        assert notes.refused == []
    check(folder / "contacts.db", notes)


def check(database: Path, notes: Notes) -> None:
    storage = SqliteStorage(database)
    assert verify_log(storage).ok
    storage.close()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = connection.execute("SELECT name, version, id FROM contacts").fetchall()
        logged = dict(
            connection.execute("SELECT record_id, count(*) FROM changes WHERE entity = 'contact' GROUP BY record_id")
        )
    there = {name: version for name, version, _ in rows}
    assert len(there) == len(rows), "something is there twice"
    assert {name for name, version in notes.versions.items() if there.get(name, 0) < version} == set()
    assert there.keys() <= notes.asked
    assert {number: version for _, version, number in rows} == logged


def test_nothing_answered_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    live(tmp_path, lives=4)


@pytest.mark.long
def test_nothing_answered_is_lost_over_thirty_kills_of_the_server(tmp_path: Path) -> None:
    live(tmp_path, lives=30)
