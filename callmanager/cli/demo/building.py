"""Makes the demo's database: people, campaigns, lists that came in, and what everybody did in the days before today."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from callmanager.cli.demo import words
from callmanager.cli.demo.contacts import Inventor
from callmanager.cli.demo.people import ADMIN, AGENTS, CAMPAIGNS, EVERYBODY, LEADS, MANAGER, PASSWORD, TEAMS, Person
from callmanager.domain.clock import SystemClock, to_wire
from callmanager.domain.errors import NotFound
from callmanager.domain.people import SYSTEM, Actor
from callmanager.server.actions import contacts, groups, people
from callmanager.server.actions.first_user import FIRST_USERNAME
from callmanager.server.app import build_services, office_of
from callmanager.server.changes.entities import USER
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.imports.options import ImportOptions
from callmanager.server.imports.runs import run_import
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from callmanager.server.services import Services
from callmanager.settings import Settings

LISTS = ((3_000, 0, 12, "bienvenida.csv"), (1_300, 1, 23, "fibra.csv"), (500, 2, 5, "recuperacion.csv"))
"""Contacts, campaign, rows that are refused, file name."""
IMPORTED = sum(rows for rows, *_ in LISTS)
BY_HAND = 200
DAYS = 9
WORKED_DAYS = DAYS - len(LISTS) + 1
EDITS_A_DAY = 120
OPENING, CLOSING = time(8), time(17)

Advance = Callable[[int, int], None]


@dataclass
class SteppedClock:
    """A clock that stands where it is put: what happened last week is written as of last week."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def build_demo(settings: Settings, advance: Advance) -> None:
    """Fill the empty database of `settings`. `advance` is told how many steps of how many are done."""
    today = SystemClock().now()
    zone = office_of(settings).zone
    clock = SteppedClock(_on(today - timedelta(days=DAYS), OPENING, zone))
    services = build_services(settings, clock=clock)
    try:
        _Builder(services, clock, advance, zone).build(today)
    finally:
        services.imports.close()
        services.storage.close()


@dataclass
class _Builder:
    services: Services
    clock: SteppedClock
    advance: Advance
    zone: tzinfo
    inventor: Inventor = field(default_factory=Inventor)
    actors: dict[str, Actor] = field(default_factory=dict)
    campaigns: list[tuple[int, int]] = field(default_factory=list)
    steps: int = 0

    def build(self, today: datetime) -> None:
        self._hire()
        for number, (rows, campaign, refused, name) in enumerate(LISTS):
            self.clock.at = _on(today - timedelta(days=DAYS - number), time(9, 10 * number), self.zone)
            self._import(rows, campaign, refused, name)
        for day in reversed(range(WORKED_DAYS)):
            added = len(range(day, BY_HAND, WORKED_DAYS))  # together BY_HAND
            self._work_a_day(today - timedelta(days=day), added, until=today)

    def _hire(self) -> None:
        digest = self.services.passwords.hash_password(PASSWORD)
        with self.services.log.write(SYSTEM, "cli") as tx:
            teams = {name: groups.create_team(tx, name).id for name in TEAMS}
            for name, team in CAMPAIGNS:
                campaign = groups.create_campaign(tx, {"name": name, "team_id": teams[team]})
                self.campaigns.append((campaign.id, teams[team]))
            for person in EVERYBODY:
                user = self._employ(tx, person, teams.get(person.team or ""), digest)
                self.actors[person.username] = _actor(user, person)
        self._step()

    def _employ(self, tx: Transaction, person: Person, team_id: int | None, digest: str) -> Record:
        if person is ADMIN:
            admin = tx.get(USER, self.services.identities.by_username(FIRST_USERNAME).actor.id)
            fields: dict[str, Any] = {"must_change_password": False}
            return people.edit(tx, admin.id, fields, version=admin.version, password_hash=digest)
        fields = {"username": person.username, "role": person.role.value, "must_change_password": False}
        return people.create(tx, fields | ({} if team_id is None else {"team_id": team_id}), password_hash=digest)

    def _import(self, rows: int, campaign: int, refused: int, name: str) -> None:
        campaign_id, team_id = self.campaigns[campaign]
        options = ImportOptions(file_name=name, campaign_id=campaign_id, team_id=team_id)
        source = read_list(io.BytesIO(self.inventor.sheet(rows, refused)), kind="csv", limits=Limits())
        run_import(self.services.log, self.actors[MANAGER.username], source, options, region=self.services.rules.region)
        self._step()

    def _work_a_day(self, day: datetime, added: int, *, until: datetime) -> None:
        """Everybody edits and adds contacts, one after the other, between opening and closing time."""
        end = min(_on(day, CLOSING, self.zone), until)
        begin = min(_on(day, OPENING, self.zone), end - timedelta(minutes=30))
        times = sorted(begin + (end - begin) * self.inventor.random.random() for _ in range(EDITS_A_DAY))
        for count, at in enumerate(times):
            self.clock.at = max(at, self.clock.at)
            person = self.inventor.one_of((*AGENTS, *AGENTS, *LEADS))
            actor = self.actors[person.username]
            with self.services.log.write(actor, "desktop") as tx:
                if count < added:
                    self._add(tx)
                else:
                    self._edit(tx)
        self._step()

    def _add(self, tx: Transaction) -> None:
        mine = [campaign for campaign, team in self.campaigns if team == tx.actor.team_id]
        fields = {**self.inventor.contact(), "campaign_id": self.inventor.one_of(mine), "assigned_to": tx.actor.id}
        contacts.create(tx, fields, region=self.services.rules.region)

    def _edit(self, tx: Transaction) -> None:
        """What a call leaves behind: a status, sometimes a note, a time to call again."""
        contact = self._one_of_mine(tx)
        fields: dict[str, Any] = {"status": self.inventor.one_of(words.WORKED_STATUSES), "assigned_to": tx.actor.id}
        if self.inventor.random.random() < 0.4:
            fields["note"] = f"{contact['note']}\n{self.inventor.one_of(words.LATER_NOTES)}".strip()
        if fields["status"] == "VENTA":
            fields["status_reason"] = words.SOLD_WITHOUT_A_CALL
        if fields["status"] == "VOLVER_A_LLAMAR":
            fields["next_call_at"] = to_wire(tx.now + timedelta(days=2, minutes=self.inventor.random.randrange(480)))
        contacts.edit(tx, contact.id, fields, version=contact.version, region=self.services.rules.region)

    def _one_of_mine(self, tx: Transaction) -> Record:
        while True:
            with suppress(NotFound):  # a contact of the other team
                return contacts.get_visible(tx, self.inventor.random.randrange(1, IMPORTED + 1))

    def _step(self) -> None:
        self.steps += 1
        self.advance(self.steps, 1 + len(LISTS) + WORKED_DAYS)


def _actor(user: Record, person: Person) -> Actor:
    return Actor(id=user.id, name=person.username, role=person.role, team_id=user["team_id"])


def _on(day: datetime, at: time, zone: tzinfo) -> datetime:
    """This time of that day on the wall clock of the office."""
    return day.astimezone(zone).replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
