"""An office at work while somebody copies a backup over its database, and what becomes of it at the next start.

office = build_office(folder, contacts=300)      # a template: contacts.db and one backup of it
copy_over_at_work(office, tmp_path, Moment(answers=12, how="slowly", kill=True))
"""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.people import SYSTEM
from callmanager.server.actions import contacts
from callmanager.server.backups import take_backup
from callmanager.server.storage.sqlite import SqliteStorage
from tests.live_server import RunningServer, free_port, start_server
from tests.office import Office
from tests.server.cli_program import run

WRITERS = 4
STALL_SECONDS = 60
REFUSALS = 3
SETTINGS: dict[str, Any] = {"ENABLE_AUTH": False}


@dataclass(frozen=True)
class Moment:
    """When (after so many answers), how, and how the server ends afterwards."""

    answers: int
    how: str
    kill: bool


@dataclass
class Heard:
    """What the clients were told. Instants are those at which a request was sent."""

    saved: list[float] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    read: list[tuple[int, str, str]] = field(default_factory=list)
    grown: threading.Condition = field(default_factory=threading.Condition)

    def add_saved(self, sent_at: float) -> None:
        with self.grown:
            self.saved.append(sent_at)
            self.grown.notify_all()

    def await_saved(self, answers: int) -> None:
        with self.grown:
            assert self.grown.wait_for(lambda: len(self.saved) >= answers, STALL_SECONDS), "the server stalled"


def build_office(folder: Path, *, contacts_kept: int) -> Path:
    """A folder with a database, and in `backups` a backup of it."""
    folder.mkdir()
    storage = SqliteStorage(folder / "contacts.db")
    office = Office(storage)
    for first in range(0, contacts_kept, 1000):
        with office.log.write(SYSTEM, "api", bulk=True) as tx:
            for number in range(first, min(first + 1000, contacts_kept)):
                contacts.create(tx, {"phone": f"8{number:07d}", "name": f"Persona {number}"}, region="CR")
    storage.close()
    take_backup(folder / "contacts.db", folder / "backups", clock=SystemClock())
    return folder


def backup_of(folder: Path) -> Path:
    """The oldest backup: the one that `build_office` made."""
    return min((folder / "backups").glob("contacts_backup_*.db"))


def copy_over_at_work(template: Path, folder: Path, moment: Moment) -> Heard:
    """Work, copy, end, start again; assert all that was promised (docs/decisions/0099)."""
    shutil.copytree(template, folder)
    backup, database, heard = backup_of(folder), folder / "contacts.db", Heard()
    with start_server(folder, **SETTINGS) as server:
        crowd = _start_crowd(server, heard)
        heard.await_saved(moment.answers)
        begun_at = copy_over(backup, database, moment.how)
        for thread in crowd:
            thread.join(STALL_SECONDS)
        _assert_refused(heard, begun_at)
        _assert_unready(server)
        if moment.kill:
            server.kill()
        else:
            _assert_doctor_says_so(folder)
            assert server.stop() == 0
    if _hash(database) != _hash(backup):  # the copy began in the middle of a checkpoint, which wrote into it
        _assert_start_refuses(folder)
        shutil.copyfile(backup, database)
    _assert_adopted(folder, backup)
    return heard


def copy_over(backup: Path, database: Path, how: str) -> float:
    """Copy; the instant by which the file was not the server's own any more."""
    if how == "cp":
        subprocess.run(["cp", str(backup), str(database)], check=True)
        return time.monotonic()
    if how == "mv":
        beside = database.with_name("restored.db")
        shutil.copyfile(backup, beside)
        beside.replace(database)
        return time.monotonic()
    with backup.open("rb") as reader, database.open("wb", buffering=0) as writer:
        begun_at = time.monotonic()
        pieces = 20
        while piece := reader.read(backup.stat().st_size // pieces + 1):
            writer.write(piece)
            threading.Event().wait(0.02)
    return begun_at


def _start_crowd(server: RunningServer, heard: Heard) -> list[threading.Thread]:
    crowd = [threading.Thread(target=_write_until_refused, args=(server, n, heard)) for n in range(WRITERS)]
    crowd.append(threading.Thread(target=_read_until_refused, args=(server, heard)))
    for thread in crowd:
        thread.start()
    return crowd


def _write_until_refused(server: RunningServer, writer: int, heard: Heard) -> None:
    turn = refusals = 0
    while refusals < REFUSALS:
        turn += 1
        sent_at = time.monotonic()
        body = json.dumps({"phone": f"8{writer}{turn:06d}", "name": f"new {writer}-{turn}"})
        answer = ask(server, "POST", "/contacts", body)
        if answer[0] == 201:
            heard.add_saved(sent_at)
        else:
            heard.refused.append(answer)
            refusals += 1


def _read_until_refused(server: RunningServer, heard: Heard) -> None:
    refusals = 0
    while refusals < REFUSALS:
        heard.read.append(ask(server, "GET", "/contacts?limit=50&q=persona"))
        refusals += heard.read[-1][0] != 200


def ask(server: RunningServer, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
    """Status, type and, of a problem document, the code."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=STALL_SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        text, kind = answer.read(), answer.headers.get_content_type()
        return answer.status, kind, str(json.loads(text)["code"]) if kind == "application/problem+json" else ""
    finally:
        connection.close()


REFUSAL = (503, "application/problem+json", "database_replaced")


def _assert_refused(heard: Heard, begun_at: float) -> None:
    late = [sent_at - begun_at for sent_at in heard.saved if sent_at >= begun_at]
    assert late == [], "saved, it was said, into a file that was not there any more"
    assert set(heard.refused) == {REFUSAL}
    assert {answer for answer in heard.read if answer[0] != 200} == {REFUSAL}


def _assert_unready(server: RunningServer) -> None:
    assert ask(server, "GET", "/health/ready") == REFUSAL
    assert ask(server, "GET", "/health")[0] == 200
    assert "storage.database_replaced" in server.log()


def _assert_doctor_says_so(folder: Path) -> None:
    found = {one["code"]: one for one in json.loads(run(folder, "doctor", "--json").out)}
    assert found["database_replaced"]["level"] == "problem"


def _assert_start_refuses(folder: Path) -> None:
    with pytest.raises(AssertionError, match="the server did not start"):
        start_server(folder, SERVER_PORT=free_port(), **SETTINGS).kill()
    assert "copied_backup_d" in (folder / "callmanager.log").read_text("utf-8")  # damaged, or differs


def _assert_adopted(folder: Path, backup: Path) -> None:
    with start_server(folder, **SETTINGS) as server:
        assert ask(server, "GET", "/health/ready")[0] == 200
        assert "backup_adopted" in server.log()
        assert server.stop() == 0
    with closing(sqlite3.connect(folder / "contacts.db")) as now, closing(sqlite3.connect(backup)) as then:
        assert now.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for table, order in (("contacts", "id"), ("changes", "seq")):
            last = then.execute("SELECT max(seq) FROM changes").fetchone()[0]
            query = f"SELECT * FROM {table} WHERE seq <= {last} ORDER BY {order}"
            assert now.execute(query).fetchall() == then.execute(query).fetchall()
        assert (
            now.execute("SELECT count(*) FROM contacts").fetchone()
            == then.execute("SELECT count(*) FROM contacts").fetchone()
        )
        epoch = "SELECT value FROM meta WHERE key = 'epoch'"
        assert now.execute(epoch).fetchone() != then.execute(epoch).fetchone()
    assert not (folder / "contacts.db.replaced").exists()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
