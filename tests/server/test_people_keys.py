"""API keys over the API: whose, for what, and what is remembered of their use."""

from typing import Any

import pytest
from sqlalchemy import func, select

from callmanager.server.actions.api_keys import MOST_KEYS, flush_key_use
from callmanager.server.storage.tables import api_keys, changes
from tests.server.people_office import PASSWORD, Caller, Server, code


@pytest.fixture
def ana(server: Server, admin: Caller) -> Caller:
    return server.hire(admin, "ana")


def issue(caller: Caller, user_id: int, **fields: Any) -> Any:
    return caller.post(f"/users/{user_id}/api-keys", {"label": "prueba", "password": PASSWORD, **fields})


def test_everybody_handles_his_own_keys_and_sees_them_once(server: Server, ana: Caller) -> None:
    answer = issue(ana, ana.id)
    assert answer.status_code == 201
    assert answer.json["api_key"].startswith(f"cm_{answer.json['public_id']}_")
    listed = ana.get(f"/users/{ana.id}/api-keys")
    assert [key["label"] for key in listed.json] == ["first", "prueba"]
    assert answer.json["api_key"] not in listed.text
    assert server.with_key(answer.json["api_key"]).is_known()


def test_a_repeat_of_the_request_makes_no_second_key_and_tells_none(ana: Caller) -> None:
    path = f"/users/{ana.id}/api-keys"
    first = ana.post(path, {"label": "x", "password": PASSWORD}, Idempotency_Key="one")
    again = ana.post(path, {"label": "x", "password": PASSWORD}, Idempotency_Key="one")
    assert again.json == {**first.json, "api_key": None}
    assert len(ana.get(path).json) == 2


@pytest.mark.parametrize("role", ["agent", "team_lead", "manager"])
def test_others_keys_are_the_administrators_business(server: Server, admin: Caller, role: str) -> None:
    ana, eva = server.hire(admin, "ana", role), server.hire(admin, "eva")
    (evas,) = eva.get(f"/users/{eva.id}/api-keys").json
    assert code(issue(ana, eva.id)) == (403, "forbidden")
    assert code(issue(ana, 999)) == (403, "forbidden")
    assert code(ana.get(f"/users/{eva.id}/api-keys")) == (403, "forbidden")
    assert code(ana.delete(f"/api-keys/{evas['id']}")) == (404, "api_key_not_found")
    assert code(ana.delete("/api-keys/999")) == (404, "api_key_not_found")
    assert server.with_key(eva.api_key).is_known()
    assert issue(admin, eva.id).status_code == 201
    assert admin.delete(f"/api-keys/{evas['id']}").status_code == 200
    assert not server.with_key(eva.api_key).is_known()


def test_a_limited_key_opens_what_it_was_given_and_nothing_else(server: Server, ana: Caller) -> None:
    made = issue(ana, ana.id, permissions=["contact:read"]).json
    assert made["permissions"] == ["contact:read"]
    key = server.with_key(made["api_key"])
    assert key.get("/contacts").status_code == 200
    assert code(key.post("/contacts", {"phone": "8888-7777"})) == (403, "forbidden")
    assert code(key.get("/sync/snapshot")) == (403, "forbidden")


@pytest.mark.parametrize("wanted", [["user:manage"], ["contact:read", "no:such"], ["contact:import"]])
def test_a_key_is_never_given_more_than_its_user_has(ana: Caller, wanted: list[str]) -> None:
    assert code(issue(ana, ana.id, permissions=wanted)) == (422, "permission_not_held")


def test_a_key_limited_or_not_makes_no_other(server: Server, admin: Caller) -> None:
    narrow = issue(admin, admin.id, permissions=["api_key:manage", "api_key:own"]).json["api_key"]
    for key in (narrow, issue(admin, admin.id).json["api_key"]):
        assert code(issue(server.with_key(key), admin.id)) == (403, "key_makes_no_keys")


