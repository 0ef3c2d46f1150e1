"""Contacts over HTTP.

GET    /contacts                     contact:read     a page, or everything as a stream
POST   /contacts                     contact:create
POST   /contacts/merge               contact:merge
GET    /contacts/{id}                contact:read
PATCH  /contacts/{id}                contact:edit     If-Match
DELETE /contacts/{id}                contact:delete   If-Match; archives
POST   /contacts/{id}/restore        contact:delete
GET    /contacts/{id}/history        contact:read
POST   /contacts/{id}/restore-value  contact:edit     If-Match
"""

from __future__ import annotations

import orjson
from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.domain.phones import parse_phone
from callmanager.server.actions import contacts as actions
from callmanager.server.actions import merges
from callmanager.server.api.models import contacts as m
from callmanager.server.changes.history import list_record_history
from callmanager.server.changes.present_locks import read_with_lock
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.edges.answers import (
    find_lease,
    json_answer,
    required_version,
    stream_array,
    value_answer,
    with_next,
)
from callmanager.server.edges.contact_shapes import ContactGiven
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.queries import contacts as queries

routes = Routes("contacts")


@routes.route_for("GET", "/contacts", Permission.CONTACT_READ, query=m.ContactQuery, answers={200: m.Contacts})
def list_contacts(call: Call, query: m.ContactQuery) -> Response:
    """Contacts that the caller may see, filtered, in a stable order."""
    wanted = build_filter(call, query)
    if query.limit is None and query.cursor is None:
        return stream_array(queries.stream_contacts(call.services.storage, call.who.sight, wanted))
    with call.services.storage.read(single=True) as connection:
        page = queries.list_contacts(connection, call.who.sight, wanted, limit=query.limit or 100, cursor=query.cursor)
    return with_next(json_answer(page.json()), page.next_cursor)


@routes.route_for("POST", "/contacts", Permission.CONTACT_CREATE, body=ContactGiven, answers={201: m.Contact})
def create_contact(call: Call, body: ContactGiven) -> Response:
    """A new contact, of the caller's team unless another is given."""
    return perform(
        call, lambda tx: _answer(tx, actions.create(tx, body.fields(), region=call.services.rules.region), 201)
    )


@routes.route_for(
    "POST",
    "/contacts/merge",
    Permission.CONTACT_MERGE,
    body=m.MergeGiven,
    answers={200: m.Contact},
    errors=(404, 409, 412, 423),
)
def merge_contacts(call: Call, body: m.MergeGiven) -> Response:
    """Two contacts that are the same person become one; the history of both stays with the one that is kept."""
    return perform(
        call,
        lambda tx: _answer(
            tx,
            merges.merge(
                tx,
                body.keep_id,
                body.merge_id,
                keep_version=body.keep_version,
                other_version=body.merge_version,
                keep_lease=body.keep_token,
                other_lease=body.merge_token,
                fields=body.fields.fields(),
                region=call.services.rules.region,
            ),
        ),
    )


@routes.route_for("GET", "/contacts/<int:contact_id>", Permission.CONTACT_READ, answers={200: m.Contact}, errors=(404,))
def get_contact(call: Call, contact_id: int) -> Response:
    """One contact; its version is the ETag."""
    with call.services.storage.read(single=True) as connection:
        wire = queries.get_contact(connection, call.who.sight, contact_id)
    return json_answer(wire, version=orjson.loads(wire)["version"])


@routes.route_for(
    "PATCH",
    "/contacts/<int:contact_id>",
    Permission.CONTACT_EDIT,
    body=ContactGiven,
    answers={200: m.Contact},
    versioned=True,
    under_lease=True,
)
def edit_contact(call: Call, contact_id: int, body: ContactGiven) -> Response:
    """Set the given fields; what others changed since `If-Match` is kept, the same field in dispute is 412."""
    version, lease = required_version(), find_lease()
    return perform(
        call,
        lambda tx: _answer(
            tx,
            actions.edit(
                tx, contact_id, body.fields(), version=version, region=call.services.rules.region, lease=lease
            ),
        ),
    )


@routes.route_for(
    "DELETE",
    "/contacts/<int:contact_id>",
    Permission.CONTACT_DELETE,
    answers={200: m.Contact},
    versioned=True,
    under_lease=True,
)
def delete_contact(call: Call, contact_id: int) -> Response:
    """Archive the contact; it can be restored."""
    version, lease = required_version(), find_lease()
    return perform(call, lambda tx: _answer(tx, actions.delete(tx, contact_id, version=version, lease=lease)))


@routes.route_for(
    "POST",
    "/contacts/<int:contact_id>/restore",
    Permission.CONTACT_DELETE,
    answers={200: m.Contact},
    errors=(404, 409, 423),
)
def restore_contact(call: Call, contact_id: int) -> Response:
    """Bring an archived contact back."""
    return perform(call, lambda tx: _answer(tx, actions.restore(tx, contact_id)))


@routes.route_for(
    "GET",
    "/contacts/<int:contact_id>/history",
    Permission.CONTACT_READ,
    query=m.HistoryQuery,
    answers={200: m.Changes},
    errors=(404,),
)
def list_history(call: Call, contact_id: int, query: m.HistoryQuery) -> Response:
    """What happened to the contact and to those merged into it, newest first.

    Changes from when it was a team's whose contacts the caller may not see are left out.
    """
    with call.services.storage.read() as connection:
        ids = queries.family_ids(connection, call.who.sight, contact_id)
        lines = list_record_history(
            connection, call.who.sight, "contact", ids, before_seq=query.cursor, limit=query.limit
        )
    return with_next(value_answer(lines), lines[-1]["seq"] if len(lines) == query.limit else None)


@routes.route_for(
    "POST",
    "/contacts/<int:contact_id>/restore-value",
    Permission.CONTACT_EDIT,
    body=m.RestoreValueGiven,
    answers={200: m.Contact},
    versioned=True,
    under_lease=True,
)
def restore_value(call: Call, contact_id: int, body: m.RestoreValueGiven) -> Response:
    """One field gets back a value from the history."""
    version, lease = required_version(), find_lease()
    return perform(
        call,
        lambda tx: _answer(
            tx,
            actions.restore_value(
                tx,
                contact_id,
                body.seq,
                body.field,
                version=version,
                region=call.services.rules.region,
                before=body.to == "old",
                lease=lease,
            ),
        ),
    )


def _answer(tx: Transaction, contact: Record, status: int = 200) -> Response:
    return json_answer(read_with_lock(tx.connection, contact.id), status, version=contact.version)


def build_filter(call: Call, query: m.ContactFilters) -> queries.ContactFilter:
    """What the queries know by the filters of a request."""
    values = query.model_dump(exclude={"q", "phone", "limit", "cursor", "format"})
    key = parse_phone(query.phone, call.services.rules.region).key if query.phone else None
    return queries.ContactFilter(text=query.q, phone_key=key, **values)
