"""The log over HTTP: what happened, and taking it back.

GET  /changes              change:read
POST /changes/{set}/undo   change:undo_own; change:undo_others for what others did
GET  /audit/verify         audit:verify
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.server.actions import undo as actions
from callmanager.server.api.models import contacts as contact_models
from callmanager.server.api.models import sync as m
from callmanager.server.changes.audit import verify_log
from callmanager.server.changes.history import ChangeFilter
from callmanager.server.changes.history import list_changes as list_log
from callmanager.server.edges.answers import value_answer, with_next
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes

routes = Routes("changes")


@routes.route_for("GET", "/changes", Permission.CHANGE_READ, query=m.LogQuery, answers={200: contact_models.Changes})
def list_changes(call: Call, query: m.LogQuery) -> Response:
    """What the caller may see of the log, newest first. A page that is not full may have a next one all the same."""
    wanted = ChangeFilter(
        entity=query.entity,
        record_id=query.record,
        actor_id=query.actor,
        set_id=query.set,
        since_seq=query.since if isinstance(query.since, int) else None,
        since_at=query.since if isinstance(query.since, datetime) else None,
    )
    with call.services.storage.read() as connection:
        page = list_log(connection, call.who.sight, wanted, before_seq=query.cursor, limit=query.limit)
    return with_next(value_answer(page.lines), page.next_cursor)


@routes.route_for(
    "POST",
    "/changes/<int:set_id>/undo",
    Permission.CHANGE_UNDO_OWN,
    answers={200: m.Undone},
    errors=(404, 409, 423, 423),
)
def undo_change_set(call: Call, set_id: int) -> Response:
    """Take a change set back; 409 names the fields that somebody changed since, and then nothing is undone."""

    def work(tx: actions.Transaction) -> Response:
        undone = actions.undo_set(tx, set_id)
        return value_answer({"set_id": tx.set_id, "records": undone.records, "kept": undone.kept})

    return perform(call, work, origin="undo", origin_id=set_id)


@routes.route_for("GET", "/audit/verify", Permission.AUDIT_VERIFY, answers={200: m.ChainReport})
def verify_audit(call: Call) -> Response:
    """Walk the hash chain and name the first change that does not follow from the one before."""
    pace = call.services.pace
    with pace.behind():
        report = verify_log(call.services.storage, pace=pace)
    return value_answer({**asdict(report), "status": "intact" if report.ok else "broken"})
