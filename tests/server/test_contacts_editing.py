"""Making, editing, archiving and restoring contacts over HTTP."""

import pytest

from tests.web import Web


def test_a_new_contact_keeps_its_number_as_written_and_knows_its_international_form(web: Web) -> None:
    contact = web.create(phone=" (506) 8812-3456 ", name="  Ñandú   Álvarez ")
    assert contact["phone"] == "(506) 8812-3456"
    assert contact["phone_e164"] == "+50688123456"
    assert contact["phone_valid"] is True
    assert contact["name"] == "Ñandú   Álvarez"
    assert (contact["status"], contact["version"], contact["lock"]) == ("SIN_GESTIONAR", 1, None)


def test_a_contact_holds_several_phones_and_the_first_is_its_phone(web: Web) -> None:
    phones = [{"number": "8812-3456", "label": "casa"}, "2217-9878", {"number": "+506 88123456"}]
    contact = web.ask("manager", "POST", "/contacts", json={"phones": phones}).json
    assert [phone["number"] for phone in contact["phones"]] == ["8812-3456", "2217-9878"]
    assert contact["phone"] == "8812-3456"
    changed = web.edit("manager", contact, phone="8700-0000").json
    assert [phone["number"] for phone in changed["phones"]] == ["8700-0000", "2217-9878"]
    assert changed["phones"][0]["label"] == "casa"


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"phone": "123"}, "phone_too_short", "phone"),
        ({"phone": "no tiene"}, "phone_letters", "phone"),
        ({"phone": "8888-1111", "status": "INVENTADO"}, "status_unknown", "status"),
        ({"phone": "8888-1111", "team_id": 999}, "team_id_unknown", "team_id"),
        ({"phone": "8888-1111", "email": "nadie"}, "email_invalid", "email"),
        ({"phone": "8888-1111", "nombre": "Ana"}, "invalid_input", "nombre"),
        ({"phone": "8888-1111", "name": 7}, "invalid_input", "name"),
        ({"phone": "8888-1111", "note": "x" * 20_001}, "invalid_input", "note"),
        ({"name": "sin teléfono"}, "phone_missing", "phone"),
    ],
)
def test_wrong_input_is_refused_with_its_field_and_changes_nothing(
    web: Web, fields: dict[str, object], code: str, field: str
) -> None:
    before = web.ask("manager", "GET", "/sync/snapshot").json["head"]
    answer = web.ask("manager", "POST", "/contacts", json=fields)
    assert (answer.status_code, answer.json["code"], answer.json["fields"]["field"]) == (422, code, field)
    assert answer.mimetype == "application/problem+json"
    assert web.ask("manager", "GET", "/sync/snapshot").json["head"] == before


def test_a_status_is_understood_in_any_spelling_and_stored_in_one(web: Web) -> None:
    contact = web.create(status="sin gestionar")
    assert contact["status"] == "SIN_GESTIONAR"
    assert web.edit("manager", contact, status="No Contesta").json["status"] == "NC"


def test_an_edit_without_the_version_it_is_based_on_is_refused(web: Web) -> None:
    contact = web.create()
    answer = web.ask("manager", "PATCH", f"/contacts/{contact['id']}", json={"note": "x"})
    assert (answer.status_code, answer.json["code"]) == (428, "if_match_missing")


def test_no_number_given_changes_no_number(web: Web) -> None:
    contact = web.create(phone="8812-3456")
    answer = web.edit("manager", contact, phone=None, phones=None, note="x")
    assert (answer.status_code, answer.json["phone"]) == (200, "8812-3456")
    refused = web.ask("manager", "POST", "/contacts", json={"phone": None, "name": "Ana"})
    assert (refused.status_code, refused.json["code"]) == (422, "phone_missing")


def test_two_edits_of_different_fields_are_both_kept(web: Web) -> None:
    contact = web.create(name="Ana", note="")
    assert web.edit("manager", contact, note="llamar el lunes").status_code == 200
    merged = web.edit("boss", contact, name="Ana María")
    assert merged.status_code == 200
    assert (merged.json["name"], merged.json["note"], merged.json["version"]) == ("Ana María", "llamar el lunes", 3)


def test_two_edits_of_one_field_are_a_conflict_that_shows_mine_theirs_and_original(web: Web) -> None:
    contact = web.create(note="original", name="Ana")
    web.edit("manager", contact, note="de otro")
    answer = web.edit("boss", contact, note="mío", name="Ana María")
    assert (answer.status_code, answer.json["code"]) == (412, "version_conflict")
    disputed = answer.json["fields"]["disputed"]
    assert disputed == {"note": {"mine": "mío", "theirs": "de otro", "original": "original"}}
    present = web.ask("boss", "GET", f"/contacts/{contact['id']}").json
    assert (present["name"], present["note"]) == ("Ana", "de otro")


