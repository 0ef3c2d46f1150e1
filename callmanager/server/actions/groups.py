"""Makes, edits and archives what people and contacts are grouped by: teams and campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from callmanager.domain.calling_hours import check_hours
from callmanager.domain.contacts import check_text, too_long
from callmanager.domain.errors import Conflict, Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.search_text import sort_key
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.changes.entities import CAMPAIGN, TEAM, Entity
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.tables import users

GROUP_NAME_LENGTH = 80


@action(Permission.TEAM_MANAGE)
def create_team(tx: Transaction, name: str) -> Record:
    """Make a team. Raises Invalid, Conflict when another, archived or not, has that name."""
    return tx.insert(TEAM, {"name": _check_free_name(tx, TEAM, name, None)})


@action(Permission.TEAM_MANAGE)
def edit_team(tx: Transaction, team_id: int, fields: Mapping[str, Any], *, version: int) -> Record:
    """Set the name, or `archived` (only without active people in it). Raises NotFound, Invalid, Conflict."""
    team = tx.get(TEAM, team_id, version=version)
    if fields.get("archived"):
        require_empty_team(tx, team_id)
    return _edit(tx, team, fields)


@action(Permission.CAMPAIGN_MANAGE)
def create_campaign(tx: Transaction, fields: Mapping[str, Any]) -> Record:
    """Make a campaign, of a team or of all. Raises Invalid, Conflict when another has that name."""
    name = _check_free_name(tx, CAMPAIGN, fields["name"], None)
    if fields.get("team_id") is not None:
        require_living_team(tx, fields["team_id"])
    return tx.insert(CAMPAIGN, {"active": True, **_with_hours(fields), "name": name})


@action(Permission.CAMPAIGN_MANAGE)
def edit_campaign(tx: Transaction, campaign_id: int, fields: Mapping[str, Any], *, version: int) -> Record:
    """Set name, team, whether it is active, when it lets call, or `archived`. Raises NotFound, Invalid, Conflict."""
    campaign = tx.get(CAMPAIGN, campaign_id, version=version)
    if fields.get("team_id") is not None and fields["team_id"] != campaign["team_id"]:
        require_living_team(tx, fields["team_id"])
    return _edit(tx, campaign, _with_hours(fields))


def require_living_team(tx: Transaction, team_id: int) -> Record:
    """The team. Raises Invalid when there is none or it is archived."""
    team = tx.find(TEAM, team_id)
    if team is None or team["archived_at"] is not None:
        raise Invalid(
            "team_id_unknown", N_("There is no such team. Choose one of the list."), fields={"field": "team_id"}
        )
    return team


def require_empty_team(tx: Transaction, team_id: int) -> None:
    """Raises Conflict while somebody active is in the team: he would see nobody's contacts without knowing why."""
    inside = select(func.count()).where(users.c.team_id == team_id, users.c.active.is_(True))
    count = tx.connection.execute(inside).scalar_one()
    if count:
        raise Conflict(
            "team_not_empty",
            N_("%(count)s people are in this team. Put them into another one first."),
            fields={"users": count},
            count=count,
        )


def _with_hours(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    given = "calling_hours" in fields
    return {**fields, "calling_hours": check_hours(fields["calling_hours"])} if given else fields


def _edit(tx: Transaction, group: Record, fields: Mapping[str, Any]) -> Record:
    values = dict(fields)
    archived = values.pop("archived", None)
    if "name" in values:
        values["name"] = _check_free_name(tx, group.entity, values["name"], group.id)
    if archived and group["archived_at"] is None:
        return tx.delete(group, **values)
    if archived is False and group["archived_at"] is not None:
        return tx.restore(group, **values)
    return tx.update(group, **values)


def _check_free_name(tx: Transaction, entity: Entity, text: str, own_id: int | None) -> str:
    name = check_text("name", text)
    if not name:
        raise Invalid("name_missing", N_("Give it a name."), fields={"field": "name"})
    if len(name) > GROUP_NAME_LENGTH:
        raise too_long("name", GROUP_NAME_LENGTH)
    other = tx.first(entity, select(entity.table).where(entity.table.c.name_key == sort_key(name)))
    if other is not None and other.id != own_id:
        raise Conflict(
            "name_taken",
            N_("There is one with the name %(name)s already, perhaps archived. Choose another name."),
            fields={"field": "name", "id": other.id, "archived": other["archived_at"] is not None},
            name=other["name"],
        )
    return name
