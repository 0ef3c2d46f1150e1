"""What state people are in.

GET /agents               agent:read       those whose state the caller may know
PUT /agents/me/state      agent:set_own
GET /agents/me/day        agent:read       one's own intervals and sums
PUT /agents/{id}/state    agent:force      with a reason, which he is told
GET /agents/{id}/day      agent:force
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.domain.wall_times import span_of_day
from callmanager.server.actions import agent_states as actions
from callmanager.server.agents.standings import AgentStanding
from callmanager.server.api.models import agents as m
from callmanager.server.changes.write import Transaction
from callmanager.server.edges.answers import value_answer
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.queries import agents as queries

routes = Routes("agents")


@routes.route_for("GET", "/agents", Permission.AGENT_READ, answers={200: m.Agents})
def list_agents(call: Call) -> Response:
    """What state each is in whose state the caller may know: his team's, and of colleagues without the reason."""
    with call.services.storage.read() as connection:
        listed = queries.list_agents(connection, call.actor)
    phones = call.services.attendance.phones()
    # whoever is not told since when somebody is in a state is not told of his phone either
    return value_answer([{**one, "phone": one["since"] and phones.get(one["id"])} for one in listed])


@routes.route_for(
    "PUT", "/agents/me/state", Permission.AGENT_SET_OWN, body=m.StateGiven, answers={200: m.Agent}, errors=(409,)
)
def set_own_state(call: Call, body: m.StateGiven) -> Response:
    """Be ready, or not ready and say why. Whoever is not signed in at a desktop has no state to set."""
    services = call.services
    actions.settle(services.log, services.states, services.attendance)
    return perform(call, lambda tx: _answer(call, actions.set_own(tx, services.states, body.state, body.reason)))


@routes.route_for(
    "PUT",
    "/agents/<int:user_id>/state",
    Permission.AGENT_FORCE,
    body=m.StateForced,
    answers={200: m.Agent},
    errors=(404, 409),
)
def force_state(call: Call, user_id: int, body: m.StateForced) -> Response:
    """Set the state of somebody else. He is told by whom and why, and both stay in his record."""
    services = call.services

    def work(tx: Transaction) -> Response:
        forced = actions.force(tx, services.states, user_id, body.state, body.reason, why=body.why)
        return _answer(call, forced)

    actions.settle(services.log, services.states, services.attendance)
    return perform(call, work)


@routes.route_for("GET", "/agents/me/day", Permission.AGENT_READ, query=m.DayQuery, answers={200: m.AgentDay})
def get_own_day(call: Call, query: m.DayQuery) -> Response:
    """The caller's own day: what he did when, and how long."""
    return _day(call, call.actor.id, query)


@routes.route_for(
    "GET",
    "/agents/<int:user_id>/day",
    Permission.AGENT_FORCE,
    query=m.DayQuery,
    answers={200: m.AgentDay},
    errors=(404,),
)
def get_day(call: Call, user_id: int, query: m.DayQuery) -> Response:
    """The day of somebody whom the caller leads."""
    with call.services.storage.read() as connection:
        queries.check_led(connection, call.actor, user_id)
    return _day(call, user_id, query)


def _day(call: Call, user_id: int, query: m.DayQuery) -> Response:
    now = call.services.clock.now()
    start, end = _span(query.date, query.offset, now, call.services.rules.office.zone)
    with call.services.storage.read() as connection:
        return value_answer(queries.get_day(connection, user_id, start, end, now=now))


def _span(day: date | None, offset: int | None, now: datetime, office: tzinfo) -> tuple[datetime, datetime]:
    """From midnight to midnight, in the given zone or the office's, whose days may have 23 or 25 hours."""
    zone = office if offset is None else timezone(timedelta(minutes=offset))
    return span_of_day(day or now.astimezone(zone).date(), zone)


def _answer(call: Call, standing: AgentStanding) -> Response:
    return value_answer(standing.shown_to(call.actor) or standing.brief)
