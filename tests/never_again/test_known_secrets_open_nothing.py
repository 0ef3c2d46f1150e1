"""Defect 21: a default key or secret that everybody knows was accepted from the network."""

from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from callmanager.settings import TABLE
from tests.server.people_office import PASSWORD, Server, code, open_server

ROOT = Path(__file__).resolve().parents[2]
KNOWN_KEYS = ["dev-key-change-in-production", "dev-key", "changeme", "test", "admin", "1234", "API_KEY", ""]
KNOWN_SECRETS = ["secret", "dev", "changeme", "dev-secret-key-change-in-production", "callmanager", "x" * 32]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with open_server(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("key", KNOWN_KEYS)
def test_no_known_key_opens_a_new_server(server: Server, key: str) -> None:
    for header, text in (("X-API-Key", key), ("Authorization", f"Bearer {key}")):
        assert server.anybody(headers={header: text}).get("/contacts").status_code in (401, 403)
        assert server.at_the_pc(**{header: text}).get("/contacts").status_code == 401


def test_the_first_password_opens_nothing_from_the_network_and_nothing_but_its_change_here(server: Server) -> None:
    first = {"username": "admin", "password": "1234"}
    assert code(server.anybody().post("/auth/login", first)) == (403, "first_password_is_local")
    local = server.at_the_pc()
    token = local.post("/auth/login", first).json["token"]
    assert code(server.with_key(token).get("/contacts")) == (403, "password_change_needed")


@pytest.mark.parametrize("secret", KNOWN_SECRETS)
@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_a_token_signed_with_a_known_secret_is_nobodys(server: Server, secret: str) -> None:
    admin = server.admin()
    genuine = admin.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(genuine, options={"verify_signature": False})
    forged = jwt.encode(claims, secret, algorithm="HS256")
    assert code(server.with_key(forged).get("/users")) == (401, "token_invalid")
    assert admin.is_known()


@pytest.mark.filterwarnings("ignore")
def test_a_token_without_a_signature_is_nobodys(server: Server) -> None:
    admin = server.admin()
    genuine = admin.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(genuine, options={"verify_signature": False})
    for forged in (jwt.encode(claims, None, algorithm="none"), genuine.rpartition(".")[0] + "."):
        assert code(server.with_key(forged).get("/users")) == (401, "token_invalid")


def test_two_servers_share_no_secret(tmp_path: Path) -> None:
    with open_server(tmp_path / "one") as one, open_server(tmp_path / "two") as two:
        token = one.admin().headers["Authorization"].removeprefix("Bearer ")
        two.admin()
        assert code(two.with_key(token).get("/users")) == (401, "token_invalid")
        secrets = {(server.folder / "secret.key").read_bytes() for server in (one, two)}
    assert len(secrets) == 2


def test_no_setting_has_a_key_or_a_secret_as_its_default() -> None:
    assert [name for name, row in TABLE.items() if row.secret and row.default] == []
    assert PASSWORD not in (ROOT / "config.py").read_text("utf-8")
    assert "dev-key" not in (ROOT / "config.py").read_text("utf-8")
