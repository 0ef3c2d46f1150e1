"""Lists of contacts, in.

POST   /import                      contact:import   JSON, CSV, XLSX or a form; ?dry_run=1
POST   /import/preview              contact:import   the same; writes nothing
GET    /imports                     contact:import
GET    /imports/{id}                contact:import
GET    /imports/{id}/rejected.csv   contact:import
GET    /imports/{id}/remarks.csv    contact:import
POST   /imports/{id}/cancel         contact:import
POST   /imports/{id}/undo           contact:import
"""

from __future__ import annotations

from contextlib import closing

from flask import Response, request

from callmanager.domain.errors import Conflict
from callmanager.domain.permissions import Permission
from callmanager.domain.texts import N_
from callmanager.i18n import sentence
from callmanager.server.api.import_desk import ImportRequest, choose_options, import_to_wire, told_to_wire
from callmanager.server.api.import_previews import preview_to_wire
from callmanager.server.api.models import imports as m
from callmanager.server.edges import lists
from callmanager.server.edges.answers import value_answer, with_next
from callmanager.server.edges.problems import caller_language
from callmanager.server.edges.repeats import claim, find_earlier, perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.imports.options import suggest_mapping
from callmanager.server.imports.rejections import list_errors, list_remarks, stream_rejections, stream_remarks
from callmanager.server.imports.undoing import undo_import
from callmanager.server.lists.writing import rejected_chunks, remark_chunks
from callmanager.server.queries import imports as queries

routes = Routes("imports")


@routes.route_for(
    "POST",
    "/import",
    Permission.CONTACT_IMPORT,
    query=m.ImportQuery,
    answers={200: m.ImportReport, 201: m.ImportReport, 202: m.ImportStarted},
    media=lists.MEDIA,
    errors=(404, 409, 413),
    bucket="import",
)
def import_contacts(call: Call, query: m.ImportQuery) -> Response:
    """Bring a list of contacts in: 201 with what was done, 200 for a dry run, 202 when it runs in the background."""
    return ImportRequest(call, lists.take_list(call.request), query, caller_language()).answer()


@routes.route_for(
    "POST",
    "/import/preview",
    Permission.CONTACT_IMPORT,
    query=m.ListQuery,
    answers={200: m.Preview},
    media=lists.MEDIA,
    errors=(404, 413),
)
def preview_import(call: Call, query: m.ListQuery) -> Response:
    """The columns of a list, what each is taken for, and its first rows. Nothing is written."""
    with closing(lists.take_list(call.request)) as given:
        options = choose_options(call, given, query)
        source = given.read(call.services.rules, options.reading)
        return value_answer(preview_to_wire(source, suggest_mapping(source, options), caller_language()))


@routes.route_for("GET", "/imports", Permission.CONTACT_IMPORT, query=m.ImportsQuery, answers={200: m.Imports})
def list_imports(call: Call, query: m.ImportsQuery) -> Response:
    """Imports, newest first."""
    with call.services.storage.read() as connection:
        found = queries.list_imports(connection, before_id=query.cursor, limit=query.limit)
    rows = [import_to_wire(call, record, told_to_wire(record["report"], [], [], caller_language())) for record in found]
    return with_next(value_answer(rows), rows[-1]["import_id"] if len(rows) == query.limit else None)


@routes.route_for("GET", "/imports/<int:import_id>", Permission.CONTACT_IMPORT, answers={200: m.Import}, errors=(404,))
def get_import(call: Call, import_id: int) -> Response:
    """One import: its state, its figures so far, its first errors and remarks."""
    pace = call.services.pace
    with pace.behind(), call.services.storage.read() as connection:  # asking how far it is must not slow it down
        record = queries.get_import(connection, import_id)
        figures = record["report"]  # of what there is none, every row kept would be looked through
        errors = list_errors(connection, import_id) if figures["rejected"] else []
        remarks = list_remarks(connection, import_id) if figures.get("remarked") else []
    told = told_to_wire(figures, errors, remarks, caller_language())
    return value_answer(import_to_wire(call, record, told))


@routes.route_for(
    "GET",
    "/imports/<int:import_id>/rejected.csv",
    Permission.CONTACT_IMPORT,
    answers={200: None},
    media={"answer": ("text/csv",)},
    errors=(404,),
)
def get_rejected(call: Call, import_id: int) -> Response:
    """The rows that were refused, with number and reason, ready to be mended and imported again."""
    with call.services.storage.read() as connection:
        columns = queries.get_import(connection, import_id)["options"].get("columns", [])
    spoken = caller_language()
    rejected = (
        (row, sentence(error.message, spoken, error.params))
        for row, error in stream_rejections(call.services.storage, import_id)
    )
    headers = {"Content-Disposition": f'attachment; filename="rejected-{import_id}.csv"', "X-Accel-Buffering": "no"}
    return Response(rejected_chunks(rejected, columns), mimetype="text/csv", headers=headers)


@routes.route_for(
    "GET",
    "/imports/<int:import_id>/remarks.csv",
    Permission.CONTACT_IMPORT,
    answers={200: None},
    media={"answer": ("text/csv",)},
    errors=(404,),
)
def get_remarks(call: Call, import_id: int) -> Response:
    """What was left out of rows that were taken, and what somebody should look at: row, contact, value and reason."""
    with call.services.storage.read() as connection:
        queries.get_import(connection, import_id)
    spoken = caller_language()
    rows = (
        {**remark.to_record(), "row": str(remark.row), "reason": sentence(remark.message, spoken)}
        for remark in stream_remarks(call.services.storage, import_id)
    )
    headers = {"Content-Disposition": f'attachment; filename="remarks-{import_id}.csv"', "X-Accel-Buffering": "no"}
    return Response(remark_chunks(rows), mimetype="text/csv", headers=headers)


@routes.route_for(
    "POST", "/imports/<int:import_id>/cancel", Permission.CONTACT_IMPORT, answers={200: m.Cancelling}, errors=(404, 409)
)
def cancel_import(call: Call, import_id: int) -> Response:
    """Stop a running import after its present batch; what was imported stays and can be undone."""

    def work(_tx: object) -> Response:
        run = call.services.imports.find(import_id)
        if run is None or run.doing != "import":
            raise Conflict(
                "import_not_running", N_("This import is not running any more."), fields={"import_id": import_id}
            )
        run.stop.set()
        return value_answer({"import_id": import_id, "state": "cancelling"})

    with call.services.storage.read() as connection:
        queries.get_import(connection, import_id)
    return perform(call, work)


@routes.route_for(
    "POST",
    "/imports/<int:import_id>/undo",
    Permission.CONTACT_IMPORT,
    answers={200: m.ImportUndone},
    errors=(404, 409),
)
def undo(call: Call, import_id: int) -> Response:
    """Take a whole import back; what people changed since stays and is named."""
    services, repeat = call.services, claim(call, [request.get_data(cache=True)])
    earlier = find_earlier(call, repeat)
    if earlier is not None:
        return earlier
    with services.imports.working(import_id, "undo", user_id=call.actor.id) as run, services.pace.behind():
        answer = undo_import(
            services.log,
            call.actor,
            import_id,
            progress=run.progress,
            at_first=lambda tx, _: repeat.keep(tx, f"/imports/{import_id}") if repeat else None,
            at_last=lambda tx, undone: repeat.settle(tx, value_answer(undone.to_wire())) if repeat else None,
        )
    run.finish("undone")
    return value_answer(answer.to_wire())
