"""Contacts and calls, out.

GET /export         contact:export   csv, xlsx or json; a team lead: of the own team. Recorded in the change log.
GET /calls/export   call:export      csv or xlsx; the same.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from flask import Response

from callmanager.domain.clock import to_wire
from callmanager.domain.permissions import Permission, Reach, reach, require_touch
from callmanager.server.actions import exports as actions
from callmanager.server.api.contacts import build_filter
from callmanager.server.api.models import calls as call_models
from callmanager.server.api.models import imports as m
from callmanager.server.edges.answers import stream_array
from callmanager.server.edges.lists import XLSX
from callmanager.server.edges.problems import caller_language
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.exports import Cells, ExportSheet
from callmanager.server.lists.writing import csv_chunks, write_xlsx
from callmanager.server.logs import get_log
from callmanager.server.queries import contacts as queries
from callmanager.server.queries.call_sheet import CallSheet
from callmanager.server.queries.calls import CallFilter, count_calls

routes = Routes("exports")
_log = get_log("export")

FILE_CHUNK = 256 * 1024


@routes.route_for(
    "GET",
    "/export",
    Permission.CONTACT_EXPORT,
    query=m.ExportQuery,
    answers={200: None},
    media={"answer": ("text/csv", XLSX, "application/json")},
)
def export_contacts(call: Call, query: m.ExportQuery) -> Response:
    """The contacts that the filters find, as a table that imports again without changing anything."""
    team_id = _team_within_reach(call, query.team_id, Permission.CONTACT_EXPORT)
    wanted = build_filter(call, query.model_copy(update={"team_id": team_id}))
    return _named(call, _written(call, query.format, wanted), "contactos", query.format)


@routes.route_for(
    "GET",
    "/calls/export",
    Permission.CALL_EXPORT,
    query=call_models.CallExportQuery,
    answers={200: None},
    media={"answer": ("text/csv", XLSX)},
)
def export_calls(call: Call, query: call_models.CallExportQuery) -> Response:
    """Calls as a table, newest first. Each says whether its talk was measured or is estimated."""
    team_id = _team_within_reach(call, None, Permission.CALL_EXPORT)
    wanted = CallFilter(team_id=team_id, since=query.from_, until=query.to)
    sheet = CallSheet(call.services.storage, call.actor, wanted, caller_language())
    response = _sent(call, sheet, query.format, lambda: _record_calls(call, query.format, wanted))
    return _named(call, response, "llamadas", query.format)


def _team_within_reach(call: Call, team_id: int | None, permission: Permission) -> int | None:
    """The team to filter by. Raises Forbidden for one that the caller may not export."""
    if reach(call.actor, permission) is Reach.ALL:
        return team_id
    wanted = call.actor.team_id if team_id is None else team_id or None
    require_touch(call.actor, permission, wanted)
    return wanted


def _named(call: Call, response: Response, name: str, format_name: str) -> Response:
    stamp = to_wire(call.services.clock.now())[:19].translate(str.maketrans("T", "_", "-:"))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}_{stamp}.{format_name}"'
    return response


def _written(call: Call, format_name: str, wanted: queries.ContactFilter) -> Response:
    services, sight = call.services, call.who.sight
    if format_name == "json":
        _record(call, format_name, wanted)
        return stream_array(services.pace.walk(queries.stream_contacts(services.storage, sight, wanted)))
    with services.pace.behind():
        sheet = ExportSheet(services.storage, sight, wanted, caller_language(), services.pace)
    return _sent(call, sheet, format_name, lambda: _record(call, format_name, wanted))


def _sent(call: Call, sheet: ExportSheet | CallSheet, format_name: str, record: Callable[[], None]) -> Response:
    pace = call.services.pace
    rows = pace.walk(sheet.rows())
    if format_name == "csv":
        record()
        return Response(csv_chunks(rows, sheet.columns), mimetype="text/csv", headers=_UNBUFFERED)
    with pace.behind():
        path = _workbook(rows, sheet.columns)
    try:
        record()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    response = Response(_pieces(path), mimetype=XLSX, headers=_UNBUFFERED)
    response.call_on_close(lambda: path.unlink(missing_ok=True))
    return response


_UNBUFFERED = {"X-Accel-Buffering": "no"}


def _workbook(rows: Iterator[Cells], columns: Sequence[str]) -> Path:
    handle, name = tempfile.mkstemp(prefix="callmanager_export_", suffix=".xlsx")
    os.close(handle)
    path = Path(name)
    write_xlsx(rows, columns, path)
    return path


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(FILE_CHUNK):
            yield piece


def _record(call: Call, format_name: str, wanted: queries.ContactFilter) -> None:
    """Leave the audit's trace before anything leaves: without it nothing is sent."""
    filters = {name: value for name in wanted.__slots__ if (value := getattr(wanted, name)) is not None}
    filters |= {"updated_since": to_wire(wanted.updated_since)} if wanted.updated_since else {}
    with call.services.storage.read() as connection:
        contacts = queries.count_contacts(connection, call.who.sight, wanted)
    with call.services.log.write(call.actor, call.who.origin) as tx:
        record = actions.record(tx, format_name, filters, contacts=contacts)
    _log.info("started", user=call.actor.name, format=format_name, contacts=contacts, export=record.id)


def _record_calls(call: Call, format_name: str, wanted: CallFilter) -> None:
    spans = {"from": wanted.since, "to": wanted.until}
    filters: dict[str, Any] = {name: to_wire(at) for name, at in spans.items() if at is not None}
    filters |= {} if wanted.team_id is None else {"team_id": wanted.team_id}
    with call.services.storage.read() as connection:
        found = count_calls(connection, call.actor, wanted)
    with call.services.log.write(call.actor, call.who.origin) as tx:
        record = actions.record_calls(tx, format_name, filters, found=found)
    _log.info("started", user=call.actor.name, format=format_name, calls=found, export=record.id)
