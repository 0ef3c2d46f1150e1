"""Defect 19: anybody could register, and whoever asked chose his own role in the payload."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.server.edges.routing import DECLARED
from tests.server.people_office import PASSWORD, Server, code, open_server

OPEN = {"/auth/login", "/health", "/health/ready", "/openapi.json", "/asyncapi.json", "/docs"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with open_server(tmp_path) as opened:
        yield opened


def test_only_signing_in_health_and_the_documents_ask_for_nobody() -> None:
    public = {declared.path for declared in DECLARED.values() if declared.permission is None}
    assert {path for path in public if path not in OPEN and not path.startswith("/docs/")} == set()
    assert "/auth/login" in public


def test_an_account_is_made_by_an_administrator_and_nobody_else(server: Server) -> None:
    body = {"username": "intruso", "password": PASSWORD, "role": "admin"}
    assert code(server.anybody().post("/users", body)) == (401, "not_signed_in")
    assert code(server.at_the_pc().post("/users", body)) == (401, "not_signed_in")
    admin = server.admin()
    ana = server.hire(admin, "ana")
    assert code(ana.post("/users", body)) == (403, "forbidden")
    assert admin.get("/users?q=intruso").json == []
    assert code(server.anybody().post("/auth/login", body)) == (422, "invalid_input")


@pytest.mark.parametrize(
    "extra", [{"role": "admin"}, {"user": {"role": "admin"}}, {"user_id": 1}, {"actor_id": 1}, {"team_id": 1}]
)
def test_what_a_payload_says_of_its_sender_is_refused(server: Server, extra: dict[str, Any]) -> None:
    server.hire(server.admin(), "ana")
    answer = server.anybody().post("/auth/login", {"username": "ana", "password": PASSWORD, **extra})
    assert code(answer) == (422, "invalid_input")
    ana = server.sign_in("ana")
    change = {"old_password": PASSWORD, "new_password": "x", "confirm_password": "x"}
    assert code(ana.post("/auth/change-password", {**change, **extra})) == (422, "invalid_input")
    assert ana.get("/auth/me").json["role"] == "agent"


@pytest.mark.parametrize("header", ["X-User", "X-Role", "X-User-Id", "X-Forwarded-User", "X-Remote-User"])
def test_headers_that_claim_to_be_somebody_mean_nothing(server: Server, header: str) -> None:
    ana = server.hire(server.admin(), "ana")
    assert ana.get("/auth/me", **{header: "admin"}).json["username"] == "ana"
    assert code(ana.get("/users", **{header: "admin"})) == (403, "forbidden")
    assert code(server.anybody(headers={header: "admin"}).get("/users")) == (401, "not_signed_in")


def test_a_change_is_signed_by_the_session_whatever_the_payload_says(server: Server) -> None:
    admin = server.admin()
    ana = server.hire(admin, "ana")
    forged = {"phone": "8888-7777", "actor": {"id": admin.id, "name": "admin"}}
    assert code(ana.post("/contacts", forged)) == (422, "invalid_input")
    made = ana.post("/contacts", {"phone": "8888-7777"}).json
    (line,) = ana.get(f"/contacts/{made['id']}/history").json
    assert line["actor"] == {"id": ana.id, "name": "ana"}
