"""Defect 4: users' own keys were taken in one place and refused in another; a JWT was issued and taken nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.server.edges.routing import DECLARED, Declared
from tests.server.people_office import Caller, Server, open_server

CONFIGURED = "clave-de-la-centralita"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with open_server(tmp_path, AUTH_TOKENS={CONFIGURED: "ana"}) as opened:
        yield opened


def guarded() -> list[Declared]:
    """Every route that asks who one is, the one that ends a session last."""
    routes = [declared for declared in DECLARED.values() if declared.permission is not None]
    return sorted(routes, key=lambda declared: declared.path == "/auth/logout")


def ask(caller: Caller, declared: Declared) -> int:
    path = re.sub(r"<[^>]+>", "999", declared.path)
    return caller.ask(declared.method, path, None if declared.method == "GET" else {}).status_code


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
@pytest.mark.parametrize("kind", ["key", "configured key", "token"])
def test_every_route_takes_keys_and_tokens_in_both_headers(server: Server, kind: str, header: str) -> None:
    ana = server.hire(server.admin(), "ana")
    token = ana.headers["Authorization"].removeprefix("Bearer ")
    credential = {"key": ana.api_key, "configured key": CONFIGURED, "token": token}[kind]
    caller = server.anybody(headers={header: credential if header == "X-API-Key" else f"Bearer {credential}"})
    assert [declared.path for declared in guarded() if ask(caller, declared) == 401] == []


def test_every_route_refuses_whoever_shows_nothing_or_something_wrong(server: Server) -> None:
    wrong = f"cm_{'a' * 12}_{'A' * 43}"
    for headers in (
        {},
        {"X-API-Key": wrong},
        {"Authorization": f"Bearer {wrong}"},
        {"Authorization": "Bearer eyJ.e.e"},
    ):
        caller = server.anybody(headers=headers)
        assert {ask(caller, declared) for declared in guarded()} == {401}, headers
