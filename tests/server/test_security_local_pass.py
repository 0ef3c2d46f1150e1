"""The credential of the command line: made from the secret, for one request, on this PC, for a minute."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from callmanager.domain.errors import Unauthenticated
from callmanager.server.app import build_app, build_services
from callmanager.server.security.local_pass import check_pass, make_pass
from callmanager.server.security.tokens import Tokens
from callmanager.server.services import Services
from callmanager.settings import load_settings

Served = tuple[Services, FlaskClient]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return NOW


def tokens(secret: bytes = b"s" * 48) -> Tokens:
    return Tokens(secret, issuer="callmanager", audience="callmanager", clock=FixedClock())


def test_a_pass_opens_the_request_it_was_made_for() -> None:
    text = make_pass(tokens(), "POST", "/users", now=NOW)
    check_pass(tokens(), text, "POST", "/users", now=NOW + timedelta(seconds=59))


@pytest.mark.parametrize(("method", "path"), [("GET", "/users"), ("POST", "/users/1"), ("POST", "/USERS")])
def test_a_pass_opens_no_other_request(method: str, path: str) -> None:
    text = make_pass(tokens(), "POST", "/users", now=NOW)
    with pytest.raises(Unauthenticated):
        check_pass(tokens(), text, method, path, now=NOW)


@pytest.mark.parametrize("seconds", [60, 61, 3600, -10, -3600])
def test_a_pass_is_good_for_a_minute(seconds: int) -> None:
    text = make_pass(tokens(), "GET", "/users", now=NOW)
    with pytest.raises(Unauthenticated):
        check_pass(tokens(), text, "GET", "/users", now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("text", ["", ".", "1", "99999999999999999999.ab", "²³.ab", "1763805600.", "x.y"])
def test_what_is_no_pass_opens_nothing(text: str) -> None:
    with pytest.raises(Unauthenticated):
        check_pass(tokens(), text, "GET", "/users", now=NOW)


def test_a_pass_of_another_secret_opens_nothing() -> None:
    text = make_pass(tokens(b"t" * 48), "GET", "/users", now=NOW)
    with pytest.raises(Unauthenticated):
        check_pass(tokens(), text, "GET", "/users", now=NOW)


def test_a_later_end_cannot_be_written_into_a_pass() -> None:
    until, _, seal = make_pass(tokens(), "GET", "/users", now=NOW).partition(".")
    with pytest.raises(Unauthenticated):
        check_pass(tokens(), f"{int(until) + 30}.{seal}", "GET", "/users", now=NOW + timedelta(seconds=70))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    services = build_services(load_settings(tmp_path, {"BCRYPT_COST": 4}, {}))
    yield services, build_app(services).test_client()
    services.storage.close()


def asked(served: Served, path: str = "/auth/me", **extra: Any) -> tuple[int, dict[str, Any]]:
    services, client = served
    text = make_pass(services.tokens, "GET", path, now=services.clock.now())
    headers = {"Authorization": f"Local {text}", **extra.pop("headers", {})}
    answer = client.get(path, headers=headers, base_url=extra.pop("base_url", "http://127.0.0.1:5000"), **extra)
    return answer.status_code, answer.get_json()


def test_on_this_pc_the_pass_acts_as_the_local_account(served: Served) -> None:
    status, body = asked(served)
    assert (status, body["username"], body["role"]) == (200, "local", "admin")


def test_from_another_pc_the_same_pass_opens_nothing(served: Served) -> None:
    status, body = asked(served, environ_base={"REMOTE_ADDR": "192.168.1.30"})
    assert (status, body["code"]) == (403, "local_pass_from_afar")


def test_by_way_of_a_proxy_or_a_rebound_name_it_opens_nothing(served: Served) -> None:
    assert asked(served, headers={"X-Forwarded-For": "127.0.0.1"})[0] == 403
    assert asked(served, base_url="http://192.168.1.10:5000")[0] == 403


def test_what_it_changes_bears_the_origin_cli(served: Served) -> None:
    services, client = served
    text = make_pass(services.tokens, "POST", "/contacts", now=services.clock.now())
    made = client.post(
        "/contacts",
        json={"phone": "8888-7777"},
        headers={"Authorization": f"Local {text}"},
        base_url="http://127.0.0.1:5000",
    )
    assert made.status_code == 201
    with services.storage.read() as connection:
        row = connection.exec_driver_sql("SELECT origin, actor_name FROM changes ORDER BY seq DESC LIMIT 1").one()
    assert tuple(row) == ("cli", "local")
