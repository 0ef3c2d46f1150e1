"""C7: what ends the keys of somebody, and that a key is not made by a session alone or by another key."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.clock import to_wire
from callmanager.server.security.throttle import PAIR_FREE_FAILURES
from tests.server.cli_program import CHEAP, Here, begin_office
from tests.server.live_guests import SocketGuest
from tests.server.live_office import LiveOffice
from tests.server.people_office import NEW_PASSWORD, PASSWORD, Caller, Server, code


@pytest.fixture
def ana(server: Server, admin: Caller) -> Caller:
    return server.hire(admin, "ana")


def reset(admin: Caller, user_id: int, **fields: Any) -> None:
    version = admin.get(f"/users/{user_id}").json["version"]
    body = {"password": NEW_PASSWORD, "must_change_password": False, **fields}
    assert admin.patch(f"/users/{user_id}", body, version).status_code == 200


def close_sessions(admin: Caller, user_id: int, **fields: Any) -> None:
    assert admin.post(f"/users/{user_id}/close-sessions", fields or None).status_code == 200


def change(who: Caller, **fields: Any) -> None:
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD, **fields}
    assert who.post("/auth/change-password", body).status_code == 200


def test_a_reset_by_an_administrator_ends_the_keys(server: Server, admin: Caller, ana: Caller) -> None:
    reset(admin, ana.id)
    assert not server.with_key(ana.api_key).is_known()
    assert admin.is_known()


def test_closing_all_sessions_ends_the_keys(server: Server, admin: Caller, ana: Caller) -> None:
    close_sessions(admin, ana.id)
    assert not server.with_key(ana.api_key).is_known()


def test_changing_ones_own_password_ends_ones_keys(server: Server, ana: Caller) -> None:
    change(ana)
    assert not server.with_key(ana.api_key).is_known()


def test_each_keeps_them_when_it_is_asked_to(server: Server, admin: Caller, ana: Caller) -> None:
    change(ana, keep_keys=True)
    reset(admin, ana.id, keep_keys=True)
    close_sessions(admin, ana.id, keep_keys=True)
    assert server.with_key(ana.api_key).is_known()


def test_a_window_that_is_known_by_its_key_goes_on_with_it_after_its_users_change(server: Server, ana: Caller) -> None:
    other = ana.post(f"/users/{ana.id}/api-keys", {"label": "otro", "password": PASSWORD}).json["api_key"]
    change(server.with_key(ana.api_key))
    assert server.with_key(ana.api_key).is_known()
    assert not server.with_key(other).is_known()


def test_the_key_given_with_a_first_password_outlives_its_change(server: Server, admin: Caller) -> None:
    eva = server.hire(admin, "eva", must_change_password=True)
    change(eva)
    assert server.with_key(eva.api_key).is_known()


def test_what_ended_is_on_record_with_who_did_it(admin: Caller, ana: Caller) -> None:
    (key,) = ana.get(f"/users/{ana.id}/api-keys").json
    close_sessions(admin, ana.id)
    (line, _made) = admin.get(f"/changes?entity=api_key&record={key['id']}").json
    assert (line["kind"], line["actor"]["name"]) == ("deleted", "admin")


def test_live_connections_of_an_ended_key_are_closed_within_a_second(tmp_path: Path) -> None:
    office = LiveOffice(tmp_path)
    try:
        guest = SocketGuest(office, {"api_key": office.keys["agent-norte"]})
        answer = office.ask("boss", "POST", f"/users/{office.ids['agent-norte']}/close-sessions")
        answered_at = time.monotonic()
        assert answer.status_code == 200
        guest.wait(answered_at + 1)
        assert (guest.ended_at is not None, guest.reason) == (True, "key_invalid")
        guest.close()
    finally:
        office.close()


@pytest.mark.parametrize("password", [None, "", "otra cosa 77"])
def test_a_session_makes_no_key_without_the_password(ana: Caller, password: str | None) -> None:
    body = {"label": "x"} if password is None else {"label": "x", "password": password}
    status, said = code(ana.post(f"/users/{ana.id}/api-keys", body))
    assert (status, said) == (422, "password_wrong" if password else "password_needed")
    assert len(ana.get(f"/users/{ana.id}/api-keys").json) == 1


def test_an_administrator_gives_his_own_password_for_anothers_key(admin: Caller, server: Server) -> None:
    made = admin.post("/users", {"username": "eva", "role": "agent", "password": NEW_PASSWORD}).json
    path = f"/users/{made['id']}/api-keys"
    assert code(admin.post(path, {"label": "x", "password": NEW_PASSWORD})) == (422, "password_wrong")
    key = admin.post(path, {"label": "x", "password": PASSWORD}).json["api_key"]
    assert server.with_key(key).get("/auth/me").json["username"] == "eva"


def test_guessing_the_password_that_way_is_as_slow_as_signing_in(ana: Caller) -> None:
    path = f"/users/{ana.id}/api-keys"
    for _ in range(PAIR_FREE_FAILURES):
        assert ana.post(path, {"label": "x", "password": "adivinada"}).status_code == 422
    assert code(ana.post(path, {"label": "x", "password": PASSWORD})) == (429, "sign_in_throttled")


def test_a_key_makes_no_keys_even_with_the_password(server: Server, admin: Caller, ana: Caller) -> None:
    for owner in (admin, ana):
        key = owner.post(f"/users/{owner.id}/api-keys", {"label": "uno", "password": PASSWORD}).json["api_key"]
        answer = server.with_key(key).post(f"/users/{ana.id}/api-keys", {"label": "dos", "password": PASSWORD})
        assert code(answer) == (403, "key_makes_no_keys")


def test_a_window_of_the_last_release_can_still_remember_its_user(server: Server, ana: Caller) -> None:
    until = to_wire(server.clock.now().replace(day=1, month=12))
    body = {"label": "PC", "permissions": ["contact:read", "sync:read"], "expires_at": until}
    path = f"/users/{ana.id}/api-keys"
    assert ana.post(path, body).status_code == 201
    assert code(ana.post(path, {**body, "permissions": None})) == (422, "password_needed")
    assert code(ana.post(path, {**body, "expires_at": None})) == (422, "password_needed")
    server.clock.pass_by(minutes=3)
    assert code(ana.post(path, body)) == (422, "password_needed")


def test_nobody_remembers_himself_as_more_than_a_manager(server: Server, admin: Caller) -> None:
    until = to_wire(server.clock.now().replace(day=1, month=12))
    body = {"label": "PC", "permissions": ["user:manage"], "expires_at": until}
    assert code(admin.post(f"/users/{admin.id}/api-keys", body)) == (422, "password_needed")


def test_the_command_line_ends_keys_and_keeps_them_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.py").write_text(CHEAP)
    begin_office(tmp_path)
    here = Here(tmp_path, capsys)

    def typed(*arguments: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        assert here(*arguments, "--password-stdin").code == 0

    def left() -> int:
        return len(json.loads(here("key", "list", "ana", "--json").out))

    typed("user", "add", "ana")
    typed("user", "set-password", "ana", "--keep-keys")
    assert here("user", "close-sessions", "ana", "--keep-keys").code == 0
    assert left() == 1
    assert here("user", "close-sessions", "ana").code == 0
    assert left() == 0
    assert here("key", "create", "ana", "--label", "PC").code == 0, "who can read the secret file is asked for nothing"
    typed("user", "set-password", "ana")
    assert left() == 0
