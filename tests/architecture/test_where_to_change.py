"""Lines of ARCHITECTURE.md, Where do I change: what is told to stand in one place stands there and nowhere else."""

from __future__ import annotations

import ast
from dataclasses import fields

from callmanager.desktop.models.calling.phone_settings import DRIVERS
from callmanager.desktop.models.listing.columns import COLUMNS
from callmanager.desktop.store.contact_rows import SORTS
from callmanager.domain.dispositions import Disposition
from callmanager.server.api.models.dispositions import DispositionEdited, DispositionGiven, DispositionRecord
from callmanager.server.api.routes import ALL_ROUTES
from callmanager.server.realtime.handlers import EVENTS
from callmanager.server.storage.dispositions import dispositions
from callmanager.softphones.loader import driver_names
from tests.architecture.sources import ROOT, parsed
from tests.architecture.test_rooms import PACKAGE, last_name

API = "callmanager/server/api/"


def files_that_call(*names: str) -> set[str]:
    """The files of the package that make one of these, or call it."""
    return {
        name
        for name in PACKAGE
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.Call) and last_name(node.func) in names
    }


def test_a_noun_of_the_api_is_a_file_that_the_list_of_routes_names() -> None:
    assert files_that_call("Routes") == {f"{API}{routes.name}.py" for routes in ALL_ROUTES}


def test_a_socket_event_is_declared_among_the_handlers() -> None:
    assert {event.handler.__module__ for event in EVENTS.values()} == {"callmanager.server.realtime.handlers"}


def test_a_job_is_a_line_of_the_one_list() -> None:
    assert files_that_call("Job") == {"callmanager/server/jobs/periodic.py"}


def test_a_flag_of_outcomes_is_kept_given_and_told() -> None:
    flags = {field.name for field in fields(Disposition)}
    assert flags == DispositionGiven.model_fields.keys()
    assert flags - {"code"} == DispositionEdited.model_fields.keys()
    assert flags <= DispositionRecord.model_fields.keys()
    assert DispositionRecord.model_fields.keys() == {column.name for column in dispositions.columns}


def test_a_column_of_the_list_is_sorted_by_an_order_that_the_replica_knows() -> None:
    assert {column.sort for column in COLUMNS if column.sort} <= SORTS.keys()


def test_a_phone_has_a_driver_what_people_see_of_it_and_a_section_of_the_guide() -> None:
    assert set(DRIVERS) == set(driver_names())
    guide = (ROOT / "docs" / "softphones.md").read_text("utf-8")
    assert [name for name in DRIVERS if f"`{name}`" not in guide] == []
