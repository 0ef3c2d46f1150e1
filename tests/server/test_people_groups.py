"""Teams and campaigns over the API."""

from typing import Any

import pytest

from tests.server.people_office import Caller, Server, code


def team(admin: Caller, name: str) -> int:
    answer = admin.post("/teams", {"name": name})
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])


def names(answer: Any) -> list[str]:
    return [group["name"] for group in answer.json]


def test_everybody_sees_the_teams_and_administrators_make_them(server: Server, admin: Caller) -> None:
    north = team(admin, "Norte")
    for role in ("agent", "team_lead", "manager"):
        somebody = server.hire(admin, role.replace("_", "-"), role)
        assert names(somebody.get("/teams")) == ["Norte"]
        assert somebody.get(f"/teams/{north}").headers["ETag"] == '"1"'
        assert code(somebody.post("/teams", {"name": "Sur"})) == (403, "forbidden")
        assert code(somebody.patch(f"/teams/{north}", {"name": "Sur"}, 1)) == (403, "forbidden")


@pytest.mark.parametrize("name", ["Atención", "ATENCION", " atención "])
@pytest.mark.parametrize("kind", ["teams", "campaigns"])
def test_a_name_counts_without_accents_and_case(admin: Caller, kind: str, name: str) -> None:
    assert admin.post(f"/{kind}", {"name": "Atención"}).status_code == 201
    refused = admin.post(f"/{kind}", {"name": name})
    assert code(refused) == (409, "name_taken")
    assert refused.json["fields"] == {"field": "name", "id": 1, "archived": False}


@pytest.mark.parametrize("kind", ["teams", "campaigns"])
@pytest.mark.parametrize(("name", "expected"), [(" ", "name_missing"), ("x" * 81, "text_too_long")])
def test_a_name_is_given_and_bounded(admin: Caller, kind: str, name: str, expected: str) -> None:
    assert code(admin.post(f"/{kind}", {"name": name})) == (422, expected)


def test_a_team_keeps_its_own_name_in_another_spelling(admin: Caller) -> None:
    north = team(admin, "norte")
    assert admin.patch(f"/teams/{north}", {"name": "Norte"}, 1).json["name"] == "Norte"
    assert code(admin.patch(f"/teams/{north}", {"name": "NORTE"}, 1)) == (412, "version_conflict")


def test_a_team_with_active_people_is_not_archived(server: Server, admin: Caller) -> None:
    north = team(admin, "Norte")
    ana = server.hire(admin, "ana", team_id=north)
    refused = admin.patch(f"/teams/{north}", {"archived": True}, 1)
    assert code(refused) == (409, "team_not_empty")
    admin.patch(f"/users/{ana.id}", {"active": False}, 1)
    assert admin.patch(f"/teams/{north}", {"archived": True}, 1).json["archived_at"] is not None
    assert names(admin.get("/teams")) == []
    assert names(admin.get("/teams?archived=true")) == ["Norte"]


def test_an_archived_team_takes_nobody_and_nothing(server: Server, admin: Caller) -> None:
    north = team(admin, "Norte")
    ana = server.hire(admin, "ana")
    admin.patch(f"/teams/{north}", {"archived": True}, 1)
    assert code(admin.patch(f"/users/{ana.id}", {"team_id": north}, 1)) == (422, "team_id_unknown")
    assert code(admin.post("/campaigns", {"name": "X", "team_id": north})) == (422, "team_id_unknown")
    assert code(admin.post("/contacts", {"phone": "8888-7777", "team_id": north})) == (422, "team_id_unknown")
    assert admin.patch(f"/teams/{north}", {"archived": False}, 2).json["archived_at"] is None
    assert admin.patch(f"/users/{ana.id}", {"team_id": north}, 1).status_code == 200


def test_undoing_the_making_of_a_team_does_not_take_it_from_its_people(server: Server, admin: Caller) -> None:
    north = team(admin, "Norte")
    made = admin.get(f"/changes?entity=team&record={north}").json[0]["set_id"]
    ana = server.hire(admin, "ana", team_id=north)
    assert code(admin.post(f"/changes/{made}/undo")) == (409, "team_not_empty")
    admin.patch(f"/users/{ana.id}", {"team_id": None}, 1)
    assert admin.post(f"/changes/{made}/undo").status_code == 200
    assert names(admin.get("/teams")) == []


def test_undoing_a_rename_onto_a_name_that_is_taken_is_refused_and_changes_nothing(admin: Caller) -> None:
    north = team(admin, "Norte")
    admin.patch(f"/teams/{north}", {"name": "Sur"}, 1)
    renamed = admin.get(f"/changes?entity=team&record={north}").json[0]["set_id"]
    team(admin, "Norte")
    assert code(admin.post(f"/changes/{renamed}/undo")) == (409, "undo_conflict")
    assert names(admin.get("/teams")) == ["Sur", "Norte"]


def test_a_campaign_is_seen_by_its_team_and_by_managers(server: Server, admin: Caller) -> None:
    north, south = team(admin, "Norte"), team(admin, "Sur")
    manager = server.hire(admin, "jefa", "manager")
    assert manager.post("/campaigns", {"name": "Todos"}).json["active"] is True
    own = manager.post("/campaigns", {"name": "Del norte", "team_id": north}).json
    in_north = server.hire(admin, "ana", team_id=north)
    in_south = server.hire(admin, "leo", "team_lead", team_id=south)
    teamless = server.hire(admin, "eva", "team_lead")
    assert names(manager.get("/campaigns")) == ["Todos", "Del norte"]
    assert names(in_north.get("/campaigns")) == ["Todos", "Del norte"]
    for other in (in_south, teamless):
        assert names(other.get("/campaigns")) == ["Todos"]
        assert code(other.get(f"/campaigns/{own['id']}")) == (404, "campaign_not_found")
        assert code(other.post("/campaigns", {"name": "Otra"})) == (403, "forbidden")
        assert code(other.patch(f"/campaigns/{own['id']}", {"active": False}, 1)) == (403, "forbidden")


def test_a_campaign_is_edited_stopped_archived_and_brought_back(admin: Caller) -> None:
    north = team(admin, "Norte")
    made = admin.post("/campaigns", {"name": "Navidad"}).json
    path = f"/campaigns/{made['id']}"
    changed = admin.patch(path, {"name": "Reyes", "team_id": north, "active": False}, 1)
    assert (changed.json["name"], changed.json["team_id"], changed.json["active"]) == ("Reyes", north, False)
    assert changed.headers["ETag"] == admin.get(path).headers["ETag"] == '"2"'
    assert names(admin.get("/campaigns?active=true")) == []
    assert names(admin.get("/campaigns?active=false")) == ["Reyes"]
    assert admin.patch(path, {"archived": True, "name": "Reyes 2026"}, 2).json["name"] == "Reyes 2026"
    assert names(admin.get("/campaigns")) == []
    assert admin.patch(path, {"archived": False}, 3).json["archived_at"] is None
    assert code(admin.patch(path, {"archived": False}, 3)) == (412, "version_conflict")


def test_lists_come_in_pages(admin: Caller) -> None:
    for number in range(3):
        team(admin, f"Equipo {number}")
        admin.post("/campaigns", {"name": f"Campaña {number}"})
    for kind in ("teams", "campaigns"):
        first = admin.get(f"/{kind}?limit=2")
        rest = admin.get(first.headers["Link"].partition(">")[0].lstrip("<"))
        assert [group["id"] for group in first.json + rest.json] == [1, 2, 3]
        assert "Link" not in rest.headers
