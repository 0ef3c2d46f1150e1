"""Reads users, teams' names and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.errors import NotFound
from callmanager.domain.people import fold_username
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import API_KEY, USER
from callmanager.server.storage.tables import api_keys, teams, users


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users are wanted; None means any. `team_id` 0 means without a team."""

    active: bool | None = None
    role: str | None = None
    team_id: int | None = None
    text: str | None = None


def find_team_name(connection: Connection, team_id: int | None) -> str | None:
    """The name of a team; None without one."""
    if team_id is None:
        return None
    return connection.execute(select(teams.c.name).where(teams.c.id == team_id)).scalar()


def user_to_wire(row: Mapping[str, Any], team: str | None) -> dict[str, Any]:
    """A user as administrators see him."""
    changed_at = row["password_changed_at"]
    return {
        **USER.encode(row),
        "team": team,
        "service": row["service"],
        "password_changed_at": None if changed_at is None else to_wire(changed_at),
    }


def get_user(connection: Connection, user_id: int) -> dict[str, Any]:
    """One user. Raises NotFound."""
    row = connection.execute(_with_team().where(users.c.id == user_id)).mappings().first()
    if row is None:
        raise NotFound("user_not_found", N_("There is no such user. Reload the list."), fields={"id": user_id})
    return user_to_wire(dict(row), row["team_name"])


def list_users(connection: Connection, wanted: UserFilter, *, after_id: int, limit: int) -> list[dict[str, Any]]:
    """At most `limit` users whose id is greater than `after_id`, by id."""
    statement = _filtered(_with_team(), wanted).where(users.c.id > after_id).order_by(users.c.id).limit(limit)
    return [user_to_wire(dict(row), row["team_name"]) for row in connection.execute(statement).mappings()]


def list_keys(connection: Connection, user_id: int, used: Mapping[int, datetime]) -> list[dict[str, Any]]:
    """The keys of a user that are not revoked. `used` says when some were used since that was last stored.

    Raises NotFound.
    """
    get_user(connection, user_id)
    statement = select(api_keys).where(api_keys.c.user_id == user_id, api_keys.c.archived_at.is_(None))
    rows = connection.execute(statement.order_by(api_keys.c.id)).mappings()
    return [API_KEY.encode(_with_use(dict(row), used)) for row in rows]


def _with_use(row: Mapping[str, Any], used: Mapping[int, datetime]) -> dict[str, Any]:
    latest = used.get(row["id"])
    # to the millisecond, like everything stored
    return {**row, "last_used_at": row["last_used_at"] if latest is None else from_wire(to_wire(latest))}


def _with_team() -> Select[Any]:
    return select(users, teams.c.name.label("team_name")).join(teams, teams.c.id == users.c.team_id, isouter=True)


def _filtered(statement: Select[Any], wanted: UserFilter) -> Select[Any]:
    if wanted.active is not None:
        statement = statement.where(users.c.active.is_(wanted.active))
    if wanted.role is not None:
        statement = statement.where(users.c.role == wanted.role)
    if wanted.team_id is not None:
        statement = statement.where(users.c.team_id == wanted.team_id if wanted.team_id else users.c.team_id.is_(None))
    if wanted.text:
        text = fold_username(wanted.text)
        email = func.lower(users.c.email).contains(text, autoescape=True)
        statement = statement.where(or_(users.c.username.contains(text, autoescape=True), email))
    return statement
