"""A: whatever shape a list has, its totals are the rows of the file, and every value is in a contact or the report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from tests.random_offices import LeapingClock
from tests.server.lists_in import FIGURES
from tests.trial.lists_tried import table, tried
from tests.trial.random_lists import RandomList, random_lists
from tests.web import Web


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    web = Web(tmp_path_factory.mktemp("lists"), clock=LeapingClock())
    yield web
    web.close()


def check(web: Web, given_list: RandomList) -> None:
    before = web.ask("boss", "GET", "/contacts?limit=1&sort=-id").json
    if given_list.content[:2] != b"PK":
        note(given_list.content.decode("utf-8-sig", "replace"))
    assert isinstance(web.clock, LeapingClock)
    web.clock.pass_by(timedelta(seconds=1))  # nobody imports so many lists in a minute
    report = tried(web, given_list.content)
    found = found_in(web, report, after=before[0]["id"] if before else 0)
    web.ask("manager", "POST", f"/imports/{report['import_id']}/undo")  # for the next list nobody is there
    assert report["total"] == given_list.rows == sum(report[name] for name in FIGURES[1:])
    assert report["left_columns"] == {}
    missing = {value for value in given_list.values if value not in found}
    assert not missing, (missing, report)


def found_in(web: Web, report: dict[str, Any], *, after: int) -> str:
    """Everything that the new contacts, the refused rows and the remarks say, in one text."""
    contacts = [one for one in web.ask("boss", "GET", "/contacts?limit=50&sort=-id").json if one["id"] > after]
    rejected = table(web, f"/imports/{report['import_id']}/rejected.csv")
    remarks = table(web, f"/imports/{report['import_id']}/remarks.csv")
    assert (len(rejected), len(remarks)) == (report["rejected"], report["remarked"])
    return json.dumps([contacts, rejected, remarks], ensure_ascii=False)


@given(given_list=random_lists())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_row_is_counted_and_every_value_is_found_again(office: Web, given_list: RandomList) -> None:
    check(office, given_list)


@pytest.mark.long
@given(given_list=random_lists())
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_row_is_counted_and_every_value_is_found_again_in_many_lists(office: Web, given_list: RandomList) -> None:
    check(office, given_list)
