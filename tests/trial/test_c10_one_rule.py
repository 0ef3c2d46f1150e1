"""C10: a history shows what bore a scope that its reader sees; signing in needs no write; no token outlives its row."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from sqlalchemy import select

from callmanager.domain.clock import from_wire, to_wire
from callmanager.server.storage.tables import sessions
from tests.server.people_office import AFAR, NEW_PASSWORD, PASSWORD, Caller, Server, code, open_server
from tests.web import Web

SECRET = "lo que Norte sabe"


@pytest.fixture
def moved(web: Web) -> dict[str, Any]:
    """A contact that was Norte's, whose note was then changed twice, and is Sur's now."""
    contact = web.create("manager", team_id=web.teams["Norte"], note=SECRET)
    contact = web.edit("agent-norte", contact, note=f"{SECRET}, más").json
    contact = web.edit("manager", contact, team_id=web.teams["Sur"]).json
    moved: dict[str, Any] = web.edit("agent-sur", contact, note="lo que Sur sabe").json
    return moved


def test_the_history_of_a_contact_is_what_the_log_shows_of_it(web: Web, moved: dict[str, Any]) -> None:
    for who in ("agent-sur", "lead-sur", "agent-norte", "free", "manager", "boss"):
        log = web.ask(who, "GET", f"/changes?entity=contact&record={moved['id']}")
        history = web.ask(who, "GET", f"/contacts/{moved['id']}/history")
        if history.status_code == 200:
            assert history.json == log.json, who
    assert len(web.ask("boss", "GET", f"/contacts/{moved['id']}/history").json) == 4
    told = web.ask("agent-sur", "GET", f"/contacts/{moved['id']}/history")
    assert [sorted(line["fields"]) for line in told.json] == [["note"], ["team_id"]]


def test_so_does_the_history_of_those_that_were_merged_into_it(web: Web) -> None:
    north = web.create("manager", team_id=web.teams["Norte"], note=SECRET)
    north = web.edit("manager", north, team_id=web.teams["Sur"], note="").json
    south = web.create("manager", team_id=web.teams["Sur"], phone="8888-0001")
    pair = {"keep_id": south["id"], "merge_id": north["id"]}
    versions = {"keep_version": south["version"], "merge_version": north["version"]}
    answer = web.ask("manager", "POST", "/contacts/merge", json={**pair, **versions, "fields": {}})
    assert answer.status_code == 200, answer.text
    told = web.ask("agent-sur", "GET", f"/contacts/{south['id']}/history").json
    assert "created" not in [line["kind"] for line in told if line["record_id"] == north["id"]]


def test_a_value_of_that_time_is_not_brought_back_either(web: Web, moved: dict[str, Any]) -> None:
    lines = web.ask("boss", "GET", f"/contacts/{moved['id']}/history").json
    hidden = next(line["seq"] for line in lines if line["kind"] == "created")
    answer = web.ask(
        "agent-sur",
        "POST",
        f"/contacts/{moved['id']}/restore-value",
        json={"seq": hidden, "field": "note", "to": "new"},
        if_match=moved["version"],
    )
    assert (answer.status_code, answer.json["code"]) == (404, "change_not_found")


def test_a_dispute_shows_no_value_of_that_time(web: Web, moved: dict[str, Any]) -> None:
    def original(who: str, version: int) -> Any:
        stale = web.edit(who, {**moved, "version": version}, note="otra")
        assert stale.status_code == 412
        return stale.json["fields"]["disputed"]["note"]["original"]

    assert original("agent-sur", 1) is None
    assert original("boss", 1) == SECRET
    assert original("agent-sur", 3) == f"{SECRET}, más", "which Sur could read when the contact came"


def test_the_calls_of_a_contact_are_those_of_the_time_when_it_could_be_seen(web: Web) -> None:
    contact = web.create("manager", team_id=web.teams["Norte"])
    outcome = {"disposition": "NC", "note": SECRET, "talk_seconds": None}
    began = to_wire(datetime.now(UTC) - timedelta(minutes=1))
    logged = {"contact_id": contact["id"], "number": contact["phone"], "started_at": began, **outcome}
    made = web.ask("agent-norte", "POST", "/calls/logged", json=logged)
    assert made.status_code == 201, made.text
    now = web.ask("manager", "GET", f"/contacts/{contact['id']}").json
    assert web.edit("manager", now, team_id=web.teams["Sur"]).status_code == 200
    assert web.ask("agent-sur", "GET", f"/contacts/{contact['id']}/calls").json == []
    assert web.ask("lead-sur", "GET", "/calls").json == []
    assert web.ask("lead-sur", "GET", f"/calls/{made.json['call']['id']}").status_code == 404
    assert [call["note"] for call in web.ask("lead-norte", "GET", "/calls").json] == [SECRET]
    assert len(web.ask("manager", "GET", f"/contacts/{contact['id']}/calls").json) == 1


@contextmanager
def disk_full() -> Iterator[None]:
    """No file of this process can grow, as by a full disk (tests/full_disk.py)."""
    if sys.platform == "win32":
        pytest.skip("Windows has no limit on files")
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_with_the_disk_full_people_sign_in_and_read(server: Server, admin: Caller) -> None:
    server.hire(admin, "ana")
    with disk_full():
        assert code(admin.post("/contacts", {"phone": "8888-7777"})) == (507, "disk_full")
        ana = server.sign_in("ana")
        assert ana.get("/contacts").status_code == 200
        assert ana.get("/auth/me").json["username"] == "ana"
    assert ana.post("/contacts", {"phone": "8888-7777"}).status_code == 201, "and go on when there is room"


def test_guessing_is_as_slow_with_the_disk_full(server: Server, admin: Caller) -> None:
    server.hire(admin, "ana")
    wrong = {"username": "ana", "password": "x" * 12}
    with disk_full():
        assert [server.anybody().post("/auth/login", wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    assert server.anybody().post("/auth/login", wrong).status_code == 429
    with open_server(server.folder) as again:
        answer = again.anybody().post("/auth/login", wrong)
        assert answer.status_code == 401, "a refused attempt writes nothing, so the new server knows of none"
    assert server.anybody().post("/auth/login", {**wrong, "username": "nadie"}).status_code == 401
    with open_server(server.folder) as again:
        answer = again.anybody().post("/auth/login", wrong)
        assert answer.status_code == 429, "those that waited are written with the next one that can be"


@pytest.fixture
def ana(server: Server, admin: Caller) -> Caller:
    """Signed in while nothing could be written."""
    server.hire(admin, "ana")
    with disk_full():
        return server.sign_in("ana")


def test_such_a_session_ends_when_it_is_signed_out(server: Server, ana: Caller) -> None:
    other = server.sign_in("ana")
    assert ana.post("/auth/logout").status_code == 200
    assert not ana.is_known()
    assert other.is_known()
    with server.services.storage.read() as connection:
        rows = connection.execute(select(sessions.c.archived_at).where(sessions.c.user_id == ana.id)).scalars().all()
    assert sum(at is not None for at in rows) == 1, "it is on record then"


def test_such_a_session_can_be_signed_out_while_the_disk_is_still_full(server: Server, ana: Caller) -> None:
    who = server.services.identities.by_token(ana.headers["Authorization"].removeprefix("Bearer "))
    assert not server.services.identities.is_ended(who)
    with disk_full():
        assert ana.post("/auth/logout").status_code == 200
    assert not ana.is_known()
    assert server.services.identities.is_ended(who), "its live connections are closed by that"


@pytest.mark.parametrize("by", ["reset", "change", "close", "deactivate", "role"])
def test_what_ends_a_session_ends_such_a_one(server: Server, admin: Caller, ana: Caller, by: str) -> None:
    fields = {"reset": {"password": NEW_PASSWORD}, "deactivate": {"active": False}, "role": {"role": "manager"}}
    if by == "close":
        admin.post(f"/users/{ana.id}/close-sessions")
    elif by == "change":
        body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
        assert ana.post("/auth/change-password", body).status_code == 200
    else:
        version = admin.get(f"/users/{ana.id}").json["version"]
        assert admin.patch(f"/users/{ana.id}", fields[by], version).status_code == 200
    assert not ana.is_known()


def test_such_a_session_ends_at_its_time_and_with_the_server(server: Server, ana: Caller) -> None:
    with open_server(server.folder) as again:
        assert code(Caller(again.app, ana.headers).get("/contacts")) == (401, "signed_out")
    server.clock.pass_by(hours=24)
    assert code(ana.get("/contacts")) == (401, "token_expired")


def test_a_token_ends_at_the_instant_of_its_session(server: Server, admin: Caller) -> None:
    server.clock.pass_by(milliseconds=377)
    server.hire(admin, "eva")
    answer = server.anybody(address="10.9.9.9").post("/auth/login", {"username": "eva", "password": PASSWORD}).json
    claims = jwt.decode(answer["token"], options={"verify_signature": False})
    with server.services.storage.read() as connection:
        until = connection.execute(select(sessions.c.expires_at).where(sessions.c.jti == claims["jti"])).scalar_one()
    assert until == from_wire(answer["expires_at"])
    assert until.timestamp() == claims["exp"]


def test_a_session_is_over_with_its_row_whatever_the_token_says(server: Server, admin: Caller) -> None:
    eva = server.hire(admin, "eva")
    with server.services.storage.write() as connection:
        sooner = server.clock.now() + timedelta(hours=1)
        connection.execute(sessions.update().where(sessions.c.user_id == eva.id).values(expires_at=sooner))
    assert eva.is_known()
    server.clock.pass_by(hours=1)
    assert code(eva.get("/contacts")) == (401, "token_expired")


def test_fewer_hours_in_the_settings_hold_for_sessions_that_are_open_already(tmp_path: Path) -> None:
    with open_server(tmp_path, TOKEN_HOURS=24) as server:
        admin = server.admin()
    with open_server(tmp_path, TOKEN_HOURS=2) as server:
        admin = Caller(server.app, admin.headers, address=AFAR)
        assert admin.is_known()
        server.clock.pass_by(hours=2)
        assert code(admin.get("/users")) == (401, "token_expired")
