"""What a client must know.

GET /sync/snapshot   sync:read
GET /sync/changes    sync:read
"""

from __future__ import annotations

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.server.api.edge.answers import json_answer
from callmanager.server.api.edge.routing import Call, Routes
from callmanager.server.api.models import sync as m
from callmanager.server.changes.feed import Viewer, read_changes, read_snapshot

routes = Routes("sync")


@routes.route_for("GET", "/sync/snapshot", Permission.SYNC_READ, query=m.SnapshotQuery, answers={200: m.Sync})
def show_snapshot(call: Call, query: m.SnapshotQuery) -> Response:
    """Everything the caller may see, read at one instant; go on with /sync/changes from `to` while `has_more`."""
    with call.services.storage.read() as connection:
        return json_answer(read_snapshot(connection, _viewer(call), limit=query.limit))


@routes.route_for(
    "GET", "/sync/changes", Permission.SYNC_READ, query=m.ChangesQuery, answers={200: m.Sync}, errors=(410,)
)
def list_sync_changes(call: Call, query: m.ChangesQuery) -> Response:
    """What changed after `since`; 410 when the caller must start from a snapshot."""
    with call.services.storage.read() as connection:
        answer = read_changes(
            connection,
            _viewer(call),
            epoch=query.epoch,
            since=query.since,
            limit=query.limit,
            sight_seq=query.sight,
        )
    return json_answer(answer)


def _viewer(call: Call) -> Viewer:
    return Viewer(call.who.sight, call.who.sight_seq)
