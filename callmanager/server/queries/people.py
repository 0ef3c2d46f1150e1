"""Reads users, teams and keys."""

from __future__ import annotations

from sqlalchemy import Connection, select

from callmanager.server.storage.tables import teams


def find_team_name(connection: Connection, team_id: int | None) -> str | None:
    """The name of a team; None without one."""
    if team_id is None:
        return None
    return connection.execute(select(teams.c.name).where(teams.c.id == team_id)).scalar()
