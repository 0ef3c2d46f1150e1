"""Who is let in before anybody is known: the first password, example keys, keys of the settings, ENABLE_AUTH."""

import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from callmanager.domain.people import Role
from callmanager.server.edges.callers import caller_of
from callmanager.server.edges.routing import DECLARED
from callmanager.server.queries.start_warnings import start_warnings
from callmanager.setting_sources import SettingsError
from callmanager.settings import load_settings
from tests.server.people_office import AFAR, HERE, NEW_PASSWORD, PASSWORD, Caller, Server, code, open_server
from tests.web import Web

FIRST = {"username": "admin", "password": "1234"}
EXAMPLE_KEY = "dev-key-change-in-production"


def first_session(server: Server) -> Caller:
    local = server.at_the_pc()
    answer = local.post("/auth/login", FIRST)
    assert answer.json["must_change_password"] is True
    local.headers["Authorization"] = f"Bearer {answer.json['token']}"
    return local


def test_the_first_password_opens_a_session_on_the_servers_own_pc(server: Server) -> None:
    assert first_session(server).get("/auth/me").json["username"] == "admin"


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        (AFAR, "192.168.7.1:5000", {}),
        (AFAR, "127.0.0.1:5000", {}),
        (HERE, "192.168.7.1:5000", {}),
        (HERE, "127.0.0.1:5000", {"X-Forwarded-For": "192.168.7.20"}),
        (HERE, "127.0.0.1:5000", {"X-Forwarded-For": "127.0.0.1"}),
        (HERE, "127.0.0.1:5000", {"Forwarded": "for=127.0.0.1"}),
        (HERE, "127.0.0.1:5000", {"X-Real-IP": "127.0.0.1"}),
        (HERE, "127.0.0.1:5000", {"Sec-Fetch-Site": "cross-site"}),
    ],
)
def test_the_first_password_is_refused_from_anywhere_else_and_says_what_to_do(
    server: Server, address: str, host: str, headers: dict[str, str]
) -> None:
    caller = server.anybody(address=address, host=host, headers=headers)
    answer = caller.post("/auth/login", FIRST)
    assert code(answer) == (403, "first_password_is_local")
    assert "callmanager user set-password admin" in answer.json["detail"]


def test_a_page_that_rebinds_its_name_to_this_pc_gets_nothing(server: Server) -> None:
    answer = server.anybody(address=HERE, host="evil.example:5000").post("/auth/login", FIRST)
    assert code(answer) == (403, "host_not_allowed")


def test_what_a_configured_proxy_on_this_pc_passes_on_is_not_this_pc_whatever_it_names(tmp_path: Path) -> None:
    with open_server(tmp_path, TRUSTED_PROXIES=["127.0.0.1"]) as server:
        assert code(server.at_the_pc(**{"X-Forwarded-For": AFAR}).post("/auth/login", FIRST))[0] == 403
        assert code(server.at_the_pc(**{"X-Forwarded-For": HERE}).post("/auth/login", FIRST))[0] == 403


def test_a_session_that_must_change_the_password_opens_four_routes_and_no_other(server: Server) -> None:
    local = first_session(server)
    guarded = [declared for declared in DECLARED.values() if declared.permission is not None]
    opened = set()
    for declared in sorted(guarded, key=lambda one: one.path == "/auth/logout"):  # it ends the session: last
        path = re.sub(r"<[^>]+>", "1", declared.path)
        answer = local.ask(declared.method, path, None if declared.method == "GET" else {})
        if answer.status_code != 403 or answer.json["code"] != "password_change_needed":
            opened.add(path)
    assert opened == {"/auth/change-password", "/auth/me", "/auth/logout"}
    assert local.get("/health").status_code == 200
    assert not local.is_known()


