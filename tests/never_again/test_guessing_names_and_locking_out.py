"""Defect 22: the time of an answer told which names exist, and one address could lock a whole office out."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
from werkzeug.test import TestResponse

from callmanager.server.app import build_app
from callmanager.server.security.passwords import Passwords
from tests.server.people_office import PASSWORD, Server, code, open_server

ATTACKER = "192.168.7.66"


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The kind and cost of every slow hash that is computed, which is what an answer's time is made of."""
    computed: list[bytes] = []
    check = bcrypt.checkpw

    def note(password: bytes, hashed: bytes) -> bool:
        computed.append(hashed[:7])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", note)
    return computed


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with open_server(tmp_path, AUTH_TOKENS=["clave-de-la-centralita"]) as opened:
        yield opened


def attempt(server: Server, username: str, password: str, address: str) -> TestResponse:
    return server.anybody(address=address).post("/auth/login", {"username": username, "password": password})


def test_a_wrong_name_and_a_wrong_password_cost_the_same_and_are_answered_alike(
    server: Server, computed: list[bytes]
) -> None:
    admin = server.admin()
    server.hire(admin, "ana")
    gone = server.hire(admin, "leo")
    admin.patch(f"/users/{gone.id}", {"active": False}, 1)
    server.app = build_app(dataclasses.replace(server.services, passwords=Passwords(cost=4)))
    seen = set()
    for number, username in enumerate(("ana", "leo", "config", "nadie", "x" * 200, "")):
        computed.clear()
        answer = attempt(server, username, "una clave que no es", f"10.9.{number}.1")
        told = {**answer.json, "request_id": ""}
        seen.add((answer.status_code, str(told), tuple(computed)))
    assert len(seen) == 1
    ((status, _told, hashes),) = seen
    assert (status, hashes) == (401, (b"$2b$04$",))


def test_one_address_that_guesses_every_name_locks_out_only_itself(server: Server) -> None:
    admin = server.admin()
    names = [f"persona-{number}" for number in range(6)]
    for name in names:
        server.hire(admin, name)
    for _ in range(12):
        server.clock.pass_by(seconds=61)
        for name in names:
            attempt(server, name, "una clave que no es", ATTACKER)
    assert code(attempt(server, names[0], PASSWORD, ATTACKER)) == (429, "sign_in_throttled")
    for number, name in enumerate(names):
        assert attempt(server, name, PASSWORD, f"10.8.{number}.1").status_code == 200


def test_who_signed_in_before_still_can_while_the_whole_network_guesses_at_him(server: Server) -> None:
    server.hire(server.admin(), "ana")
    assert attempt(server, "ana", PASSWORD, "192.168.7.30").status_code == 200
    for number in range(60):
        attempt(server, "ana", "una clave que no es", f"10.7.{number}.1")
    assert attempt(server, "ana", PASSWORD, "10.7.200.1").status_code == 429
    assert attempt(server, "ana", PASSWORD, "192.168.7.30").status_code == 200


def test_guessing_a_name_that_nobody_has_is_slowed_like_any_other(server: Server) -> None:
    server.hire(server.admin(), "ana")
    answers = [
        [attempt(server, name, "una clave que no es", address).status_code for _ in range(12)]
        for name, address in (("ana", "10.6.1.1"), ("nadie", "10.6.2.1"))
    ]
    assert answers[0] == answers[1]
    assert 429 in answers[0]
