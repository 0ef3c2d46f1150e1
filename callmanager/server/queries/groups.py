"""Reads teams and campaigns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, select

from callmanager.domain.errors import NotFound
from callmanager.domain.permissions import Visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import CAMPAIGN, TEAM, Entity
from callmanager.server.changes.log import visible_records
from callmanager.server.storage.tables import campaigns, teams


def get_team(connection: Connection, team_id: int) -> dict[str, Any]:
    """One team. Raises NotFound."""
    return _get(connection, TEAM, select(teams).where(teams.c.id == team_id))


def list_teams(connection: Connection, *, archived: bool, after_id: int, limit: int) -> list[dict[str, Any]]:
    """Living or archived teams, by id."""
    return _list(connection, TEAM, select(teams), archived=archived, after_id=after_id, limit=limit)


def get_campaign(connection: Connection, sight: Visibility, campaign_id: int) -> dict[str, Any]:
    """One campaign that may be seen. Raises NotFound."""
    visible = visible_records(sight, campaigns.c.team_id)
    return _get(connection, CAMPAIGN, select(campaigns).where(campaigns.c.id == campaign_id, visible))


def list_campaigns(
    connection: Connection, sight: Visibility, *, active: bool | None, archived: bool, after_id: int, limit: int
) -> list[dict[str, Any]]:
    """Living or archived campaigns that may be seen, by id."""
    statement = select(campaigns).where(visible_records(sight, campaigns.c.team_id))
    if active is not None:
        statement = statement.where(campaigns.c.active.is_(active))
    return _list(connection, CAMPAIGN, statement, archived=archived, after_id=after_id, limit=limit)


def _get(connection: Connection, entity: Entity, statement: Select[Any]) -> dict[str, Any]:
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"{entity.name}_not_found", N_("It does not exist, or you may not see it. Reload the list."))
    return entity.encode(dict(row))


def _list(
    connection: Connection, entity: Entity, statement: Select[Any], *, archived: bool, after_id: int, limit: int
) -> list[dict[str, Any]]:
    table = entity.table
    gone = table.c.archived_at.is_not(None) if archived else table.c.archived_at.is_(None)
    page = statement.where(gone, table.c.id > after_id).order_by(table.c.id).limit(limit)
    return [entity.encode(dict(row)) for row in connection.execute(page).mappings()]
