"""Answers a request to import: at once, from a dry run, in the background, or with the answer of the first time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import orjson
from flask import Response

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.i18n import sentence
from callmanager.server.api.models import imports as m
from callmanager.server.changes.write import Transaction
from callmanager.server.edges.answers import value_answer
from callmanager.server.edges.lists import GivenList
from callmanager.server.edges.repeats import Claim, claim, find_earlier
from callmanager.server.edges.routing import Call
from callmanager.server.imports.options import ImportOptions, Policy
from callmanager.server.imports.remarks import Remark
from callmanager.server.imports.reports import Report, RowError, untold
from callmanager.server.imports.running import Run
from callmanager.server.imports.runs import ImportJob
from callmanager.server.queries.imports import SavedMapping, get_import, get_saved_mapping

_SEPARATORS = {"tab": "\t"}


def choose_options(call: Call, given: GivenList, query: m.ListQuery) -> ImportOptions:
    """The options that a query and a form give. Raises Invalid, and NotFound for an unknown saved mapping."""
    saved = _mapping(call, query.mapping) if query.mapping else None
    options = ImportOptions(
        kind=given.kind,
        mapping=saved.columns if saved else None,
        file_name=query.file_name or given.file_name,
        sheet=query.sheet,
        header_row=query.header_row,
        encoding=query.encoding,
        separator=_SEPARATORS.get(query.separator or "", query.separator),
        skip_hidden=query.skip_hidden,
    )
    if not isinstance(query, m.ImportQuery):
        return options
    return replace(
        options,
        policy=Policy(query.policy),
        team_id=query.team_id,
        campaign_id=query.campaign_id,
        dry_run=query.dry_run,
        statuses={**(saved.statuses if saved else {}), **_statuses(query.statuses)},
        strict_statuses=query.strict_statuses,
    )


@dataclass
class ImportRequest:
    """One POST /import."""

    call: Call
    given: GivenList
    query: m.ImportQuery
    language: str
    kept: bool = field(default=False, init=False)
    """Whether the list is read on after the answer."""

    def answer(self) -> Response:
        """Do what was asked."""
        try:
            return self._answer_once()
        finally:
            if not self.kept:
                self.given.close()

    def _answer_once(self) -> Response:
        self.query = self.given.complete(self.query, self.call.request.args.to_dict())
        name = self.given.file_name.encode()
        repeat = None if self.query.dry_run else claim(self.call, chain(self.given.pieces(), [name]))
        earlier = find_earlier(self.call, repeat)
        if earlier is not None:
            return earlier
        services = self.call.services
        options = choose_options(self.call, self.given, self.query)
        source = self.given.read(services.rules, options.reading)
        job = ImportJob(services.log, self.call.actor, source, options, region=services.rules.region)
        if options.dry_run:
            with services.pace.behind():
                return self._answer(job.try_out(untold, lambda: False), 200)
        return self._begin(job, repeat)

    def _begin(self, job: ImportJob, repeat: Claim | None) -> Response:
        imports = self.call.services.imports
        claimed: list[Run] = []

        def first(tx: Transaction, report: Report) -> None:
            assert report.import_id is not None
            user_id = self.call.actor.id
            claimed.append(imports.begin(report.import_id, "import", user_id=user_id, total=report.rows_in_file))
            if repeat is not None:
                repeat.keep(tx, f"/imports/{report.import_id}")
                if self.query.background:
                    repeat.settle(tx, _started(report))

        try:
            job.begin(first)
        except BaseException:
            for run in claimed:
                imports.end(run)
            raise
        run = claimed[0]
        if self.query.background:
            started = _started(job.report)
            self.kept = True
            self.given.keep()
            imports.in_background(lambda: self._carry_out_and_close(job, run))
            return started
        return self._carry_out(job, run, repeat)

    def _carry_out_and_close(self, job: ImportJob, run: Run) -> None:
        with closing(self.given):
            self._carry_out(job, run, None)

    def _carry_out(self, job: ImportJob, run: Run, repeat: Claim | None) -> Response:
        def last(tx: Transaction, report: Report) -> None:
            if repeat is not None:
                repeat.settle(tx, self._answer(report, 201))

        try:
            with self.call.services.pace.behind():
                report = job.carry_out(run.progress, run.stop.is_set, last)
        finally:
            self.call.services.imports.end(run)
            run.finish(job.report.state)
        return self._answer(report, 201)

    def _answer(self, report: Report, status: int) -> Response:
        figures = {"import_id": report.import_id, "state": report.state, **report.to_record()}
        told = told_to_wire(figures, report.errors, report.remarks, self.language)
        response = value_answer({**figures, **told}, status)
        if report.import_id is not None:
            response.headers["Location"] = f"/imports/{report.import_id}"
        return response


def import_to_wire(call: Call, record: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """An import with what is being done with it just now. One that nobody works on any more has failed. `told` is what
    `told_to_wire` gives."""
    run = call.services.imports.find(record["id"])
    if record["state"] == "running" and run is None:
        record = _ended(call, record["id"])
    state = record["state"]
    return {
        "import_id": record["id"],
        "state": state,
        **record["report"],
        **told,
        "file_name": record["file_name"],
        "options": record["options"],
        "doing": run.doing if run else None,
        "progress": [run.done, run.total] if run else None,
        "created_by": record["created_by"],
        "created_at": record["created_at"],
        "updated_at": record["updated_at"],
    }


def _ended(call: Call, import_id: int) -> dict[str, Any]:
    """The record of an import that nobody works on: it may have come to its end since it was read."""
    with call.services.storage.read() as connection:
        record = get_import(connection, import_id)
    return {**record, "state": "failed"} if record["state"] == "running" else record


def told_to_wire(
    figures: Mapping[str, Any], errors: Sequence[RowError], remarks: Sequence[Remark], language: str
) -> dict[str, Any]:
    """What is told of single rows, as sentences, and of how many it is not told. `figures` are those of the import."""
    return {
        "errors": problems_to_wire(errors, language),
        "errors_omitted": figures["rejected"] - len(errors),
        "remarks": [{"row": one.row, **one.to_record(), "detail": sentence(one.message, language)} for one in remarks],
        "remarks_omitted": figures.get("remarked", 0) - len(remarks),
    }


def problems_to_wire(errors: Sequence[RowError], language: str) -> list[dict[str, Any]]:
    """Reasons of rows as sentences."""
    return [
        {"row": e.row, "field": e.field, "code": e.code, "detail": sentence(e.message, language, e.params)}
        for e in errors
    ]


def _started(report: Report) -> Response:
    response = value_answer({"import_id": report.import_id, "state": "running"}, 202)
    response.headers["Location"] = f"/imports/{report.import_id}"
    return response


def _mapping(call: Call, text: str) -> SavedMapping:
    if not text.lstrip().startswith("{"):
        with call.services.storage.read() as connection:
            return get_saved_mapping(connection, text)
    targets = _texts_by_name(text)
    if targets is None:
        raise Invalid(
            "mapping_invalid",
            N_('Write the mapping as JSON, such as {"column": "phone"}, or give the name of a saved one.'),
            fields={"field": "mapping"},
        )
    return SavedMapping(targets, {})


def _statuses(text: str | None) -> dict[str, str]:
    found = _texts_by_name(text) if text else {}
    if found is None:
        raise Invalid(
            "statuses_invalid",
            N_('Write the statuses as JSON, such as {"busy": "OCUPADO"}: the word of the list, then the status.'),
            fields={"field": "statuses"},
        )
    return found


def _texts_by_name(text: str) -> dict[str, str] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    return found
