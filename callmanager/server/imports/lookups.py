"""Asks the database, for a whole piece of a list at once, what the planner must know. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import chain

from sqlalchemy import Connection, select

from callmanager.domain.people import Actor, Role
from callmanager.domain.permissions import visibility
from callmanager.domain.prohibitions import lines_of
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.write import Record
from callmanager.server.imports.checking import CheckedRow
from callmanager.server.imports.options import Policy
from callmanager.server.imports.planning import Barred, Plan, SeesTeam, Surroundings, Target
from callmanager.server.storage import contact_index
from callmanager.server.storage.dispositions import list_barring
from callmanager.server.storage.prohibitions import barred_lines, barred_people
from callmanager.server.storage.tables import contacts, users


@dataclass(slots=True)
class Seen:
    """What earlier pieces of the list said of which contact (by id), in little memory: a name or two for each."""

    said: dict[int, frozenset[str]] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)
    _same: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def keep(self, contact_id: int, target: Target) -> None:
        """Remember what the list has said of a contact so far."""
        said = target.said or frozenset()
        self.said[contact_id] = self._same.setdefault(said, said)
        if target.made:
            self.made.add(contact_id)

    def keep_all(self, plan: Plan, made_ids: Sequence[int]) -> None:
        """Remember everything that a plan led to, once it is durable."""
        for contact_id, target in (*zip(made_ids, plan.made, strict=True), *plan.met.items()):
            self.keep(contact_id, target)


def look_around(
    connection: Connection,
    rows: Sequence[CheckedRow],
    seen: Seen,
    policy: Policy,
    *,
    now: datetime,
    held: Collection[int] = (),
) -> Surroundings:
    """The contacts that bear the rows' numbers, who is never to be called, and who sees which team.

    `held` are the contacts that others than the importer hold.
    """
    keys = list({key: None for row in rows for key in row.keys})
    known = {} if policy is Policy.CREATE else _find_targets(connection, keys, seen, held)
    theirs = (target.row["phones"] for target in known.values())
    listed = barred_lines(connection, lines_of(chain(*(row.phones for row in rows), *theirs)), now)
    people = barred_people(connection, {target.id for target in known.values() if target.id}, now)
    return Surroundings(known, Barred(listed, people, list_barring(connection)), _sight(connection))


def _find_targets(connection: Connection, keys: list[str], seen: Seen, held: Collection[int]) -> dict[str, Target]:
    """For each number the oldest living contact that bears it."""
    oldest = {key: ids[0] for key, ids in contact_index.find_by_keys(connection, keys).items()}
    if not oldest:
        return {}
    statement = select(contacts).where(contacts.c.id.in_(sorted(set(oldest.values()))))
    targets: dict[int, Target] = {}
    for found in connection.execute(statement).mappings():
        record = Record(CONTACT, dict(found))
        targets[record.id] = Target(
            dict(record.row),
            record,
            said=seen.said.get(record.id),
            made=record.id in seen.made,
            id=record.id,
            locked=record.id in held,
        )
    return {key: targets[contact_id] for key, contact_id in oldest.items()}


def _sight(connection: Connection) -> SeesTeam:
    @cache
    def sees_team(user_id: int, team_id: int | None) -> bool:
        user = connection.execute(select(users).where(users.c.id == user_id)).mappings().one()
        person = Actor(id=user_id, name=user["username"], role=Role(user["role"]), team_id=user["team_id"])
        return visibility(person).covers_team(team_id)

    return sees_team
