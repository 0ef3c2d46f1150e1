"""Snapshot and changes over HTTP: what a client that was away must be told, and nothing else."""

from typing import Any

from tests.web import Web


def sync(web: Web, who: str, path: str) -> dict[str, Any]:
    answer = web.ask(who, "GET", path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json
    return body


def since(web: Web, who: str, last: dict[str, Any], **more: Any) -> dict[str, Any]:
    query = {"epoch": last["epoch"], "since": last["to"], "sight": last["sight"], **more}
    return sync(web, who, "/sync/changes?" + "&".join(f"{name}={value}" for name, value in query.items()))


def ids(answer: dict[str, Any], entity: str = "contact") -> list[int]:
    return [record["id"] for record in answer["records"][entity]]


def test_a_client_that_was_away_is_told_what_changed_and_no_more(web: Web) -> None:
    kept, edited, gone = web.create(), web.create(), web.create()
    last = sync(web, "manager", "/sync/snapshot")
    assert ids(last) == [kept["id"], edited["id"], gone["id"]]
    web.edit("manager", edited, note="nuevo")
    web.ask("manager", "DELETE", f"/contacts/{gone['id']}", if_match=1)
    made = web.create()
    news = since(web, "manager", last)
    assert ids(news) == [edited["id"], made["id"]]
    assert news["deleted"]["contact"] == [gone["id"]]
    assert (news["has_more"], news["to"]) == (False, news["head"]["seq"])
    assert ids(since(web, "manager", news)) == []


def test_a_contact_that_leaves_ones_team_is_deleted_for_him_and_appears_for_the_other(web: Web) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    norte, sur = (sync(web, who, "/sync/snapshot") for who in ("agent-norte", "agent-sur"))
    web.edit("manager", contact, team_id=web.teams["Sur"])
    assert since(web, "agent-norte", norte)["deleted"]["contact"] == [contact["id"]]
    assert ids(since(web, "agent-sur", sur)) == [contact["id"]]
    assert since(web, "agent-sur", sur)["deleted"]["contact"] == []


def test_a_contact_that_left_ones_team_and_came_back_is_there_and_not_deleted(web: Web) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    last = sync(web, "agent-norte", "/sync/snapshot")
    for team in ("Sur", "Norte"):
        contact = web.edit("manager", contact, team_id=web.teams[team]).json
    news = since(web, "agent-norte", last)
    assert (ids(news), news["deleted"]["contact"]) == ([contact["id"]], [])


def test_a_contact_that_left_is_told_once(web: Web) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    last = sync(web, "agent-norte", "/sync/snapshot")
    web.edit("manager", contact, team_id=web.teams["Sur"])
    news = since(web, "agent-norte", last)
    assert news["deleted"]["contact"] == [contact["id"]]
    web.create(team_id=web.teams["Norte"], phone="8777-1111")
    assert since(web, "agent-norte", news)["deleted"]["contact"] == []


def test_a_client_never_hears_of_other_teams(web: Web) -> None:
    last = sync(web, "agent-norte", "/sync/snapshot")
    other = web.create(team_id=web.teams["Sur"], name="Secreta")
    web.edit("manager", other, note="Secreta")
    web.ask("manager", "DELETE", f"/contacts/{other['id']}", if_match=2)
    news = since(web, "agent-norte", last)
    assert (ids(news), news["deleted"]["contact"]) == ([], [])
    assert "Secreta" not in str(news)
    assert "Secreta" not in str(sync(web, "agent-norte", "/sync/snapshot"))


def test_colleagues_are_known_by_name_without_their_addresses(web: Web) -> None:
    people = sync(web, "agent-norte", "/sync/snapshot")["records"]["user"]
    assert {"id", "username", "role", "team_id", "active", "version", "seq"} == set(people[0])


def test_a_snapshot_in_pages_is_the_whole(web: Web) -> None:
    for number in range(23):
        web.create(phone=f"8800-{number:04d}")
    page = sync(web, "manager", "/sync/snapshot?limit=5")
    seen = ids(page)
    while page["has_more"]:
        page = since(web, "manager", page, limit=5)
        seen += ids(page)
    assert sorted(seen) == list(range(1, 24))


def test_another_epoch_or_a_position_ahead_means_starting_over(web: Web) -> None:
    last = sync(web, "manager", "/sync/snapshot")
    for wrong in ({"epoch": "otra"}, {"to": last["to"] + 1}):
        stale = {**last, **wrong}
        answer = web.ask("manager", "GET", f"/sync/changes?epoch={stale['epoch']}&since={stale['to']}")
        assert (answer.status_code, answer.json["code"]) == (410, "snapshot_needed")


def test_who_is_moved_to_another_team_starts_over_with_what_he_sees_now(web: Web) -> None:
    web.create(team_id=web.teams["Sur"])
    last = sync(web, "agent-norte", "/sync/snapshot?limit=1")
    user = web.ask("boss", "GET", f"/users/{web.ids['agent-norte']}").json
    moved = web.ask(
        "boss", "PATCH", f"/users/{user['id']}", if_match=user["version"], json={"team_id": web.teams["Sur"]}
    )
    assert moved.status_code == 200, moved.text
    path = f"/sync/changes?epoch={last['epoch']}&since={last['to']}"
    assert web.ask("agent-norte", "GET", path).status_code == 410
    assert web.ask("agent-norte", "GET", f"{path}&sight={last['sight']}").status_code == 410
    assert ids(sync(web, "agent-norte", "/sync/snapshot")) == [1]


def test_the_log_is_shown_within_ones_scope(web: Web) -> None:
    web.create(team_id=web.teams["Sur"])
    shared = web.create()
    seen = {line["record_id"] for line in web.ask("agent-norte", "GET", "/changes?entity=contact").json}
    assert seen == {shared["id"]}
    assert web.ask("agent-norte", "GET", "/changes?entity=user").json == []
    assert web.ask("manager", "GET", "/changes?entity=user").json == []
    assert web.ask("boss", "GET", "/changes?entity=user").json != []


def test_the_log_is_filtered_by_person_and_time(web: Web) -> None:
    first = web.create()
    web.create("boss")
    mine = web.ask("boss", "GET", f"/changes?actor={web.ids['manager']}&entity=contact").json
    assert [line["record_id"] for line in mine] == [first["id"]]
    later = web.ask("boss", "GET", f"/changes?since={first['seq']}").json
    assert [line["seq"] for line in later] == [first["seq"] + 1]
    since_instant = web.ask("boss", "GET", f"/changes?entity=contact&since={first['created_at']}").json
    assert len(since_instant) == 2


def test_the_log_since_an_instant_is_what_came_at_it_or_later(web: Web) -> None:
    for number in range(6):
        web.create(phone=f"8777-000{number}")
    every = web.ask("boss", "GET", "/changes?limit=100").json
    for line in every:
        later = web.ask("boss", "GET", f"/changes?limit=100&since={line['at']}").json
        assert [one["seq"] for one in later] == [one["seq"] for one in every if one["at"] >= line["at"]]
    assert web.ask("boss", "GET", "/changes?since=2999-01-01T00:00:00Z").json == []


def test_the_chain_is_verified_on_request(web: Web) -> None:
    web.create()
    assert web.ask("boss", "GET", "/audit/verify").json["status"] == "intact"
    assert web.ask("manager", "GET", "/audit/verify").status_code == 403
