"""Users over the API: who may make and change them, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.people_office import NEW_PASSWORD, PASSWORD, Caller, Server, code, open_server

ANA = {"username": "Ana", "password": PASSWORD, "role": "agent", "must_change_password": False}


def version_of(admin: Caller, user_id: int) -> int:
    return int(admin.get(f"/users/{user_id}").json["version"])


def edit(admin: Caller, user_id: int, **fields: Any) -> Any:
    return admin.patch(f"/users/{user_id}", fields, version_of(admin, user_id))


def test_a_new_user_is_shown_with_his_key_and_may_use_both_at_once(server: Server, admin: Caller) -> None:
    team = admin.post("/teams", {"name": "Norte"}).json
    answer = admin.post("/users", {**ANA, "team_id": team["id"], "email": "ana@example.com"})
    user = answer.json
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    shown = {name: user[name] for name in ("username", "role", "team", "team_id", "email", "active", "service")}
    assert shown == {
        "username": "ana",
        "role": "agent",
        "team": "Norte",
        "team_id": team["id"],
        "email": "ana@example.com",
        "active": True,
        "service": False,
    }
    assert user["must_change_password"] is False
    assert server.sign_in("ana").get("/auth/me").json["team"] == "Norte"
    assert server.with_key(user["api_key"]).get("/auth/me").json["id"] == user["id"]


def test_a_user_can_be_made_who_must_choose_a_password_first(server: Server, admin: Caller) -> None:
    made = admin.post("/users", {**ANA, "must_change_password": True}).json
    assert made["must_change_password"] is True
    assert code(server.sign_in("ana").get("/contacts")) == (403, "password_change_needed")
    assert code(server.with_key(made["api_key"]).get("/contacts")) == (403, "password_change_needed")


def test_the_key_and_the_hash_are_in_no_later_answer(admin: Caller) -> None:
    made = admin.post("/users", ANA).json
    for path in ("/users", f"/users/{made['id']}", f"/users/{made['id']}/api-keys", "/changes?limit=1000"):
        text = admin.get(path).text
        assert made["api_key"] not in text
        assert "$2b$" not in text
        assert "digest" not in text


def test_a_repeat_of_the_request_makes_no_second_user_and_tells_no_key(admin: Caller) -> None:
    first = admin.post("/users", ANA, Idempotency_Key="k1")
    again = admin.post("/users", ANA, Idempotency_Key="k1")
    assert again.status_code == 201
    assert again.json == {**first.json, "api_key": None}
    assert [user["username"] for user in admin.get("/users?q=ana").json] == ["ana"]


@pytest.mark.parametrize("name", ["ana", " ANA ", "Ana"])
def test_a_name_in_any_case_is_taken_once(admin: Caller, name: str) -> None:
    assert admin.post("/users", ANA).status_code == 201
    assert code(admin.post("/users", {**ANA, "username": name})) == (409, "username_taken")


@pytest.mark.parametrize("name", ["local", "config", "system", "admin"])
def test_names_that_stand_for_the_server_cannot_be_taken(admin: Caller, name: str) -> None:
    assert code(admin.post("/users", {**ANA, "username": name})) == (409, "username_taken")


def test_a_name_with_an_accent_is_one_name_on_every_keyboard(server: Server, admin: Caller) -> None:
    assert admin.post("/users", {**ANA, "username": "jose\u0301"}).json["username"] == "jos\u00e9"
    assert server.sign_in("JOSE\u0301").is_known()
    assert server.sign_in("jos\u00e9").is_known()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"username": "-x"}, "username_invalid"),
        ({"username": ""}, "username_invalid"),
        ({"password": "1234"}, "password_too_short"),
        ({"password": "12345678"}, "password_common"),
        ({"password": "ana12345"}, "password_common"),
        ({"role": "root"}, "invalid_input"),
        ({"team_id": 99}, "team_id_unknown"),
        ({"email": "nobody"}, "email_invalid"),
        ({"service": True}, "invalid_input"),
        ({"id": 7}, "invalid_input"),
    ],
)
def test_a_wrong_user_is_refused_and_not_made(admin: Caller, wrong: dict[str, Any], expected: str) -> None:
    assert code(admin.post("/users", {**ANA, **wrong})) == (422, expected)
    assert {user["username"] for user in admin.get("/users").json if not user["service"]} == {"admin"}


def test_the_list_is_filtered_and_comes_in_pages(server: Server, admin: Caller) -> None:
    team = admin.post("/teams", {"name": "Norte"}).json["id"]
    server.hire(admin, "ana", team_id=team, email="Ana.Mora@Example.com")
    leo = server.hire(admin, "leo", "team_lead")
    edit(admin, leo.id, active=False)

    def names(query: str) -> set[str]:
        return {user["username"] for user in admin.get(f"/users?{query}").json if not user["service"]}

    assert names("") == {"admin", "ana", "leo"}
    assert names("active=false") == {"leo"}
    assert names("role=team_lead") == {"leo"}
    assert names(f"team_id={team}") == {"ana"}
    assert names("team_id=0") == {"admin", "leo"}
    assert names("q=mora@") == {"ana"}
    assert names("q=%25") == set()
    walked, path = [], "/users?limit=1"
    while path:
        page = admin.get(path)
        walked += [user["username"] for user in page.json]
        path = page.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert walked == [user["username"] for user in admin.get("/users").json]


def test_a_change_needs_the_version_that_was_seen(admin: Caller) -> None:
    user = admin.post("/users", ANA).json
    path = f"/users/{user['id']}"
    assert code(admin.patch(path, {"email": "a@b.cr"})) == (428, "if_match_missing")
    assert admin.patch(path, {"email": "a@b.cr"}, 1).json["version"] == 2
    assert code(admin.patch(path, {"email": "c@d.cr"}, 1)) == (412, "version_conflict")
    assert code(admin.patch("/users/999", {"email": "c@d.cr"}, 1)) == (404, "user_not_found")
    assert code(admin.patch("/users/999", {"password": NEW_PASSWORD}, 1)) == (404, "user_not_found")


def test_a_user_is_renamed_and_keeps_his_session(server: Server, admin: Caller) -> None:
    ana = server.hire(admin, "ana")
    server.hire(admin, "eva")
    assert code(edit(admin, ana.id, username="EVA")) == (409, "username_taken")
    assert edit(admin, ana.id, username="Ana.Mora").json["username"] == "ana.mora"
    assert ana.get("/auth/me").json["username"] == "ana.mora"


def test_a_reset_password_must_be_changed_by_its_owner(server: Server, admin: Caller) -> None:
    ana = server.hire(admin, "ana")
    assert edit(admin, ana.id, password=NEW_PASSWORD).json["must_change_password"] is True
    assert code(server.sign_in("ana", NEW_PASSWORD).get("/contacts")) == (403, "password_change_needed")
    answer = edit(admin, ana.id, password=PASSWORD, must_change_password=False)
    assert answer.json["must_change_password"] is False
    assert server.sign_in("ana").get("/contacts").status_code == 200


def test_1234_cannot_be_set_again_by_anybody(server: Server, admin: Caller) -> None:
    ana = server.hire(admin, "ana")
    assert code(edit(admin, ana.id, password="1234")) == (422, "password_too_short")
    assert code(edit(admin, admin.id, password="1234")) == (422, "password_too_short")
    own = {"old_password": PASSWORD, "new_password": "1234", "confirm_password": "1234"}
    assert code(ana.post("/auth/change-password", own)) == (422, "password_too_short")
    assert ana.is_known()


@pytest.mark.parametrize("fields", [{"role": "manager"}, {"active": False}])
def test_the_last_administrator_stays_one(server: Server, admin: Caller, fields: dict[str, Any]) -> None:
    other = server.hire(admin, "eva", "admin")
    assert edit(other, admin.id, **fields).status_code == 200
    refused = edit(other, other.id, **fields)
    assert refused.status_code == 409
    assert refused.json["code"] == ("last_admin" if "role" in fields else "own_account")
    assert other.is_known()


def test_an_administrator_who_is_inactive_or_a_setting_does_not_count(server: Server, admin: Caller) -> None:
    other = server.hire(admin, "eva", "admin")
    assert edit(admin, other.id, active=False).status_code == 200
    assert code(edit(admin, admin.id, role="agent")) == (409, "last_admin")


def test_nobody_deactivates_himself_even_with_another_administrator(server: Server, admin: Caller) -> None:
    server.hire(admin, "eva", "admin")
    assert code(edit(admin, admin.id, active=False)) == (409, "own_account")


@pytest.mark.parametrize("role", ["agent", "team_lead", "manager"])
def test_only_administrators_see_and_change_users(server: Server, admin: Caller, role: str) -> None:
    somebody = server.hire(admin, "ana", role)
    for answer in (
        somebody.get("/users"),
        somebody.get(f"/users/{somebody.id}"),
        somebody.get("/users/999"),
        somebody.post("/users", {**ANA, "username": "eva", "role": "admin"}),
        somebody.patch(f"/users/{somebody.id}", {"role": "admin"}, 1),
        somebody.post(f"/users/{admin.id}/close-sessions"),
    ):
        assert code(answer) == (403, "forbidden")
    assert admin.is_known()
    assert somebody.get("/auth/me").json["role"] == role


def test_an_account_of_a_setting_is_shown_and_cannot_become_a_person(tmp_path: Path) -> None:
    with open_server(tmp_path / "keys", AUTH_TOKENS=["clave-de-la-centralita"]) as server:
        admin = server.admin()
        (config,) = [user for user in admin.get("/users?q=config").json if user["service"]]
        assert code(edit(admin, config["id"], password=PASSWORD)) == (409, "service_account")
        assert code(edit(admin, config["id"], username="eva")) == (409, "service_account")
        given = {"label": "x", "password": PASSWORD}
        assert code(admin.post(f"/users/{config['id']}/api-keys", given)) == (409, "service_account")
        assert edit(admin, config["id"], role="agent").json["role"] == "agent"
        by_key = server.with_key("clave-de-la-centralita")
        assert by_key.get("/auth/me").json["role"] == "agent"
        assert edit(admin, config["id"], active=False).status_code == 200
        assert not by_key.is_known()


@pytest.mark.parametrize("fields", [{"active": False}, {"role": "agent"}, {"password": PASSWORD}])
def test_the_way_back_in_from_the_servers_own_pc_cannot_be_closed(admin: Caller, fields: dict[str, Any]) -> None:
    (local,) = [user for user in admin.get("/users?q=local").json if user["service"]]
    assert code(edit(admin, local["id"], **fields)) == (409, "service_account")
