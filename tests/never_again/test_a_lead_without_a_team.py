"""Defect 23: a team lead who had no team saw, and could change, everybody's contacts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.people_office import Caller, Server, code, open_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with open_server(tmp_path) as opened:
        yield opened


@pytest.fixture
def admin(server: Server) -> Caller:
    return server.admin()


@pytest.fixture
def north(admin: Caller) -> int:
    return int(admin.post("/teams", {"name": "Norte"}).json["id"])


@pytest.fixture
def lead(server: Server, admin: Caller) -> Caller:
    return server.hire(admin, "lidia", "team_lead")


def test_a_lead_without_a_team_sees_what_is_everybodys_and_no_teams_records(
    admin: Caller, lead: Caller, north: int
) -> None:
    theirs = admin.post("/contacts", {"phone": "8888-7777", "name": "Del norte", "team_id": north}).json["id"]
    shared = admin.post("/contacts", {"phone": "8888-6666", "name": "De todos"}).json["id"]
    admin.post("/campaigns", {"name": "Campaña del norte", "team_id": north})
    assert [contact["id"] for contact in lead.get("/contacts").json] == [shared]
    assert lead.get("/contacts?q=norte").json == []
    assert lead.get(f"/contacts?team_id={north}").json == []
    assert code(lead.get(f"/contacts/{theirs}")) == (404, "contact_not_found")
    assert code(lead.get(f"/contacts/{theirs}/history")) == (404, "contact_not_found")
    records = lead.get("/sync/snapshot").json["records"]
    assert [contact["id"] for contact in records["contact"]] == [shared]
    assert records["campaign"] == []
    assert "Del norte" not in lead.get("/changes?limit=1000").text


def test_a_lead_without_a_team_changes_no_teams_records(admin: Caller, lead: Caller, north: int) -> None:
    theirs = admin.post("/contacts", {"phone": "8888-7777", "team_id": north}).json
    other = admin.post("/contacts", {"phone": "8888-6666"}).json
    path = f"/contacts/{theirs['id']}"
    made = admin.get(f"{path}/history").json[0]["set_id"]
    assert lead.patch(path, {"name": "x"}, 1).status_code == 404
    assert lead.ask("DELETE", path, version=1).status_code == 404
    assert lead.post(f"{path}/restore").status_code == 404
    assert lead.post(f"/changes/{made}/undo").status_code == 404
    merge = {"keep_id": other["id"], "keep_version": 1, "merge_id": theirs["id"], "merge_version": 1}
    assert lead.post("/contacts/merge", merge).status_code in (403, 404)
    assert admin.get(path).json["version"] == 1


def test_a_lead_without_a_team_deletes_and_undoes_nothing_that_is_everybodys(admin: Caller, lead: Caller) -> None:
    """His reach is his team; having none, it is nobody, and not everybody."""
    shared = admin.post("/contacts", {"phone": "8888-6666"}).json
    made = admin.get(f"/contacts/{shared['id']}/history").json[0]["set_id"]
    assert code(lead.ask("DELETE", f"/contacts/{shared['id']}", version=1)) == (403, "forbidden")
    assert code(lead.post(f"/changes/{made}/undo")) == (403, "forbidden")


def test_a_lead_who_loses_his_team_loses_its_records_at_once(server: Server, admin: Caller, north: int) -> None:
    lead = server.hire(admin, "luis", "team_lead", team_id=north)
    theirs = admin.post("/contacts", {"phone": "8888-7777", "team_id": north}).json["id"]
    key = server.with_key(lead.api_key)
    assert key.get(f"/contacts/{theirs}").status_code == 200
    admin.patch(f"/users/{lead.id}", {"team_id": None}, 1)
    assert key.get(f"/contacts/{theirs}").status_code == 404
    assert key.get("/contacts").json == []
