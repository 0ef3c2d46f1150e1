"""Whoever may edit a contact does not thereby take it from the others who see it, nor show his team's to everybody."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.web import Web

PEOPLE = ("agent-norte", "lead-norte")


def team_of(web: Web, contact_id: int) -> int | None:
    team_id: int | None = web.ask("boss", "GET", f"/contacts/{contact_id}").json["team_id"]
    return team_id


def refused(answer: TestResponse) -> bool:
    return (answer.status_code, answer.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize("who", PEOPLE)
def test_a_shared_contact_is_not_taken_from_everybody(web: Web, who: str) -> None:
    shared = web.create()
    assert refused(web.edit(who, shared, team_id=web.teams["Norte"], note="mío"))
    assert team_of(web, shared["id"]) is None
    assert web.edit("agent-sur", shared, note="sigue siendo de todos").status_code == 200


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("goal", [None, "Sur"])
def test_a_contact_of_a_team_is_not_given_to_others(web: Web, who: str, goal: str | None) -> None:
    theirs = web.create(team_id=web.teams["Norte"])
    assert refused(web.edit(who, theirs, team_id=web.teams[goal] if goal else None))
    assert web.ask("agent-sur", "GET", f"/contacts/{theirs['id']}").status_code == 404


def test_a_lead_does_not_archive_a_shared_contact_by_taking_or_merging_it_first(web: Web) -> None:
    own, shared = web.create(team_id=web.teams["Norte"]), web.create()
    taken = web.edit("lead-norte", shared, team_id=web.teams["Norte"])
    headers = {"If-Match": f'"{shared["version"]}"'}
    archived = web.ask("lead-norte", "DELETE", f"/contacts/{shared['id']}", headers=headers)
    pair = {"keep_id": own["id"], "keep_version": 1, "merge_id": shared["id"], "merge_version": 1}
    assert all(map(refused, (taken, archived, web.ask("lead-norte", "POST", "/contacts/merge", json=pair))))
    assert web.ask("agent-sur", "GET", f"/contacts/{shared['id']}").json["archived_at"] is None


@pytest.mark.parametrize("who", PEOPLE)
def test_an_old_team_is_not_brought_back_from_the_history(web: Web, who: str) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    shared = web.edit("manager", contact, team_id=None).json
    answer = web.ask(
        who,
        "POST",
        f"/contacts/{contact['id']}/restore-value",
        json={"seq": shared["seq"], "field": "team_id"},
        headers={"If-Match": f'"{shared["version"]}"'},
    )
    assert refused(answer)


def test_who_writes_the_team_that_it_has_changes_nothing_and_is_not_refused(web: Web) -> None:
    theirs = web.create(team_id=web.teams["Norte"])
    assert web.edit("agent-norte", theirs, team_id=web.teams["Norte"], note="x").status_code == 200
    shared = web.create()
    assert web.edit("agent-norte", shared, team_id=None, note="x").status_code == 200


def test_a_manager_moves_contacts(web: Web) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    moved = web.edit("manager", contact, team_id=web.teams["Sur"])
    assert moved.status_code == 200
    assert web.edit("manager", moved.json, team_id=None).status_code == 200
