"""A server's application in a folder of its own, asked through Flask's client as people of each role ask it."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callmanager.domain.clock import Clock
from callmanager.server.actions import api_keys, groups, people
from callmanager.server.app import build_app, build_services
from callmanager.server.changes.write import Transaction
from callmanager.server.services import Services
from callmanager.settings import load_settings

QUICK = {"BCRYPT_COST": 4, "REQUESTS_PER_MINUTE": 0, "IMPORT_PER_MINUTE": 1000, "LOGIN_PER_MINUTE": 1000}
QUICK |= {"CALL_GAP_MINUTES": 0}  # tests call the same people again and again
LOCAL = "http://127.0.0.1"


@dataclass
class Web:
    """Teams Norte and Sur, an agent and a lead in each; `free` (agent), `manager` and `boss` (admin) in none."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    clock: Clock | None = None
    services: Services = field(init=False)
    client: FlaskClient = field(init=False)
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = load_settings(self.folder, {**QUICK, **self.settings}, {})
        is_new = not settings.DATABASE.exists()
        begins_ready = is_new and settings.BCRYPT_COST == QUICK["BCRYPT_COST"]
        if begins_ready:
            people = _hired_at(None if self.clock is None else self.clock.now())
            people.give(settings.DATABASE)
            self.keys, self.ids, self.teams = dict(people.keys), dict(people.ids), dict(people.teams)
        self.services = build_services(settings, clock=self.clock)
        self.client = build_app(self.services).test_client()
        if not begins_ready:
            self._hire_everybody()

    def _hire_everybody(self) -> None:
        admin = self.services.identities.by_username("admin").actor
        with self.services.log.write(admin, "cli") as tx:
            for name in ("Norte", "Sur"):
                self.teams[name] = groups.create_team(tx, name).id
            for name, team_id in self.teams.items():
                self._hire(tx, f"agent-{name.lower()}", "agent", team_id)
                self._hire(tx, f"lead-{name.lower()}", "team_lead", team_id)
            self._hire(tx, "free", "agent", None)
            self._hire(tx, "manager", "manager", None)
            self._hire(tx, "boss", "admin", None)

    def _hire(self, tx: Transaction, username: str, role: str, team_id: int | None) -> None:
        fields = {"username": username, "role": role, "team_id": team_id}
        user = people.create(tx, fields, password_hash=self.services.passwords.hash_password(f"clave de {username}"))
        self.ids[username] = user.id
        self.keys[username] = api_keys.issue_first(tx, user).text

    def make_key(self, who: str, **fields: Any) -> dict[str, Any]:
        """A key of `who`, as the administrator makes it: `id` and `api_key`."""
        boss = self.services.identities.by_username("boss").actor
        with self.services.log.write(boss, "api") as tx:
            issued = api_keys.issue(tx, self.ids[who], **{"label": "prueba", **fields})
        return {"id": issued.record.id, "api_key": issued.text}

    def ask(self, who: str | None, method: str, path: str, **how: Any) -> TestResponse:
        """One request as `who` (None: nobody) with his key; `if_match` and `repeat` (Idempotency-Key) are headers."""
        headers = dict(how.pop("headers", {}))
        if who is not None:
            headers["X-API-Key"] = self.keys[who]
        if "if_match" in how:
            headers["If-Match"] = f'"{how.pop("if_match")}"'
        if "repeat" in how:
            headers["Idempotency-Key"] = how.pop("repeat")
        return self.client.open(path, method=method, headers=headers, base_url=LOCAL, **how)

    def create(self, who: str = "manager", **fields: Any) -> dict[str, Any]:
        """A contact made by `who`, as JSON."""
        answer = self.ask(who, "POST", "/contacts", json={"phone": "8888-0000", **fields})
        assert answer.status_code == 201, answer.text
        contact: dict[str, Any] = answer.json
        return contact

    def edit(self, who: str, contact: dict[str, Any], **fields: Any) -> TestResponse:
        """PATCH of a contact as it stood when `contact` was read."""
        return self.ask(who, "PATCH", f"/contacts/{contact['id']}", if_match=contact["version"], json=fields)

    def close(self) -> None:
        self.services.storage.close()


@dataclass(frozen=True)
class Hired:
    """An office in which everybody is hired already, to begin others with: it is made once in a process.

    What an office takes longest to make are its people and their passwords. It has its own secret and epoch.
    """

    database: bytes
    keys: dict[str, str]
    ids: dict[str, int]
    teams: dict[str, int]

    def give(self, database: Path) -> None:
        """Write it where a server begins; as private as a server makes its own."""
        database.touch(0o600)
        database.write_bytes(self.database)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (str(uuid.uuid4()),))


class StandingClock:
    """Shows one instant."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


@lru_cache(maxsize=16)
def _hired_at(instant: datetime | None) -> Hired:
    """As at that instant; None: by this PC's clock, of whenever it was made."""
    clock = None if instant is None else StandingClock(instant)
    with TemporaryDirectory() as name:
        settings = load_settings(Path(name), QUICK, {})
        build_services(settings, clock=clock).storage.close()
        web = Web(Path(name), clock=clock)  # it is there already: people are hired
        web.close()
        return Hired(settings.DATABASE.read_bytes(), web.keys, web.ids, web.teams)
