"""What a client must know.

GET /sync/snapshot   sync:read
GET /sync/changes    sync:read
"""

from __future__ import annotations

from flask import Response

from callmanager.domain.contacts import ROWS_TYPE
from callmanager.domain.permissions import Permission
from callmanager.server.api.models import sync as m
from callmanager.server.changes.feed import Viewer, read_changes, read_snapshot
from callmanager.server.edges.answers import JSON, json_answer
from callmanager.server.edges.routing import Call, Routes

routes = Routes("sync")


_ROWS = {"answer": (ROWS_TYPE,)}


@routes.route_for(
    "GET", "/sync/snapshot", Permission.SYNC_READ, query=m.SnapshotQuery, answers={200: m.Sync}, media=_ROWS
)
def show_snapshot(call: Call, query: m.SnapshotQuery) -> Response:
    """Everything the caller may see, read at one instant; go on with /sync/changes from `to` while `has_more`."""
    as_rows = _wants_rows(call)
    with call.services.storage.read() as connection:
        return _answer(read_snapshot(connection, _viewer(call), limit=query.limit, as_rows=as_rows), as_rows=as_rows)


@routes.route_for(
    "GET",
    "/sync/changes",
    Permission.SYNC_READ,
    query=m.ChangesQuery,
    answers={200: m.Sync},
    media=_ROWS,
    errors=(410,),
)
def list_sync_changes(call: Call, query: m.ChangesQuery) -> Response:
    """What changed after `since`; 410 when the caller must start from a snapshot."""
    as_rows = _wants_rows(call)
    with call.services.storage.read() as connection:
        answer = read_changes(
            connection,
            _viewer(call),
            epoch=query.epoch,
            since=query.since,
            limit=query.limit,
            sight_seq=query.sight,
            as_rows=as_rows,
        )
    return _answer(answer, as_rows=as_rows)


def _wants_rows(call: Call) -> bool:
    """Only who names their type gets rows; `*/*` is JSON."""
    return call.request.accept_mimetypes.best_match((JSON, ROWS_TYPE)) == ROWS_TYPE


def _answer(page: bytes, *, as_rows: bool) -> Response:
    response = Response(page, content_type=ROWS_TYPE) if as_rows else json_answer(page)
    response.headers["Vary"] = "Accept"
    return response


def _viewer(call: Call) -> Viewer:
    return Viewer(call.who.sight, call.who.sight_seq)
