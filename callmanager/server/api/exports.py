"""Contacts, out.

GET /export   contact:export   csv, xlsx or json; a team lead: of the own team. Recorded in the change log.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Response

from callmanager.domain.clock import to_wire
from callmanager.domain.permissions import Permission, Reach, reach, require_touch
from callmanager.server.actions import exports as actions
from callmanager.server.api.contacts import build_filter
from callmanager.server.api.edge.answers import stream_array
from callmanager.server.api.edge.lists import XLSX
from callmanager.server.api.edge.problems import caller_language
from callmanager.server.api.edge.routing import Call, Routes
from callmanager.server.api.models import imports as m
from callmanager.server.exports import Sheet
from callmanager.server.lists.writing import csv_chunks, write_xlsx
from callmanager.server.logs import get_log
from callmanager.server.queries import contacts as queries

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
    team_id = _team_within_reach(call, query.team_id)
    wanted = build_filter(call, query.model_copy(update={"team_id": team_id}))
    response = _written(call, query.format, wanted)
    stamp = to_wire(call.services.clock.now())[:19].translate(str.maketrans("T", "_", "-:"))
    response.headers["Content-Disposition"] = f'attachment; filename="contactos_{stamp}.{query.format}"'
    return response


def _team_within_reach(call: Call, team_id: int | None) -> int | None:
    """The team to filter by. Raises Forbidden for one that the caller may not export."""
    if reach(call.actor, Permission.CONTACT_EXPORT) is Reach.ALL:
        return team_id
    wanted = call.actor.team_id if team_id is None else team_id or None
    require_touch(call.actor, Permission.CONTACT_EXPORT, wanted)
    return wanted


def _written(call: Call, format_name: str, wanted: queries.ContactFilter) -> Response:
    services, sight = call.services, call.who.sight
    if format_name == "json":
        _record(call, format_name, wanted)
        return stream_array(queries.stream_contacts(services.storage, sight, wanted))
    sheet = Sheet(services.storage, sight, wanted, caller_language())
    if format_name == "csv":
        _record(call, format_name, wanted)
        return Response(csv_chunks(sheet.rows(), sheet.columns), mimetype="text/csv", headers=_UNBUFFERED)
    path = _workbook(sheet)
    try:
        _record(call, format_name, wanted)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    response = Response(_pieces(path), mimetype=XLSX, headers=_UNBUFFERED)
    response.call_on_close(lambda: path.unlink(missing_ok=True))
    return response


_UNBUFFERED = {"X-Accel-Buffering": "no"}


def _workbook(sheet: Sheet) -> Path:
    handle, name = tempfile.mkstemp(prefix="callmanager_export_", suffix=".xlsx")
    os.close(handle)
    path = Path(name)
    write_xlsx(sheet.rows(), sheet.columns, path)
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