def test_a_limited_key_shrinks_with_the_role_of_its_user(server: Server, admin: Caller) -> None:
    leo = server.hire(admin, "leo", "manager")
    key = server.with_key(issue(leo, leo.id, permissions=["campaign:manage", "contact:read"]).json["api_key"])
    assert key.post("/campaigns", {"name": "Navidad"}).status_code == 201
    version = admin.get(f"/users/{leo.id}").json["version"]
    admin.patch(f"/users/{leo.id}", {"role": "agent"}, version)
    assert code(key.post("/campaigns", {"name": "Verano"})) == (403, "forbidden")
    assert key.get("/contacts").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"expires_at": "2026-11-22T14:59:59Z"}, "expiry_past"),
        ({"expires_at": "2027-01-01"}, "invalid_input"),
        ({"expires_at": "2027-01-01T00:00:00"}, "invalid_input"),
        ({"expires_at": 1_800_000_000}, "invalid_input"),
        ({"permissions": []}, "invalid_input"),
        ({"label": "x" * 81}, "text_too_long"),
        ({"api_key": "x"}, "invalid_input"),
    ],
)
def test_a_wrong_key_is_refused(ana: Caller, wrong: dict[str, Any], expected: str) -> None:
    assert code(issue(ana, ana.id, **wrong)) == (422, expected)
    assert len(ana.get(f"/users/{ana.id}/api-keys").json) == 1


def test_a_user_who_is_missing_or_inactive_gets_no_key(server: Server, admin: Caller, ana: Caller) -> None:
    assert code(issue(admin, 999)) == (404, "user_not_found")
    assert code(admin.get("/users/999/api-keys")) == (404, "user_not_found")
    admin.patch(f"/users/{ana.id}", {"active": False}, admin.get(f"/users/{ana.id}").json["version"])
    assert code(issue(admin, ana.id)) == (409, "user_inactive")


def test_keys_of_one_user_are_bounded(server: Server, ana: Caller) -> None:
    for _ in range(MOST_KEYS - 1):
        server.clock.pass_by(minutes=1)  # each asks for the password, which is throttled
        assert issue(ana, ana.id).status_code == 201
    assert code(issue(ana, ana.id)) == (409, "api_keys_too_many")


def test_the_use_of_a_key_is_shown_at_once_and_written_by_the_job(server: Server, ana: Caller) -> None:
    services = server.services
    path = f"/users/{ana.id}/api-keys"

    def stored() -> tuple[Any, Any, Any]:
        with services.storage.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.user_id == ana.id)).one()
            count = connection.execute(select(func.count()).select_from(changes)).scalar()
        return row.last_used_at, row.version, count

    before = stored()
    assert before[0] is None
    assert ana.get(path).json[0]["last_used_at"] is None
    server.clock.pass_by(seconds=30)
    assert server.with_key(ana.api_key).is_known()
    assert stored() == before
    assert ana.get(path).json[0]["last_used_at"] == "2026-11-22T15:00:30.000Z"
    assert flush_key_use(services.log, services.identities.take_key_use()) == 1
    assert stored() == (server.clock.now(), *before[1:])
    assert ana.get(path).json[0]["last_used_at"] == "2026-11-22T15:00:30.000Z"
    assert flush_key_use(services.log, services.identities.take_key_use()) == 0
    assert server.with_key(ana.api_key).is_known()


def test_an_older_use_never_replaces_a_newer_one(server: Server, ana: Caller) -> None:
    (key,) = ana.get(f"/users/{ana.id}/api-keys").json
    early = server.clock.now()
    server.clock.pass_by(minutes=5)
    flush_key_use(server.services.log, {key["id"]: server.clock.now()})
    flush_key_use(server.services.log, {key["id"]: early})
    (shown,) = ana.get(f"/users/{ana.id}/api-keys").json
    assert shown["last_used_at"] == "2026-11-22T15:05:00.000Z"
