"""Numbers and people never to call, over HTTP.

GET    /do-not-call         do_not_call:read
POST   /do-not-call         do_not_call:add       201, or 200 when it was listed already
DELETE /do-not-call/{id}    do_not_call:remove
"""

from __future__ import annotations

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.domain.phones import parse_phone
from callmanager.server.actions import do_not_call as actions
from callmanager.server.actions.barring import Terms
from callmanager.server.api.models import groups as m
from callmanager.server.changes.entities import DO_NOT_CALL
from callmanager.server.changes.write import Transaction
from callmanager.server.edges.answers import value_answer, with_next
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.queries import do_not_call as queries

routes = Routes("do_not_call")


@routes.route_for("GET", "/do-not-call", Permission.DO_NOT_CALL_READ, query=m.NumberQuery, answers={200: m.Numbers})
def list_numbers(call: Call, query: m.NumberQuery) -> Response:
    """What is listed; with `number` what bars its line, whatever the extension, and the people reached on it."""
    key = parse_phone(query.number, call.services.rules.region).key if query.number else None
    now = call.services.clock.now()
    with call.services.storage.read() as connection:
        found = queries.list_entries(connection, key=key, now=now, after_id=query.cursor, limit=query.limit)
    return with_next(value_answer(found), found[-1]["id"] if len(found) == query.limit else None)


@routes.route_for(
    "POST",
    "/do-not-call",
    Permission.DO_NOT_CALL_ADD,
    body=m.NumberGiven,
    answers={200: m.Number, 201: m.Number},
    errors=(404,),
)
def add_number(call: Call, body: m.NumberGiven) -> Response:
    """Bar a line for everybody or, with `contact_id`, that person on all phones; the contacts are marked."""
    terms = Terms(body.reason, body.source, body.reference, body.listed_on, body.expires_on)

    def work(tx: Transaction) -> Response:
        record, fresh = actions.add(
            tx, body.number, contact_id=body.contact_id, terms=terms, region=call.services.rules.region
        )
        return value_answer(DO_NOT_CALL.encode(record.row), 201 if fresh else 200)

    return perform(call, work)


@routes.route_for(
    "DELETE", "/do-not-call/<int:number_id>", Permission.DO_NOT_CALL_REMOVE, answers={200: m.Number}, errors=(404,)
)
def remove_number(call: Call, number_id: int) -> Response:
    """Take an entry off the list; its contacts lose the mark unless something else bars them."""
    return perform(call, lambda tx: value_answer(DO_NOT_CALL.encode(actions.remove(tx, number_id).row)))
