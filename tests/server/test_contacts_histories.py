"""History, restoring a value, undo and merge of contacts over HTTP."""

from typing import Any

from tests.web import Web


def history(web: Web, contact_id: int, who: str = "manager") -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = web.ask(who, "GET", f"/contacts/{contact_id}/history").json
    return lines


def present(web: Web, contact_id: int) -> dict[str, Any]:
    contact: dict[str, Any] = web.ask("manager", "GET", f"/contacts/{contact_id}").json
    return contact


def last_set(web: Web, contact_id: int) -> int:
    return int(history(web, contact_id)[0]["set_id"])


def test_history_says_who_changed_what_from_what_to_what_newest_first(web: Web) -> None:
    contact = web.create(name="Ana", note="uno")
    web.edit("boss", contact, note="dos")
    lines = history(web, contact["id"])
    assert [line["kind"] for line in lines] == ["updated", "created"]
    assert lines[0]["actor"]["name"] == "boss"
    assert lines[0]["fields"] == {"note": ["uno", "dos"]}
    assert lines[1]["fields"]["name"] == [None, "Ana"]


def test_a_history_tells_of_its_own_contact_alone(web: Web) -> None:
    contact, other = web.create(name="Ana"), web.create(name="Luz", phone="8777-1111")
    web.edit("manager", other, note="de otra")
    web.edit("manager", contact, note="suya")
    assert [line["fields"].get("note") for line in history(web, contact["id"])] == [["", "suya"], None]


def test_history_comes_in_pages(web: Web) -> None:
    contact = web.create()
    for number in range(5):
        contact = web.edit("manager", contact, note=str(number)).json
    first = web.ask("manager", "GET", f"/contacts/{contact['id']}/history?limit=4")
    link = first.headers["Link"]
    rest = web.ask("manager", "GET", link[1 : link.index(">")])
    assert len(first.json) + len(rest.json) == 6
    assert first.json[-1]["seq"] > rest.json[0]["seq"]


def test_one_value_comes_back_from_the_history(web: Web) -> None:
    contact = web.create(name="Ana", note="buena", phone="8812-3456")
    contact = web.edit("manager", contact, note="mala", name="Otra").json
    seq = history(web, contact["id"])[0]["seq"]
    path = f"/contacts/{contact['id']}/restore-value"
    answer = web.ask("boss", "POST", path, if_match=contact["version"], json={"seq": seq, "field": "note"})
    assert (answer.json["note"], answer.json["name"]) == ("buena", "Otra")
    again = web.ask("boss", "POST", path, if_match=3, json={"seq": seq, "field": "phones"})
    assert (again.status_code, again.json["code"]) == (422, "field_not_in_change")


def test_a_value_comes_back_from_the_own_history_alone(web: Web) -> None:
    contact, other = web.create(name="Ana"), web.create(name="Luz", phone="8777-1111")
    web.edit("manager", other, name="Otra")
    path, seq = f"/contacts/{contact['id']}/restore-value", history(web, other["id"])[0]["seq"]
    answer = web.ask("manager", "POST", path, if_match=1, json={"seq": seq, "field": "name"})
    assert (answer.status_code, answer.json["code"]) == (404, "change_not_found")


def test_the_log_tells_of_one_change_set(web: Web) -> None:
    contact = web.create(name="Ana")
    web.edit("manager", contact, note="uno")
    web.create(name="Luz", phone="8777-1111")
    lines = web.ask("boss", "GET", f"/changes?set={last_set(web, contact['id'])}").json
    assert [line["fields"] for line in lines] == [{"note": ["", "uno"]}]


def test_a_value_that_was_empty_comes_back_empty(web: Web) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    contact = web.edit("manager", contact, email="a@b.cr", assigned_to=web.ids["agent-norte"]).json
    seq = history(web, contact["id"])[0]["seq"]
    for field, empty in (("email", ""), ("assigned_to", None)):
        contact = web.ask(
            "manager",
            "POST",
            f"/contacts/{contact['id']}/restore-value",
            if_match=contact["version"],
            json={"seq": seq, "field": field},
        ).json
        assert contact[field] == empty


def test_undo_puts_back_what_was_before_as_a_new_change(web: Web) -> None:
    contact = web.create(name="Ana", note="uno", phone="8812-3456")
    web.edit("manager", contact, note="dos", phone="8700-0000")
    answer = web.ask("manager", "POST", f"/changes/{last_set(web, contact['id'])}/undo")
    assert (answer.status_code, answer.json["records"], answer.json["kept"]) == (200, 1, [])
    after = present(web, contact["id"])
    assert (after["note"], after["phone"], after["version"]) == ("uno", "8812-3456", 3)
    assert history(web, contact["id"])[0]["origin"] == "undo"
    found = web.ask("manager", "GET", "/contacts?q=8812&limit=5").json
    assert [c["id"] for c in found] == [contact["id"]]


def test_undo_is_refused_when_somebody_changed_the_same_field_since(web: Web) -> None:
    contact = web.create(note="uno", name="Ana")
    edited = web.edit("manager", contact, note="dos", name="Eva").json
    target = last_set(web, contact["id"])
    web.edit("boss", edited, note="tres")
    answer = web.ask("manager", "POST", f"/changes/{target}/undo")
    assert (answer.status_code, answer.json["code"]) == (409, "undo_conflict")
    assert answer.json["fields"]["fields"] == ["note"]
    assert present(web, contact["id"])["name"] == "Eva"