def test_after_the_change_the_first_password_is_gone_for_good(server: Server) -> None:
    local = first_session(server)
    body = {"old_password": "1234", "new_password": "1234", "confirm_password": "1234"}
    assert code(local.post("/auth/change-password", body)) == (422, "password_too_short")
    body = {"old_password": "1234", "new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    assert local.post("/auth/change-password", body).status_code == 200
    assert not local.is_known()
    assert code(server.at_the_pc().post("/auth/login", FIRST)) == (401, "sign_in_failed")
    assert server.sign_in("admin", NEW_PASSWORD).get("/users").status_code == 200


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
def test_keys_of_the_settings_act_as_whom_they_name(tmp_path: Path, header: str) -> None:
    with open_server(
        tmp_path, AUTH_TOKENS={"clave-de-ana-la-de-ventas": "Ana", "clave-suelta-de-la-centralita": ""}
    ) as server:
        server.hire(server.admin(), "ana", "team_lead")

        def who(key: str) -> Caller:
            return server.anybody(headers={header: f"Bearer {key}" if header == "Authorization" else key})

        assert who("clave-de-ana-la-de-ventas").get("/auth/me").json["username"] == "ana"
        assert who("clave-suelta-de-la-centralita").get("/auth/me").json["username"] == "config"
        assert code(who("clave-de-nadie-en-la-oficina").get("/auth/me")) == (401, "key_invalid")


def test_keys_of_a_list_bring_contacts_in_and_manage_no_users(tmp_path: Path) -> None:
    with open_server(tmp_path, AUTH_TOKENS=["clave-suelta-de-la-centralita"]) as server:
        script = server.with_key("clave-suelta-de-la-centralita")
        assert script.get("/auth/me").json["role"] == Role.MANAGER
        assert script.post("/contacts", {"phone": "8888-7777"}).status_code == 201
        assert code(script.get("/users")) == (403, "forbidden")


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
@pytest.mark.parametrize("tokens", [[EXAMPLE_KEY], {EXAMPLE_KEY: ""}])
def test_the_example_key_works_on_the_servers_own_pc_only(tmp_path: Path, tokens: object, header: str) -> None:
    with open_server(tmp_path, AUTH_TOKENS=tokens) as server:
        headers = {header: f"Bearer {EXAMPLE_KEY}" if header == "Authorization" else EXAMPLE_KEY}
        assert server.at_the_pc(**headers).get("/contacts").status_code == 200
        afar = server.anybody(headers=headers)
        assert code(afar.get("/contacts")) == (403, "development_key")
        forwarded = server.at_the_pc(**headers, **{"X-Forwarded-For": HERE})
        assert code(forwarded.get("/contacts")) == (403, "development_key")


def test_the_example_key_opens_nothing_where_it_is_not_configured(server: Server) -> None:
    assert code(server.at_the_pc(**{"X-API-Key": EXAMPLE_KEY}).get("/contacts")) == (401, "key_invalid")


def test_without_credentials_nobody_is_let_in(server: Server) -> None:
    assert code(server.at_the_pc().get("/contacts")) == (401, "not_signed_in")
    assert code(server.at_the_pc(Authorization="Basic YWRtaW46MTIzNA==").get("/contacts")) == (401, "not_signed_in")


def test_with_auth_off_this_pc_needs_no_credentials_and_others_still_do(tmp_path: Path) -> None:
    with open_server(tmp_path, ENABLE_AUTH=False, SERVER_HOST="127.0.0.1") as server:
        assert server.at_the_pc().get("/auth/me").json["username"] == "local"
        assert server.at_the_pc().get("/users").status_code == 200
        assert code(server.anybody().get("/contacts")) == (401, "not_signed_in")
        assert code(server.at_the_pc(**{"X-Forwarded-For": AFAR}).get("/contacts")) == (401, "not_signed_in")
        assert code(server.at_the_pc(**{"X-API-Key": "wrong"}).get("/contacts")) == (401, "key_invalid")


def test_auth_cannot_be_off_for_the_network(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path, {"ENABLE_AUTH": False, "SERVER_HOST": "0.0.0.0"}, {})
    assert refused.value.code == "auth_needs_loopback"


def test_a_start_warns_of_the_first_password_until_it_is_changed(server: Server) -> None:
    def told() -> list[tuple[str, dict[str, str]]]:
        found = start_warnings(server.services.storage, configured={}, auth_required=True)
        return [(warning.code, warning.params) for warning in found]

    assert told() == [("first_password_in_use", {"name": "admin"})]
    server.hire(server.admin(), "ana", must_change_password=True)
    assert told() == []


def test_a_start_warns_of_example_keys_of_unknown_names_and_of_open_doors(server: Server) -> None:
    server.hire(server.admin(), "ana")
    configured = {EXAMPLE_KEY: "", "clave-de-ana-la-de-ventas": "Ana", "clave-de-eva": "eva"}
    found = start_warnings(server.services.storage, configured=configured, auth_required=False)
    assert [warning.code for warning in found] == ["example_key_in_use", "auth_is_off", "key_without_user"]
    assert found[2].params == {"name": "eva"}
    told = " ".join(warning.message % warning.params for warning in found)
    assert EXAMPLE_KEY not in told
    assert "clave-de" not in told
    assert PASSWORD not in told


def test_the_log_tells_which_kind_of_client_asked_and_no_other_kind_is_taken(web: Web) -> None:
    def make(number: str, client: str) -> TestResponse:
        return web.ask("manager", "POST", "/contacts", json={"phone": number}, headers={"CallManager-Client": client})

    assert [make("8888-0001", "desktop").status_code, make("8888-0002", "").status_code] == [201, 201]
    refused = make("8888-0003", "fax")
    assert (refused.status_code, refused.json["code"]) == (422, "client_unknown")
    assert [line["origin"] for line in web.ask("boss", "GET", "/changes?entity=contact").json] == ["api", "desktop"]


@pytest.mark.parametrize(("client", "peer"), [(("10.0.0.7", 50123), "10.0.0.7"), (None, "")])
def test_who_opens_a_live_connection_is_known_by_the_address_of_its_peer(client: Any, peer: str) -> None:
    assert caller_of({"client": client, "path": "/socket.io/"}, {}).peer == peer


def test_a_name_of_a_request_that_is_none_is_said_before_its_body_is_looked_at(web: Web) -> None:
    answer = web.ask("manager", "POST", "/contacts", repeat="x" * 500, json={"phone": []})
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_invalid")
