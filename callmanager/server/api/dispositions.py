"""What can come of a call, over HTTP.

GET   /dispositions         disposition:read
POST  /dispositions         disposition:manage
GET   /dispositions/{id}    disposition:read
PATCH /dispositions/{id}    disposition:manage    If-Match
"""

from __future__ import annotations

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.server.actions import dispositions as actions
from callmanager.server.api.models import dispositions as m
from callmanager.server.changes.write import Record
from callmanager.server.edges.answers import required_version, value_answer
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.queries import dispositions as queries

routes = Routes("dispositions")


@routes.route_for("GET", "/dispositions", Permission.DISPOSITION_READ, answers={200: m.Dispositions})
def list_dispositions(call: Call) -> Response:
    """What can come of a call: the codes with their names, keys and what each means for the contact."""
    with call.services.storage.read() as connection:
        return value_answer(queries.list_dispositions(connection))


@routes.route_for(
    "POST",
    "/dispositions",
    Permission.DISPOSITION_MANAGE,
    body=m.DispositionGiven,
    answers={201: m.Disposition},
    errors=(409,),
)
def create_disposition(call: Call, body: m.DispositionGiven) -> Response:
    """A disposition of one's own. From then on contacts may have its code as their status."""
    return perform(call, lambda tx: _answer(actions.create(tx, body.fields()), 201))


@routes.route_for(
    "GET",
    "/dispositions/<int:disposition_id>",
    Permission.DISPOSITION_READ,
    answers={200: m.Disposition},
    errors=(404,),
)
def get_disposition(call: Call, disposition_id: int) -> Response:
    """One disposition; its version is the ETag."""
    with call.services.storage.read() as connection:
        found = queries.get_disposition(connection, disposition_id)
    return value_answer(found, version=found["version"])


@routes.route_for(
    "PATCH",
    "/dispositions/<int:disposition_id>",
    Permission.DISPOSITION_MANAGE,
    body=m.DispositionEdited,
    answers={200: m.Disposition},
    versioned=True,
)
def edit_disposition(call: Call, disposition_id: int, body: m.DispositionEdited) -> Response:
    """Set the given fields, or take it out of use and bring it back with `active`. It is never deleted."""
    version = required_version()
    return perform(call, lambda tx: _answer(actions.edit(tx, disposition_id, body.fields(), version=version)))


def _answer(disposition: Record, status: int = 200) -> Response:
    return value_answer(queries.disposition_to_wire(disposition.row), status, version=disposition.version)
