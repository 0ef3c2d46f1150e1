"""Defect 20: keys and passwords stood in clear in the database, in logs and in files that clients share."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.server.backups.take import take_backup
from callmanager.server.logs import set_up_logs, take_down_logs
from tests.server.people_office import NEW_PASSWORD, PASSWORD, Server, open_server

ROOT = Path(__file__).resolve().parents[2]
CONFIGURED = "clave-de-la-centralita"
MISTYPED = "la clave que casi era"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with open_server(tmp_path, AUTH_TOKENS=[CONFIGURED]) as opened:
        log = set_up_logs(tmp_path / "callmanager.log", level="debug", max_bytes=10_000_000, kept=1)
        yield opened
        take_down_logs()
        log.close()


def use(server: Server) -> dict[str, str]:
    """Do everything that brings secrets to the server; they are returned by what they are."""
    admin = server.admin()
    body = {"must_change_password": False, "username": "ana", "password": PASSWORD, "role": "agent"}
    made = admin.post("/users", body, Idempotency_Key="make-ana").json
    own = server.sign_in("ana")
    given = {"label": "x", "password": PASSWORD}
    issued = own.post(f"/users/{made['id']}/api-keys", given, Idempotency_Key="make-key").json
    admin.patch(f"/users/{made['id']}", {"password": NEW_PASSWORD, "must_change_password": False}, 1)
    again = server.sign_in("ana", NEW_PASSWORD)
    for key in (made["api_key"], issued["api_key"], CONFIGURED, "cm_wrong"):
        caller = server.with_key(key)
        caller.post("/contacts", {"phone": "8888-7777", "name": "Eva"}, Idempotency_Key="make-eva")
        caller.get(f"/contacts?q={key}&token={key}")
    server.anybody().post("/auth/login", {"username": "ana", "password": MISTYPED})
    server.anybody().post("/auth/login", {"username": MISTYPED, "password": "x"})
    tokens = [caller.headers["Authorization"].removeprefix("Bearer ") for caller in (admin, own, again)]
    named = {"key of ana": made["api_key"], "second key": issued["api_key"], "configured key": CONFIGURED}
    named |= {"password": PASSWORD, "new password": NEW_PASSWORD, "mistyped password": MISTYPED}
    named |= {f"token {number}": token for number, token in enumerate(tokens)}
    return named | {f"signature {number}": token.rpartition(".")[2] for number, token in enumerate(tokens)}


def disguises(secret: str) -> set[bytes]:
    """How a secret may stand somewhere: as it is, escaped in JSON, or as a quick digest that can be guessed from."""
    forms = {secret, json.dumps(secret)[1:-1]}
    if not secret.startswith("cm_"):  # of 256 random bits a digest tells nothing
        forms |= {hashlib.new(name, secret.encode()).hexdigest() for name in ("md5", "sha1", "sha256")}
    else:
        forms.add(secret.split("_", 2)[2])
    return {form.encode() for form in forms}


def test_no_table_and_no_file_holds_a_password_a_key_or_a_token(server: Server) -> None:
    secrets = use(server)
    take_backup(server.folder / "contacts.db", server.folder / "backups", clock=server.clock)
    files = {path.name: path.read_bytes() for path in server.folder.rglob("*") if path.is_file()}
    assert {"contacts.db", "callmanager.log", "secret.key"} <= files.keys()
    assert any(name.startswith("contacts_backup_") for name in files)
    database = sqlite3.connect(server.folder / "contacts.db")
    files["every table"] = "\n".join(database.iterdump()).encode()
    database.close()
    assert b"ana" in files["every table"]
    assert b"path=/users" in files["callmanager.log"]
    found = [
        (what, name)
        for what, secret in secrets.items()
        for name, content in files.items()
        if any(form in content for form in disguises(secret))
    ]
    assert found == []


def test_what_a_repeat_was_compared_with_cannot_be_guessed_from(server: Server) -> None:
    """A digest of the request would let a stolen backup be searched for the password, billions a second."""
    admin = server.admin()
    body = {"must_change_password": False, "username": "ana", "password": PASSWORD, "role": "agent"}
    admin.post("/users", body, Idempotency_Key="one")
    database = sqlite3.connect(server.folder / "contacts.db")
    (kept, answer) = database.execute("SELECT request_hash, answer FROM idempotency_keys").fetchone()
    database.close()
    raw = json.dumps(body).encode()
    for shape in (raw, json.dumps(body, separators=(",", ":")).encode()):
        for start in (b"", b"POST\n/users?\n\n", b"POST\n/users\n\n"):
            assert hashlib.sha256(start + shape).hexdigest() != kept
    assert json.loads(answer)["api_key"] is None


def test_the_clients_example_holds_no_key() -> None:
    example = json.loads((ROOT / "client" / "config_local.example.json").read_text("utf-8"))
    assert example["API_KEY"] == ""
