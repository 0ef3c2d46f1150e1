"""C8: a key of the settings that can be guessed opens the server's own PC only; who guesses one does not learn it."""

from __future__ import annotations

from pathlib import Path

import pytest

from callmanager.domain.errors import Forbidden
from callmanager.server.edges import callers
from callmanager.server.queries.start_warnings import start_warnings
from callmanager.server.security.keys import FEWEST_CHARACTERS
from tests.server.people_office import AFAR, HERE, code, open_server

SHORT = "x" * (FEWEST_CHARACTERS - 1)
LONG = "x" * FEWEST_CHARACTERS


@pytest.mark.parametrize("key", ["1", "clave", SHORT])
@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
def test_a_short_key_works_on_the_servers_own_pc_only(tmp_path: Path, key: str, header: str) -> None:
    headers = {header: f"Bearer {key}" if header == "Authorization" else key}
    with open_server(tmp_path, AUTH_TOKENS=[key]) as server:
        assert server.at_the_pc(**headers).get("/contacts").status_code == 200
        assert code(server.anybody(headers=headers).get("/contacts")) == (403, "short_key")
        assert code(server.at_the_pc(**headers, Via="1.1 proxy").get("/contacts")) == (403, "short_key")


def test_who_guesses_from_afar_is_told_the_same_for_a_right_and_a_wrong_one(tmp_path: Path) -> None:
    with open_server(tmp_path, AUTH_TOKENS=["1"]) as server:
        right, wrong = server.with_key("1").get("/contacts"), server.with_key("2").get("/contacts")
        assert {**right.json, "request_id": ""} == {**wrong.json, "request_id": ""}
        assert code(server.at_the_pc(**{"X-API-Key": "2"}).get("/contacts")) == (401, "key_invalid")


def test_a_socket_from_afar_is_refused_a_short_key_too(tmp_path: Path) -> None:
    with open_server(tmp_path, AUTH_TOKENS=["1"]) as server:
        afar = callers.Caller(AFAR, {"x-api-key": "1", "host": "192.168.7.1:5000"}, "GET", "/socket.io/")
        with pytest.raises(Forbidden):
            callers.identify(server.services, afar)
        here = callers.Caller(HERE, {"x-api-key": "1", "host": "127.0.0.1:5000"}, "GET", "/socket.io/")
        assert callers.identify(server.services, here).actor.name == "config"


def test_a_long_key_works_from_everywhere(tmp_path: Path) -> None:
    with open_server(tmp_path, AUTH_TOKENS=[LONG]) as server:
        assert server.with_key(LONG).get("/contacts").status_code == 200


@pytest.mark.parametrize(("key", "told"), [("1", ["short_key_in_use"]), (SHORT, ["short_key_in_use"]), (LONG, [])])
def test_each_start_warns_of_a_short_key(tmp_path: Path, key: str, told: list[str]) -> None:
    with open_server(tmp_path, AUTH_TOKENS=[key]) as server:
        server.admin()
        warnings = start_warnings(server.services.storage, configured={key: ""}, auth_required=True)
        assert [warning.code for warning in warnings] == told
