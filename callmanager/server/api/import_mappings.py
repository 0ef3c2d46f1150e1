"""Saved mappings of columns to fields.

GET    /import-mappings        contact:import
POST   /import-mappings        contact:import
DELETE /import-mappings/{id}   contact:import
"""

from __future__ import annotations

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.server.actions import import_mappings as actions
from callmanager.server.api.models import imports as m
from callmanager.server.changes.write import Record
from callmanager.server.edges.answers import value_answer
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.lists.mapping import check_mapping
from callmanager.server.queries.imports import list_mappings as list_saved

routes = Routes("import_mappings")


@routes.route_for("GET", "/import-mappings", Permission.CONTACT_IMPORT, answers={200: m.Mappings})
def list_mappings(call: Call) -> Response:
    """Every saved mapping, by name."""
    with call.services.storage.read() as connection:
        return value_answer(list_saved(connection))


@routes.route_for("POST", "/import-mappings", Permission.CONTACT_IMPORT, body=m.MappingGiven, answers={201: m.Mapping})
def save_mapping(call: Call, body: m.MappingGiven) -> Response:
    """Keep a mapping under a name; one of the same name is replaced."""
    check_mapping(body.columns, list(body.columns))
    return perform(call, lambda tx: _answer(actions.save(tx, body.name, body.columns, body.statuses), 201))


@routes.route_for(
    "DELETE",
    "/import-mappings/<int:mapping_id>",
    Permission.CONTACT_IMPORT,
    answers={200: m.Mapping},
    errors=(404,),
)
def delete_mapping(call: Call, mapping_id: int) -> Response:
    """Put a saved mapping away."""
    return perform(call, lambda tx: _answer(actions.remove(tx, mapping_id)))


def _answer(record: Record, status: int = 200) -> Response:
    return value_answer(record.entity.encode(record.row), status)
