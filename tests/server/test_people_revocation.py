"""What ends a session or a key: the very next request with it is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from callmanager.domain.clock import to_wire
from tests.server.people_office import NEW_PASSWORD, PASSWORD, Caller, Server, code


@pytest.fixture
def ana(server: Server, admin: Caller) -> Caller:
    return server.hire(admin, "ana")


def edit(admin: Caller, user_id: int, **fields: Any) -> None:
    version = admin.get(f"/users/{user_id}").json["version"]
    assert admin.patch(f"/users/{user_id}", fields, version).status_code == 200


def change_own_password(_admin: Caller, ana: Caller) -> None:
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    assert ana.post("/auth/change-password", body).status_code == 200


def reset_password(admin: Caller, ana: Caller) -> None:
    edit(admin, ana.id, password=NEW_PASSWORD)


def change_role(admin: Caller, ana: Caller) -> None:
    edit(admin, ana.id, role="team_lead")


def change_team(admin: Caller, ana: Caller) -> None:
    edit(admin, ana.id, team_id=admin.post("/teams", {"name": "Norte"}).json["id"])


def deactivate(admin: Caller, ana: Caller) -> None:
    edit(admin, ana.id, active=False)


def close_sessions(admin: Caller, ana: Caller) -> None:
    assert admin.post(f"/users/{ana.id}/close-sessions").status_code == 200


ENDINGS = (change_own_password, reset_password, change_role, change_team, deactivate, close_sessions)


@pytest.mark.parametrize("end", ENDINGS)
def test_every_session_ends_with_the_commit(
    server: Server, admin: Caller, ana: Caller, end: Callable[[Caller, Caller], None]
) -> None:
    second = server.sign_in("ana")
    assert ana.is_known()
    assert second.is_known()
    end(admin, ana)
    assert code(ana.get("/auth/me")) == (401, "signed_out")
    assert code(second.get("/contacts")) == (401, "signed_out")
    assert admin.is_known()


def test_logging_out_ends_this_session_only(server: Server, ana: Caller) -> None:
    second = server.sign_in("ana")
    assert ana.post("/auth/logout").status_code == 200
    assert not ana.is_known()
    assert second.is_known()


def test_what_changes_nothing_ends_nothing(admin: Caller, ana: Caller) -> None:
    edit(admin, ana.id, role="agent", active=True, team_id=None)
    edit(admin, ana.id, email="ana@example.com")
    assert ana.is_known()


def test_the_tokens_of_a_deactivated_user_stay_void_when_he_comes_back(
    server: Server, admin: Caller, ana: Caller
) -> None:
    deactivate(admin, ana)
    answer = server.anybody().post("/auth/login", {"username": "ana", "password": PASSWORD})
    assert code(answer) == (401, "sign_in_failed")
    edit(admin, ana.id, active=True)
    assert not ana.is_known()
    assert server.sign_in("ana").is_known()


def test_the_keys_of_a_deactivated_user_open_nothing_until_he_comes_back(
    server: Server, admin: Caller, ana: Caller
) -> None:
    key = server.with_key(ana.api_key)
    assert key.is_known()
    deactivate(admin, ana)
    assert code(key.get("/contacts")) == (401, "key_invalid")
    edit(admin, ana.id, active=True)
    assert key.is_known()


def test_a_revoked_key_is_refused_and_the_others_are_not(server: Server, ana: Caller) -> None:
    made = ana.post(f"/users/{ana.id}/api-keys", {"label": "informe", "password": PASSWORD}).json
    key, first = server.with_key(made["api_key"]), server.with_key(ana.api_key)
    assert key.is_known()
    assert ana.delete(f"/api-keys/{made['id']}").status_code == 200
    assert code(key.get("/auth/me")) == (401, "key_invalid")
    assert first.is_known()
    assert ana.is_known()


def test_a_key_ends_at_its_expiry_and_a_session_at_its(server: Server, ana: Caller) -> None:
    until = to_wire(server.clock.now().replace(hour=16))
    made = ana.post(f"/users/{ana.id}/api-keys", {"label": "hoy", "expires_at": until, "password": PASSWORD}).json
    key = server.with_key(made["api_key"])
    server.clock.pass_by(minutes=59)
    assert key.is_known()
    server.clock.pass_by(minutes=1)
    assert code(key.get("/auth/me")) == (401, "key_invalid")
    server.clock.pass_by(hours=23)
    assert code(ana.get("/auth/me")) == (401, "token_expired")


def test_a_new_role_is_what_the_key_may_at_once(server: Server, admin: Caller, ana: Caller) -> None:
    key = server.with_key(ana.api_key)
    assert key.get("/auth/me").json["role"] == "agent"
    change_role(admin, ana)
    assert key.get("/auth/me").json["role"] == "team_lead"


@pytest.mark.parametrize("end", [change_role, change_team])
def test_a_program_that_synchronised_under_the_old_sight_starts_afresh(
    server: Server, admin: Caller, ana: Caller, end: Callable[[Caller, Caller], None]
) -> None:
    key = server.with_key(ana.api_key)
    seen = key.get("/sync/snapshot").json
    path = f"/sync/changes?epoch={seen['epoch']}&since={seen['to']}&sight={seen['sight']}"
    assert key.get(path).status_code == 200
    end(admin, ana)
    assert code(key.get(path)) == (410, "snapshot_needed")


def test_another_users_sessions_are_not_touched(server: Server, admin: Caller, ana: Caller) -> None:
    eva = server.hire(admin, "eva")
    for end in (change_role, close_sessions, deactivate):
        end(admin, ana)
    assert eva.is_known()