def test_the_same_value_from_two_people_is_no_conflict(web: Web) -> None:
    contact = web.create(note="")
    web.edit("manager", contact, note="igual")
    assert web.edit("boss", contact, note="igual").status_code == 200


def test_an_edit_that_changes_nothing_writes_nothing(web: Web) -> None:
    contact = web.create(name="Ana")
    answer = web.edit("manager", contact, name="Ana")
    assert (answer.json["version"], answer.json["seq"]) == (1, contact["seq"])


def test_a_version_from_the_future_is_refused(web: Web) -> None:
    contact = web.create()
    assert web.edit("manager", {**contact, "version": 9}, note="x").status_code == 412


def test_archiving_hides_a_contact_and_restoring_brings_it_back(web: Web) -> None:
    contact = web.create(name="Ana")
    path = f"/contacts/{contact['id']}"
    gone = web.ask("manager", "DELETE", path, if_match=1)
    assert gone.json["archived_at"] is not None
    assert web.ask("manager", "GET", "/contacts").json == []
    assert [c["id"] for c in web.ask("manager", "GET", "/contacts?archived=1").json] == [contact["id"]]
    refused = web.edit("manager", gone.json, note="x")
    assert (refused.status_code, refused.json["code"]) == (409, "contact_archived")
    back = web.ask("manager", "POST", f"{path}/restore")
    assert (back.json["archived_at"], back.json["version"]) == (None, 3)


def test_a_contact_is_not_given_to_somebody_who_cannot_see_it(web: Web) -> None:
    contact = web.create(team_id=web.teams["Norte"])
    answer = web.edit("manager", contact, assigned_to=web.ids["agent-sur"])
    assert (answer.status_code, answer.json["code"]) == (422, "assignee_cannot_see")
    assert web.edit("manager", contact, assigned_to=web.ids["agent-norte"]).status_code == 200


def test_an_agent_sees_his_team_and_what_is_shared_and_nothing_else(web: Web) -> None:
    mine = web.create(team_id=web.teams["Norte"], name="norte")
    web.create(team_id=web.teams["Sur"], name="sur")
    shared = web.create(name="de todos")
    seen = web.ask("agent-norte", "GET", "/contacts").json
    assert [contact["id"] for contact in seen] == [mine["id"], shared["id"]]
    assert [contact["name"] for contact in web.ask("free", "GET", "/contacts").json] == ["de todos"]


def test_a_contact_of_another_team_does_not_exist_for_an_agent(web: Web) -> None:
    other = web.create(team_id=web.teams["Sur"])
    path = f"/contacts/{other['id']}"
    assert web.ask("agent-norte", "GET", path).status_code == 404
    assert web.ask("agent-norte", "GET", f"{path}/history").status_code == 404
    assert web.edit("agent-norte", other, note="x").status_code == 404


def test_what_an_agent_makes_belongs_to_his_team(web: Web) -> None:
    assert web.create("agent-norte")["team_id"] == web.teams["Norte"]
    answer = web.ask("agent-norte", "POST", "/contacts", json={"phone": "8888-1111", "team_id": web.teams["Sur"]})
    assert answer.status_code == 403


def test_the_same_request_sent_again_is_done_once_and_answered_alike(web: Web) -> None:
    body = {"phone": "8888-2222", "name": "Una vez"}
    first = web.ask("manager", "POST", "/contacts", json=body, repeat="k1")
    second = web.ask("manager", "POST", "/contacts", json=body, repeat="k1")
    assert (second.status_code, second.data) == (first.status_code, first.data)
    assert second.headers["ETag"] == first.headers["ETag"] == '"1"'
    assert len(web.ask("manager", "GET", "/contacts").json) == 1
    other = web.ask("manager", "POST", "/contacts", json={**body, "name": "Otra"}, repeat="k1")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    theirs = web.ask("boss", "POST", "/contacts", json=body, repeat="k1")
    assert theirs.json["id"] != first.json["id"]


def test_a_number_on_the_do_not_call_list_marks_the_contact_that_gets_it(web: Web) -> None:
    web.ask("manager", "POST", "/do-not-call", json={"number": "8812-3456"})
    assert web.create(phone="+506 8812 3456")["do_not_call"] is True
    contact = web.create(phone="8700-0000")
    assert web.edit("manager", contact, phone="8812 3456").json["do_not_call"] is True


def test_who_has_a_team_does_not_make_contacts_for_everybody(web: Web) -> None:
    answer = web.ask("agent-norte", "POST", "/contacts", json={"phone": "8888-1111", "team_id": None})
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    assert web.create("free")["team_id"] is None
