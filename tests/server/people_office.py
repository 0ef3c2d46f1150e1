"""A server in a folder of its own, and people who ask it over HTTP with a token or a key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import TestResponse

from callmanager.server.app import build_app, build_services
from callmanager.server.services import Services
from callmanager.settings import load_settings

PASSWORD = "una clave larga 9"
NEW_PASSWORD = "otra frase distinta 7"
HERE = "127.0.0.1"
AFAR = "192.168.7.20"


class HeldClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Caller:
    """Somebody who asks: what he shows of himself, and from where."""

    app: Flask
    headers: dict[str, str] = field(default_factory=dict)
    address: str = AFAR
    host: str = "192.168.7.1:5000"
    id: int = 0
    api_key: str = ""

    def ask(self, method: str, path: str, body: Any = None, *, version: int | None = None, **more: str) -> TestResponse:
        """Send one request; `more` are headers, with _ for -."""
        headers = {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        client = self.app.test_client(use_cookies=False)
        return client.open(
            path,
            method=method,
            json=body,
            headers=headers,
            base_url=f"http://{self.host}",
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def get(self, path: str, **more: str) -> TestResponse:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: str) -> TestResponse:
        return self.ask("POST", path, body, **more)

    def patch(self, path: str, body: Any, version: int | None = None, **more: str) -> TestResponse:
        return self.ask("PATCH", path, body, version=version, **more)

    def delete(self, path: str, **more: str) -> TestResponse:
        return self.ask("DELETE", path, **more)

    def is_known(self) -> bool:
        """Whether the very next request is answered."""
        answer = self.get("/auth/me")
        assert answer.status_code in (200, 401)
        return answer.status_code == 200


@dataclass
class Server:
    """The server under test. Each sign-in comes from another address, so that no test meets the throttle by chance."""

    services: Services
    app: Flask
    clock: HeldClock
    folder: Path
    addresses: Iterator[int] = field(default_factory=lambda: count(1))

    def anybody(self, **how: Any) -> Caller:
        return Caller(self.app, **how)

    def at_the_pc(self, **headers: str) -> Caller:
        return Caller(self.app, headers, address=HERE, host="127.0.0.1:5000")

    def sign_in(self, username: str, password: str = PASSWORD) -> Caller:
        address = f"10.0.{next(self.addresses)}.1"
        caller = Caller(self.app, address=address)
        answer = caller.post("/auth/login", {"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        caller.headers["Authorization"] = f"Bearer {answer.json['token']}"
        caller.id = answer.json["user"]["id"]
        return caller

    def admin(self) -> Caller:
        """The first user, with a password of his own."""
        local = self.at_the_pc()
        first = local.post("/auth/login", {"username": "admin", "password": "1234"})
        if first.status_code == 200:
            local.headers["Authorization"] = f"Bearer {first.json['token']}"
            passwords = {"old_password": "1234", "new_password": PASSWORD, "confirm_password": PASSWORD}
            assert local.post("/auth/change-password", passwords).status_code == 200
        return self.sign_in("admin")

    def hire(self, admin: Caller, username: str, role: str = "agent", **fields: Any) -> Caller:
        """A new user, signed in; `api_key` is the one he was made with."""
        body = {"username": username, "password": PASSWORD, "role": role, "must_change_password": False, **fields}
        answer = admin.post("/users", body)
        assert answer.status_code == 201, answer.text
        caller = self.sign_in(username)
        caller.api_key = answer.json["api_key"]
        return caller

    def with_key(self, key: str) -> Caller:
        return Caller(self.app, {"X-API-Key": key})


@contextmanager
def open_server(folder: Path, **settings: object) -> Iterator[Server]:
    """A server with a new database; hashing is made cheap."""
    folder.mkdir(exist_ok=True)
    clock = HeldClock()
    services = build_services(load_settings(folder, {"BCRYPT_COST": 4, **settings}, {}), clock=clock)
    try:
        yield Server(services, build_app(services), clock, folder)
    finally:
        services.storage.close()


def code(answer: TestResponse) -> tuple[int, str]:
    """The status and the stable code of a refusal."""
    return answer.status_code, answer.json["code"]


def contact(admin: Caller, *numbers: str, **fields: Any) -> int:
    """The id of a new contact."""
    phones = [{"number": number} for number in numbers]
    answer = admin.post("/contacts", {"phones": phones, **fields})
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])


def marked(admin: Caller, *ids: int) -> list[bool]:
    """Whether each contact bears the mark that it is not to be called."""
    return [admin.get(f"/contacts/{contact_id}").json["do_not_call"] for contact_id in ids]


def last_set(admin: Caller, contact_id: int) -> int:
    """The latest change set of a contact."""
    return int(admin.get(f"/contacts/{contact_id}/history").json[0]["set_id"])


def edit(admin: Caller, contact_id: int, **fields: Any) -> TestResponse:
    """PATCH of a contact as it stands now."""
    return admin.patch(f"/contacts/{contact_id}", fields, admin.get(f"/contacts/{contact_id}").json["version"])


def is_barred(admin: Caller, contact_id: int, number: str) -> bool:
    """Whether a call is refused as forbidden; a call that may be made is given up at once."""
    lock = admin.ask("PUT", f"/contacts/{contact_id}/lock").json
    body = {"contact_id": contact_id, "lease_token": lock["token"], "number": number, "driver": "simulated"}
    answer = admin.post("/calls", {**body, "anyway": True})
    if answer.status_code == 201:
        step = {"state": "ended", "confidence": "observed", "cause": "cancelled"}
        assert admin.ask("PATCH", f"/calls/{answer.json['id']}", {"steps": [step]}).status_code == 200
    else:
        assert code(answer) == (403, "do_not_call")
    admin.ask("DELETE", f"/contacts/{contact_id}/lock", {"token": lock["token"]})
    return bool(answer.status_code == 403)


def find(admin: Caller, path: str, **query: str) -> list[dict[str, Any]]:
    """What a list answers to a query."""
    found: list[dict[str, Any]] = admin.get(f"{path}?{urlencode(query)}").json
    return found
