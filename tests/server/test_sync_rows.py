"""The feed as rows over HTTP: who gets it, and that all else is as with the usual shape."""

import orjson
import pytest

from callmanager.desktop.wire import Page
from callmanager.domain.contacts import ROWS_TYPE
from tests.web import Web

ROWS = {"Accept": ROWS_TYPE}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (ROWS_TYPE, ROWS_TYPE),
        (f"{ROWS_TYPE}, application/json;q=0.5", ROWS_TYPE),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        (f"application/json, {ROWS_TYPE};q=0.5", "application/json"),
    ],
)
def test_only_who_names_rows_first_gets_them(web: Web, accept: str, expected: str) -> None:
    web.create()
    answer = web.ask("manager", "GET", "/sync/snapshot", headers={"Accept": accept})
    assert (answer.status_code, answer.content_type, answer.headers["Vary"]) == (200, expected, "Accept")


def test_a_copy_that_is_filled_by_rows_goes_on_page_by_page(web: Web) -> None:
    made = [web.create(phone=f"8800-{number:04d}", note="una\nlínea") for number in range(7)]
    page = Page.from_lines(web.ask("agent-norte", "GET", "/sync/snapshot?limit=3", headers=ROWS).data)
    pages = [page]
    while page.has_more:
        here = f"epoch={page.epoch}&since={page.to}&sight={page.sight}"
        page = Page.from_lines(web.ask("agent-norte", "GET", f"/sync/changes?{here}&limit=3", headers=ROWS).data)
        pages.append(page)
    assert [orjson.loads(wire) for one in pages for wire in (one.rows.wires if one.rows else [])] == made
    assert all(one.rows is not None and len(one.rows.rows) <= 3 for one in pages)


def test_a_lock_that_is_held_now_is_not_in_the_rows(web: Web) -> None:
    contact = web.create()
    lease = web.ask("manager", "PUT", f"/contacts/{contact['id']}/lock", json={"purpose": "edit"})
    assert lease.status_code == 200, lease.text
    usual = web.ask("manager", "GET", "/sync/snapshot").json["records"]["contact"]
    page = Page.from_lines(web.ask("manager", "GET", "/sync/snapshot", headers=ROWS).data)
    assert usual[0]["lock"]["holder"] == "manager"
    assert page.rows is not None
    assert orjson.loads(page.rows.wires[0]) == {**usual[0], "lock": None}


def test_nothing_of_other_teams_is_in_the_rows(web: Web) -> None:
    web.create(team_id=web.teams["Sur"], name="Secreta")
    assert b"ecreta" not in web.ask("agent-norte", "GET", "/sync/snapshot", headers=ROWS).data
    assert b"ecreta" in web.ask("agent-sur", "GET", "/sync/snapshot", headers=ROWS).data


def test_what_is_refused_is_refused_alike(web: Web) -> None:
    for path, status in (
        ("/sync/snapshot?limit=0", 422),
        ("/sync/snapshot?limit=5001", 422),
        ("/sync/changes?epoch=otra&since=1", 410),
    ):
        answer = web.ask("manager", "GET", path, headers=ROWS)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
