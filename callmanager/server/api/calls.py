"""Calls over HTTP.

POST   /calls                     call:make     under the caller's lease; before the phone dials
GET    /calls                     call:read     newest first
POST   /calls/logged              call:make     one that was made on another phone
GET    /calls/{id}                call:read
PATCH  /calls/{id}                call:make     what the phone told of one's own call
POST   /calls/{id}/disposition    call:make     what came of it
DELETE /calls/{id}/disposition    call:make     within 15 minutes
GET    /contacts/{id}/calls       call:read
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from flask import Response

from callmanager.domain.calls import CallState, EndCause, Step
from callmanager.domain.permissions import Permission, visibility
from callmanager.domain.prohibitions import Kind
from callmanager.server.actions import call_logged, call_outcomes
from callmanager.server.actions import calls as actions
from callmanager.server.actions.call_desk import CallDesk, show_call
from callmanager.server.api.models import calls as m
from callmanager.server.changes.present_locks import read_with_lock
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.edges.answers import value_answer, with_next
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.queries import calls as queries

routes = Routes("calls")


@routes.route_for("POST", "/calls", Permission.CALL_MAKE, body=m.CallGiven, answers={201: m.Call}, errors=(404, 409))
def start_call(call: Call, body: m.CallGiven) -> Response:
    """Record a call before the phone dials. Whatever refuses it, the phone must not dial then."""
    wanted = actions.CallRequest(**body.model_dump())
    return perform(call, lambda tx: _answer(tx, actions.start(tx, desk_of(call), wanted), 201))


@routes.route_for("GET", "/calls", Permission.CALL_READ, query=m.CallQuery, answers={200: m.Calls})
def list_calls(call: Call, query: m.CallQuery) -> Response:
    """One's own calls, and those of contacts that one may see."""
    wanted = queries.CallFilter(
        contact_ids=None if query.contact_id is None else (query.contact_id,),
        user_id=query.user_id,
        since=query.from_,
        until=query.to,
        is_open=query.open,
    )
    with call.services.storage.read() as connection:
        page = queries.list_calls(connection, call.actor, wanted, limit=query.limit, cursor=query.cursor)
    return with_next(value_answer(page.items), page.next_cursor)


@routes.route_for(
    "POST",
    "/calls/logged",
    Permission.CALL_MAKE,
    body=m.LoggedGiven,
    answers={201: m.Concluded},
    errors=(404, 409, 423),
)
def log_call(call: Call, body: m.LoggedGiven) -> Response:
    """Write down a call that was made on another phone, and what came of it."""
    logged = call_logged.Logged(
        contact_id=body.contact_id,
        number=body.number,
        started_at=body.started_at,
        talk_seconds=body.talk_seconds,
        outcome=_outcome(body),
        lease_token=body.lease_token,
    )
    return perform(call, lambda tx: _concluded(tx, *call_logged.log(tx, desk_of(call), logged), status=201))


@routes.route_for("GET", "/calls/<int:call_id>", Permission.CALL_READ, answers={200: m.Call}, errors=(404,))
def get_call(call: Call, call_id: int) -> Response:
    """One call."""
    with call.services.storage.read() as connection:
        found = queries.get_call(connection, call.actor, call_id)
    return value_answer(found, version=found["version"])


@routes.route_for(
    "PATCH", "/calls/<int:call_id>", Permission.CALL_MAKE, body=m.StepsTold, answers={200: m.Call}, errors=(404,)
)
def tell_steps(call: Call, call_id: int, body: m.StepsTold) -> Response:
    """Tell what the phone told of one's own call. It may be told again: what is known already changes nothing.

    An Idempotency-Key is not looked at, since `ago` differs each time that the same is sent.
    """
    with call.services.log.write(call.actor, call.who.origin) as tx:
        waited = call.waited_seconds(tx.now)
        steps = [_step(step, waited) for step in body.steps]
        return _answer(tx, actions.tell(tx, desk_of(call), call_id, steps))


@routes.route_for(
    "POST",
    "/calls/<int:call_id>/disposition",
    Permission.CALL_MAKE,
    body=m.OutcomeTold,
    answers={200: m.Concluded},
    errors=(404, 409),
)
def dispose_call(call: Call, call_id: int, body: m.OutcomeTold) -> Response:
    """Say what came of one's own call: its contact's status and next call follow in the same change set.

    With an Idempotency-Key the same may be sent again with another `ago`.
    """

    def work(tx: Transaction) -> Response:
        outcome = replace(_outcome(body), ago=body.ago + call.waited_seconds(tx.now))
        return _concluded(tx, *call_outcomes.dispose(tx, desk_of(call), call_id, outcome))

    return perform(call, work, varying=("ago",))


@routes.route_for(
    "DELETE",
    "/calls/<int:call_id>/disposition",
    Permission.CALL_MAKE,
    answers={200: m.Concluded},
    errors=(404, 409),
)
def retract_disposition(call: Call, call_id: int) -> Response:
    """Take back what one said came of one's own call; 409 when somebody changed the contact since."""
    return perform(call, lambda tx: _concluded(tx, *call_outcomes.retract(tx, desk_of(call), call_id)))


@routes.route_for(
    "GET",
    "/contacts/<int:contact_id>/calls",
    Permission.CALL_READ,
    query=m.CallPageQuery,
    answers={200: m.Calls},
    errors=(404,),
)
def list_calls_of_contact(call: Call, contact_id: int, query: m.CallPageQuery) -> Response:
    """The calls of a contact, and of those that were merged into it."""
    with call.services.storage.read() as connection:
        page = queries.list_calls_of_contact(connection, call.actor, contact_id, limit=query.limit, cursor=query.cursor)
    return with_next(value_answer(page.items), page.next_cursor)


def desk_of(call: Call) -> CallDesk:
    """What the actions of calls work with."""
    services = call.services
    return CallDesk(
        services.leases, services.states, services.announcements, services.rules.region, services.rules.office
    )


def _step(told: Any, waited_seconds: float) -> Step:
    cause = None if told.cause is None else EndCause(told.cause)
    return Step(CallState(told.state), told.confidence == "assumed", cause, told.ago + waited_seconds)


def _outcome(body: m.OutcomeGiven) -> call_outcomes.Outcome:
    bars = None if body.bars is None else Kind(body.bars)
    return call_outcomes.Outcome(body.disposition, body.note, body.callback_at, body.anyway, bars=bars)


def _answer(tx: Transaction, record: Record, status: int = 200) -> Response:
    return value_answer(show_call(tx, record), status, version=record.version)


def _concluded(tx: Transaction, record: Record, contact: Record, *, status: int = 200) -> Response:
    seen = visibility(tx.actor).covers_team(contact["team_id"])
    shown = orjson.loads(read_with_lock(tx.connection, contact.id)) if seen else None
    return value_answer({"call": show_call(tx, record), "contact": shown, "set_id": tx.set_id}, status)
