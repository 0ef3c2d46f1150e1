"""Teams and campaigns over HTTP.

GET   /teams             team:read
POST  /teams             team:manage
GET   /teams/{id}        team:read
PATCH /teams/{id}        team:manage        If-Match; {"archived": true} takes it out of use
GET   /campaigns         campaign:read
POST  /campaigns         campaign:manage
GET   /campaigns/{id}    campaign:read
PATCH /campaigns/{id}    campaign:manage    If-Match
"""

from __future__ import annotations

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.server.actions import groups as actions
from callmanager.server.api.models import groups as m
from callmanager.server.changes.write import Record
from callmanager.server.edges.answers import required_version, value_answer, with_next
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.queries import groups as queries

routes = Routes("groups")


@routes.route_for("GET", "/teams", Permission.TEAM_READ, query=m.TeamQuery, answers={200: m.Teams})
def list_teams(call: Call, query: m.TeamQuery) -> Response:
    """The teams of the office."""
    with call.services.storage.read() as connection:
        found = queries.list_teams(connection, archived=query.archived, after_id=query.cursor, limit=query.limit)
    return with_next(value_answer(found), found[-1]["id"] if len(found) == query.limit else None)


@routes.route_for("POST", "/teams", Permission.TEAM_MANAGE, body=m.TeamGiven, answers={201: m.Team}, errors=(409,))
def create_team(call: Call, body: m.TeamGiven) -> Response:
    """A new team."""
    return perform(call, lambda tx: _answer(actions.create_team(tx, body.name), 201))


@routes.route_for("GET", "/teams/<int:team_id>", Permission.TEAM_READ, answers={200: m.Team}, errors=(404,))
def get_team(call: Call, team_id: int) -> Response:
    """One team; its version is the ETag."""
    with call.services.storage.read() as connection:
        team = queries.get_team(connection, team_id)
    return value_answer(team, version=team["version"])


@routes.route_for(
    "PATCH",
    "/teams/<int:team_id>",
    Permission.TEAM_MANAGE,
    body=m.TeamEdited,
    answers={200: m.Team},
    versioned=True,
)
def edit_team(call: Call, team_id: int, body: m.TeamEdited) -> Response:
    """Rename a team, archive it when nobody active is in it, or bring it back."""
    version = required_version()
    return perform(call, lambda tx: _answer(actions.edit_team(tx, team_id, body.fields(), version=version)))


@routes.route_for("GET", "/campaigns", Permission.CAMPAIGN_READ, query=m.CampaignQuery, answers={200: m.Campaigns})
def list_campaigns(call: Call, query: m.CampaignQuery) -> Response:
    """The campaigns that the caller may see."""
    with call.services.storage.read() as connection:
        found = queries.list_campaigns(
            connection,
            call.who.sight,
            active=query.active,
            archived=query.archived,
            after_id=query.cursor,
            limit=query.limit,
        )
    return with_next(value_answer(found), found[-1]["id"] if len(found) == query.limit else None)


@routes.route_for(
    "POST",
    "/campaigns",
    Permission.CAMPAIGN_MANAGE,
    body=m.CampaignGiven,
    answers={201: m.Campaign},
    errors=(409,),
)
def create_campaign(call: Call, body: m.CampaignGiven) -> Response:
    """A new campaign."""
    return perform(call, lambda tx: _answer(actions.create_campaign(tx, body.model_dump()), 201))


@routes.route_for(
    "GET", "/campaigns/<int:campaign_id>", Permission.CAMPAIGN_READ, answers={200: m.Campaign}, errors=(404,)
)
def get_campaign(call: Call, campaign_id: int) -> Response:
    """One campaign; its version is the ETag."""
    with call.services.storage.read() as connection:
        campaign = queries.get_campaign(connection, call.who.sight, campaign_id)
    return value_answer(campaign, version=campaign["version"])


@routes.route_for(
    "PATCH",
    "/campaigns/<int:campaign_id>",
    Permission.CAMPAIGN_MANAGE,
    body=m.CampaignEdited,
    answers={200: m.Campaign},
    versioned=True,
)
def edit_campaign(call: Call, campaign_id: int, body: m.CampaignEdited) -> Response:
    """Set the given fields of a campaign, archive it or bring it back."""
    version = required_version()
    return perform(call, lambda tx: _answer(actions.edit_campaign(tx, campaign_id, body.fields(), version=version)))


def _answer(group: Record, status: int = 200) -> Response:
    return value_answer(group.entity.encode(group.row), status, version=group.version)