def test_changes_are_undone_one_after_the_other_backwards(web: Web) -> None:
    contact = web.create(note="0")
    sets = []
    for number in (1, 2, 3):
        contact = web.edit("manager", contact, note=str(number)).json
        sets.append(last_set(web, contact["id"]))
    for expected, target in zip(("2", "1", "0"), reversed(sets), strict=True):
        assert web.ask("manager", "POST", f"/changes/{target}/undo").status_code == 200
        assert present(web, contact["id"])["note"] == expected


def test_an_undo_can_be_undone_but_nothing_twice(web: Web) -> None:
    contact = web.create(note="uno")
    web.edit("manager", contact, note="dos")
    target = last_set(web, contact["id"])
    undo = web.ask("manager", "POST", f"/changes/{target}/undo").json["set_id"]
    assert web.ask("manager", "POST", f"/changes/{target}/undo").status_code == 409
    assert web.ask("manager", "POST", f"/changes/{undo}/undo").status_code == 200
    assert present(web, contact["id"])["note"] == "dos"


def test_undoing_a_creation_archives_and_undoing_an_archive_restores(web: Web) -> None:
    contact = web.create()
    web.ask("manager", "POST", f"/changes/{last_set(web, contact['id'])}/undo")
    assert present(web, contact["id"])["archived_at"] is not None
    web.ask("manager", "POST", f"/changes/{last_set(web, contact['id'])}/undo")
    assert present(web, contact["id"])["archived_at"] is None


def test_an_agent_undoes_his_own_changes_only(web: Web) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    contact = web.edit("agent-norte", contact, note="mío").json
    own = last_set(web, contact["id"])
    web.edit("manager", contact, name="del jefe")
    others = last_set(web, contact["id"])
    assert web.ask("agent-norte", "POST", f"/changes/{others}/undo").status_code == 403
    assert web.ask("agent-sur", "POST", f"/changes/{own}/undo").status_code == 404
    assert web.ask("lead-norte", "POST", f"/changes/{others}/undo").status_code == 200
    assert web.ask("agent-norte", "POST", f"/changes/{own}/undo").status_code == 200


def test_users_are_not_undone_from_the_log(web: Web) -> None:
    lines = web.ask("boss", "GET", "/changes?entity=user&limit=1").json
    answer = web.ask("boss", "POST", f"/changes/{lines[0]['set_id']}/undo")
    assert (answer.status_code, answer.json["code"]) == (422, "not_undoable")


def test_merging_unites_two_contacts_and_both_histories(web: Web) -> None:
    keep = web.create(name="Ana", phone="8812-3456", note="nota uno", extra={"ciudad": "Cartago"})
    other = web.create(name="Ana Mora", phone="2217-9878", note="nota dos", email="a@b.cr", extra={"zona": "3"})
    body = {"keep_id": keep["id"], "keep_version": 1, "merge_id": other["id"], "merge_version": 1}
    merged = web.ask("manager", "POST", "/contacts/merge", json={**body, "fields": {"name": "Ana Mora"}}).json
    assert [phone["number"] for phone in merged["phones"]] == ["8812-3456", "2217-9878"]
    assert (merged["name"], merged["email"], merged["note"]) == ("Ana Mora", "a@b.cr", "nota uno\nnota dos")
    assert merged["extra"] == {"ciudad": "Cartago", "zona": "3"}
    gone = present(web, other["id"])
    assert (gone["merged_into"], gone["archived_at"] is not None) == (keep["id"], True)
    assert {line["record_id"] for line in history(web, keep["id"])} == {keep["id"], other["id"]}
    refused = web.ask("manager", "POST", f"/contacts/{other['id']}/restore")
    assert (refused.status_code, refused.json["code"]) == (409, "contact_merged")


def test_undoing_a_merge_separates_the_two_again(web: Web) -> None:
    keep, other = web.create(name="Ana", phone="8812-3456"), web.create(name="Eva", phone="2217-9878")
    body = {"keep_id": keep["id"], "keep_version": 1, "merge_id": other["id"], "merge_version": 1}
    web.ask("manager", "POST", "/contacts/merge", json=body)
    answer = web.ask("manager", "POST", f"/changes/{last_set(web, keep['id'])}/undo")
    assert answer.status_code == 200, answer.text
    for before in (keep, other):
        after = present(web, before["id"])
        skipped = ("version", "seq", "updated_at")
        assert {k: v for k, v in after.items() if k not in skipped} == {
            k: v for k, v in before.items() if k not in skipped
        }


def test_a_merge_of_what_changed_meanwhile_is_refused(web: Web) -> None:
    keep, other = web.create(name="Ana"), web.create(name="Eva", phone="2217-9878")
    web.edit("boss", other, note="nuevo")
    body = {"keep_id": keep["id"], "keep_version": 1, "merge_id": other["id"], "merge_version": 1}
    assert web.ask("manager", "POST", "/contacts/merge", json=body).status_code == 412
    same = {**body, "merge_id": keep["id"]}
    assert web.ask("manager", "POST", "/contacts/merge", json=same).json["code"] == "merge_same"


def test_a_lead_merges_within_his_team_only(web: Web) -> None:
    norte = web.teams["Norte"]
    keep, other = web.create(team_id=norte), web.create(team_id=norte, phone="2217-9878")
    shared = web.create(phone="2217-0000")
    body = {"keep_id": keep["id"], "keep_version": 1, "merge_id": shared["id"], "merge_version": 1}
    assert web.ask("lead-norte", "POST", "/contacts/merge", json=body).status_code == 403
    assert web.ask("agent-norte", "POST", "/contacts/merge", json=body).status_code == 403
    body["merge_id"] = other["id"]
    assert web.ask("lead-norte", "POST", "/contacts/merge", json=body).status_code == 200
