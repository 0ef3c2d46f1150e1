"""An office for tests: an open storage with its log, a clock that steps, and people of every role in two teams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from callmanager.domain.people import SYSTEM, Actor, Role
from callmanager.server.actions import contacts
from callmanager.server.changes.entities import TEAM, USER
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.schema import ensure_schema

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
REGION = "CR"


class SteppingClock:
    """Each look at it is a second later; safe enough for threads, whose order no test relies on."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Office:
    """What tests of the log work with."""

    storage: Storage
    clock: SteppingClock = field(default_factory=SteppingClock)
    people: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ensure_schema(self.storage, now=self.clock.now())
        self.log = ChangeLog(self.storage, self.clock)

    @contextmanager
    def write(self, actor: Actor = SYSTEM, origin: str = "api", **how: Any) -> Iterator[Transaction]:
        with self.log.write(actor, origin, **how) as tx:
            yield tx

    def do(self, action: Callable[..., Any], *args: Any, actor: Actor = SYSTEM, **kwargs: Any) -> Any:
        """Run one action in a transaction of its own."""
        with self.log.write(actor, "api") as tx:
            return action(tx, *args, **kwargs)

    def create(self, actor: Actor = SYSTEM, **fields: Any) -> Record:
        record: Record = self.do(contacts.create, {"phone": "8888-0000", **fields}, actor=actor, region=REGION)
        return record

    def edit(self, contact_id: int, version: int, actor: Actor = SYSTEM, **fields: Any) -> Record:
        record: Record = self.do(contacts.edit, contact_id, fields, actor=actor, version=version, region=REGION)
        return record

    def open_teams(self, *names: str) -> list[int]:
        """Make teams and, in each, an agent; beside them a manager, an admin and an agent of no team."""
        with self.write() as tx:
            ids = [tx.insert(TEAM, {"name": name}).id for name in names]
        for name, team_id in zip(names, ids, strict=True):
            self.hire(f"agent-{name}", Role.AGENT, team_id)
        self.hire("lead", Role.TEAM_LEAD, ids[0] if ids else None)
        self.hire("free", Role.AGENT)
        self.hire("manager", Role.MANAGER)
        self.hire("admin", Role.ADMIN)
        return ids

    def hire(self, username: str, role: Role, team_id: int | None = None) -> Actor:
        row: Mapping[str, Any] = {"username": username, "role": role.value, "team_id": team_id, "active": True}
        with self.write() as tx:
            user = tx.insert(USER, {**row, "token_version": 1, "sight_seq": tx.next_seq})
        self.people[username] = Actor(id=user.id, name=username, role=role, team_id=team_id)
        return self.people[username]
