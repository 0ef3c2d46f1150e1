"""Numbers and people never to call, over HTTP.

GET    /do-not-call         do_not_call:read
POST   /do-not-call         do_not_call:add       201, or 200 when it was listed already
DELETE /do-not-call/{id}    do_not_call:remove
"""

from __future__ import annotations

import orjson
from flask import Response
from sqlalchemy import Connection

from callmanager.domain.permissions import Permission
from callmanager.server.actions import do_not_call as actions
from callmanager.server.actions.barring import Terms
from callmanager.server.api.models import groups as m
from callmanager.server.changes.entities import DO_NOT_CALL
from callmanager.server.changes.write import Transaction
from callmanager.server.edges.answers import value_answer, with_next
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.queries import do_not_call as queries
from callmanager.server.queries.contacts import get_contact
from callmanager.server.queries.registers import list_registered

routes = Routes("do_not_call")


@routes.route_for("GET", "/do-not-call", Permission.DO_NOT_CALL_READ, query=m.NumberQuery, answers={200: m.Numbers})
def list_numbers(call: Call, query: m.NumberQuery) -> Response:
    """What is listed one by one. With `number` what bars its line, whatever the extension, and the people reached on
    it; with `contact_id` what bars that contact or one of its lines. Then registers answer, too: their entries have no
    id."""
    now = call.services.clock.now()
    with call.services.storage.read() as connection:
        about = _about(call, connection, query)
        found = queries.list_entries(connection, about=about, now=now, after_id=query.cursor, limit=query.limit)
        is_last = len(found) < query.limit
        registered = list_registered(connection, sorted(about.lines), now) if about and is_last else []
    return with_next(value_answer([*found, *registered]), None if is_last else found[-1]["id"])


def _about(call: Call, connection: Connection, query: m.NumberQuery) -> queries.About | None:
    if query.contact_id is not None:
        wire = get_contact(connection, call.who.sight, query.contact_id)
        return queries.about_contact(orjson.loads(wire))
    return queries.about_number(query.number, call.services.rules.region) if query.number else None


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
