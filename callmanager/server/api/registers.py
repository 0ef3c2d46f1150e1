"""Files of do-not-call registers, over HTTP.

GET    /do-not-call/registers          do_not_call:read
POST   /do-not-call/registers          do_not_call:load   a list of numbers, as for /import; ?source=NAME&dry_run=1
GET    /do-not-call/loads              do_not_call:load
GET    /do-not-call/loads/{id}         do_not_call:load
POST   /do-not-call/loads/{id}/undo    do_not_call:load
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from itertools import chain
from typing import Any

from flask import Response

from callmanager.domain.permissions import Permission
from callmanager.i18n import sentence
from callmanager.server.api.import_desk import choose_options
from callmanager.server.api.models import registers as m
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.edges import lists
from callmanager.server.edges.answers import value_answer, with_next
from callmanager.server.edges.problems import caller_language
from callmanager.server.edges.repeats import Claim, claim, find_earlier
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.imports.options import choose_mapping
from callmanager.server.imports.reports import untold
from callmanager.server.queries import registers as queries
from callmanager.server.registers.loading import RegisterLoad
from callmanager.server.registers.reading import LineRules
from callmanager.server.registers.turn import RegisterTurn
from callmanager.server.registers.undoing import undo_load

routes = Routes("registers")


@routes.route_for("GET", "/do-not-call/registers", Permission.DO_NOT_CALL_READ, answers={200: m.Registers})
def list_registers(call: Call) -> Response:
    """Every register: how many numbers it holds, how old its file is, and whether a newer one is due."""
    with call.services.storage.read() as connection:
        return value_answer(queries.list_registers(connection, call.services.clock.now()))


@routes.route_for(
    "POST",
    "/do-not-call/registers",
    Permission.DO_NOT_CALL_LOAD,
    query=m.RegisterQuery,
    answers={200: m.RegisterReport, 201: m.RegisterLoad, 202: m.RegisterStarted},
    media=lists.MEDIA,
    errors=(404, 409, 413),
    bucket="import",
)
def load_register(call: Call, query: m.RegisterQuery) -> Response:
    """Put a file in the place of what its source held: 201 with what was done, 200 for a dry run, 202 when it runs in
    the background. The whole file is in force at once, or nothing of it."""
    given = lists.take_list(call.request)
    with ExitStack() as ends:
        ends.callback(given.close)
        query = given.complete(query, call.request.args.to_dict())
        repeat = None if query.dry_run else claim(call, chain(given.pieces(), [given.file_name.encode()]))
        earlier = find_earlier(call, repeat)
        if earlier is not None:
            return earlier
        answer = _Desk(call, given, query, repeat).answer()
        if query.background and not query.dry_run:
            ends.pop_all()  # it is read on after the answer
        return answer


@routes.route_for(
    "GET", "/do-not-call/loads", Permission.DO_NOT_CALL_LOAD, query=m.LoadsQuery, answers={200: m.RegisterLoads}
)
def list_loads(call: Call, query: m.LoadsQuery) -> Response:
    """Files of registers, newest first."""
    with call.services.storage.read() as connection:
        found = queries.list_loads(connection, before_id=query.cursor, limit=query.limit)
    return with_next(
        value_answer([_load_to_wire(one) for one in found]), found[-1]["id"] if len(found) == query.limit else None
    )


@routes.route_for(
    "GET", "/do-not-call/loads/<int:load_id>", Permission.DO_NOT_CALL_LOAD, answers={200: m.RegisterLoad}, errors=(404,)
)
def get_load(call: Call, load_id: int) -> Response:
    """One file: its state, its figures so far, and the rows that could not be read."""
    pace = call.services.pace
    with pace.behind(), call.services.storage.read() as connection:  # asking how far it is must not slow it down
        load = _load_to_wire(queries.get_load(connection, load_id))
    progress = call.services.register_turn.progress if load["state"] == "running" else None
    return value_answer({**load, "progress": progress})


@routes.route_for(
    "POST",
    "/do-not-call/loads/<int:load_id>/undo",
    Permission.DO_NOT_CALL_LOAD,
    answers={200: m.RegisterLoad},
    errors=(404, 409),
)
def undo_register(call: Call, load_id: int) -> Response:
    """Take the newest file of a register back: the register is again as it was before."""
    services, repeat = call.services, claim(call, [call.request.get_data(cache=True)])
    earlier = find_earlier(call, repeat)
    if earlier is not None:
        return earlier

    def last(tx: Transaction, load: Record) -> None:
        if repeat is not None:
            repeat.keep(tx, f"/do-not-call/loads/{load_id}")
            repeat.settle(tx, value_answer(_load_to_wire(queries.get_load(tx.connection, load.id))))

    with services.register_turn.taken(), services.pace.behind():
        undo_load(services.log, call.actor, load_id, last)
    with services.storage.read() as connection:
        return value_answer(_load_to_wire(queries.get_load(connection, load_id)))


class _Desk:
    """One file that was sent, read and checked as a whole."""

    def __init__(self, call: Call, given: lists.GivenList, query: m.RegisterQuery, repeat: Claim | None) -> None:
        services = call.services
        self._call, self._given, self._query, self._repeat = call, given, query, repeat
        options = choose_options(call, given, query)
        source = given.read(services.rules, options.reading)
        mapping, region = choose_mapping(source, options), services.rules.region
        days = {"listed_on": query.listed_on, "expires_on": query.expires_on}
        rules = LineRules.of(mapping, region, reference=query.reference, **days)
        self._job = RegisterLoad(
            services.log,
            call.actor,
            source,
            rules,
            name=query.source,
            file_name=options.file_name,
            cancelled=lambda: services.register_turn.is_stopping,
            progress=untold if query.dry_run else services.register_turn.tell,
        )

    def answer(self) -> Response:
        """Do what was asked."""
        services, turn = self._call.services, self._call.services.register_turn
        if self._query.dry_run:
            with services.pace.behind():
                return value_answer(_report_to_wire(self._job.try_out().to_record()))
        if self._query.background:
            return self._begin_apart(turn)
        with turn.taken(), services.pace.behind():
            load = self._job.begin(self._claim)
            self._job.carry_out(self._settle)
        with services.storage.read() as connection:
            return _answer(queries.get_load(connection, load.id))

    def _begin_apart(self, turn: RegisterTurn) -> Response:
        turn.take()
        try:
            load = self._job.begin(self._claim)
            self._given.keep()
            self._call.services.imports.in_background(self._carry_out_apart)
        except BaseException:
            turn.give_back()
            raise
        return _started(load)

    def _claim(self, tx: Transaction, load: Record) -> None:
        if self._repeat is not None:
            self._repeat.keep(tx, f"/do-not-call/loads/{load.id}")
            if self._query.background:
                self._repeat.settle(tx, _started(load))

    def _carry_out_apart(self) -> None:
        services = self._call.services
        with closing(self._given):
            try:
                with services.pace.behind():
                    self._job.carry_out()
            finally:
                services.register_turn.give_back()

    def _settle(self, tx: Transaction, load: Record) -> None:
        if self._repeat is not None:
            self._repeat.settle(tx, _answer(queries.get_load(tx.connection, load.id)))


def _started(load: Record) -> Response:
    response = value_answer({"id": load.id, "state": "running"}, 202)
    response.headers["Location"] = f"/do-not-call/loads/{load.id}"
    return response


def _answer(load: Mapping[str, Any]) -> Response:
    response = value_answer(_load_to_wire(load), 201)
    response.headers["Location"] = f"/do-not-call/loads/{load['id']}"
    return response


def _load_to_wire(load: Mapping[str, Any]) -> dict[str, Any]:
    return {**load, "report": _report_to_wire(load["report"])}


def _report_to_wire(report: Mapping[str, Any]) -> dict[str, Any]:
    language = caller_language()
    errors = [
        {"row": one["row"], "code": one["code"], "detail": sentence(one["message"], language, one["params"])}
        for one in report["errors"]
    ]
    return {**report, "errors": errors}
