"""F1: "No desea contacto" bars the person however it came; a status that a call gives needs a reason by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.people_office import Caller, code, contact, edit, find, is_barred, last_set, marked

REFUSING = "NO_CONTACTO"


def by_creation(admin: Caller) -> int:
    return contact(admin, "8888-0001", status="No desea contacto")


def by_edit(admin: Caller) -> int:
    one = contact(admin, "8888-0001")
    assert edit(admin, one, status=REFUSING).json["do_not_call"] is True
    return one


def by_restored_value(admin: Caller) -> int:
    one = by_edit(admin)
    seq = next(line["seq"] for line in admin.get(f"/contacts/{one}/history").json if "status" in line["fields"])
    edit(admin, one, status="NC")
    for entry in find(admin, "/do-not-call", number="8888-0001"):
        admin.delete(f"/do-not-call/{entry['id']}")
    assert marked(admin, one) == [False]
    version = admin.get(f"/contacts/{one}").json["version"]
    body = {"seq": seq, "field": "status", "to": "new"}
    answer = admin.ask("POST", f"/contacts/{one}/restore-value", body, version=version)
    assert answer.status_code == 200, answer.text
    return one


def by_import_of_a_new_one(admin: Caller) -> int:
    admin.ask("POST", "/import", [{"phone": "8888-0001", "status": REFUSING}])
    return int(find(admin, "/contacts", phone="8888-0001")[0]["id"])


def by_import_of_a_known_one(admin: Caller) -> int:
    one = contact(admin, "8888-0001")
    admin.ask("POST", "/import", [{"phone": "8888-0001", "status": REFUSING}])
    return one


def by_merge(admin: Caller) -> int:
    one, other = contact(admin, "8888-0001"), contact(admin, "8888-0009")
    body = {"keep_id": one, "merge_id": other, "keep_version": 1, "merge_version": 1, "fields": {"status": REFUSING}}
    assert admin.post("/contacts/merge", body).json["do_not_call"] is True
    return one


def by_a_call_written_down(admin: Caller) -> int:
    one = contact(admin, "8888-0001")
    at = admin.get(f"/contacts/{one}").json["created_at"]
    body = {"contact_id": one, "number": "8888-0001", "started_at": at, "talk_seconds": None, "disposition": REFUSING}
    assert admin.post("/calls/logged", body).status_code == 201
    return one


WAYS = (
    by_creation,
    by_edit,
    by_restored_value,
    by_import_of_a_new_one,
    by_import_of_a_known_one,
    by_merge,
    by_a_call_written_down,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_desea_contacto_bars_every_phone_of_the_person_however_it_came(admin: Caller, way: Any) -> None:
    one = way(admin)
    wire = admin.get(f"/contacts/{one}").json
    edit(admin, one, phones=[*wire["phones"][:0], "8888-0001", "8888-0002"])
    wire = admin.get(f"/contacts/{one}").json
    assert (wire["status"], wire["do_not_call"]) == (REFUSING, True)
    assert "person" in {row["kind"] for row in find(admin, "/do-not-call", number="8888-0002")}
    assert [is_barred(admin, one, number) for number in ("8888-0001", "8888-0002")] == [True, True]
    edit(admin, one, status="NC")
    assert (marked(admin, one), is_barred(admin, one, "8888-0002")) == ([True], True), "an edit frees nobody"


def test_a_manager_who_takes_the_person_off_the_list_has_the_last_word(admin: Caller) -> None:
    one = by_edit(admin)
    (entry,) = find(admin, "/do-not-call", number="8888-0001")
    assert (entry["kind"], entry["source"]) == ("person", "status")
    admin.delete(f"/do-not-call/{entry['id']}")
    edit(admin, one, name="Ana")
    admin.ask("POST", "/import", [{"phone": "8888-0001", "email": "ana@example.com"}])
    assert (marked(admin, one), is_barred(admin, one, "8888-0001")) == ([False], False)


def test_the_undo_of_the_edit_frees_who_was_barred_by_it(admin: Caller) -> None:
    one = by_edit(admin)
    assert admin.post(f"/changes/{last_set(admin, one)}/undo").status_code == 200
    assert (marked(admin, one), is_barred(admin, one, "8888-0001")) == ([False], False)
    assert find(admin, "/do-not-call", number="8888-0001") == []


@pytest.mark.parametrize("way", [by_import_of_a_new_one, by_import_of_a_known_one], ids=lambda way: way.__name__)
def test_the_undo_of_the_import_frees_who_was_barred_by_it(admin: Caller, way: Any) -> None:
    one = way(admin)
    made = admin.get("/imports").json[0]
    assert admin.post(f"/imports/{made['import_id']}/undo").status_code == 200
    assert find(admin, "/do-not-call", number="8888-0001") == []
    assert marked(admin, one) == [False]


def test_a_sale_by_hand_needs_its_reason_which_goes_with_the_status(admin: Caller) -> None:
    one = contact(admin, "8888-0001")
    for answer in (edit(admin, one, status="VENTA"), edit(admin, one, status="VENTA", status_reason=" ")):
        assert code(answer) == (422, "status_reason_required")
        assert answer.json["fields"]["field"] == "status_reason"
    assert code(admin.post("/contacts", {"phone": "8888-0002", "status": "Venta"})) == (422, "status_reason_required")
    sold = edit(admin, one, status="VENTA", status_reason="Firmó en la oficina").json
    assert (sold["status"], sold["status_reason"]) == ("VENTA", "Firmó en la oficina")
    assert code(edit(admin, one, status_reason="")) == (422, "status_reason_required")
    assert edit(admin, one, name="Ana").json["status_reason"] == "Firmó en la oficina"
    assert edit(admin, one, status="NC").json["status_reason"] == ""


def test_a_sale_of_a_call_or_of_a_list_is_told_apart_by_having_no_reason(admin: Caller) -> None:
    admin.ask("POST", "/import", [{"phone": "8888-0001", "status": "VENTA"}])
    (brought,) = find(admin, "/contacts", phone="8888-0001")
    assert (brought["status"], brought["status_reason"]) == ("VENTA", "")
    one = contact(admin, "8888-0002", status="VENTA", status_reason="Firmó")
    at = admin.get(f"/contacts/{one}").json["created_at"]
    body = {"contact_id": one, "number": "8888-0002", "started_at": at, "talk_seconds": 0, "disposition": "VENTA"}
    answer = admin.post("/calls/logged", {**body, "anyway": True})
    assert answer.status_code == 201, answer.text
    assert answer.json["contact"]["status_reason"] == ""


def refuse_in_a_call(admin: Caller, one: int, number: str) -> None:
    at = admin.get(f"/contacts/{one}").json["created_at"]
    body = {"contact_id": one, "number": number, "started_at": at, "talk_seconds": 0, "disposition": REFUSING}
    assert admin.post("/calls/logged", {**body, "anyway": True}).status_code == 201


def test_the_entry_of_a_person_names_the_number_on_which_it_was_said(admin: Caller) -> None:
    one = contact(admin, "8888-0001", "8888-0002")
    refuse_in_a_call(admin, one, "8888-0002")
    entries = {entry["kind"]: entry["number"] for entry in find(admin, "/do-not-call", number="8888-0002")}
    assert entries["person"] == "8888-0002"


def test_who_refuses_behind_an_extension_bars_no_line(admin: Caller) -> None:
    one = contact(admin, "2222-3333 ext. 12")
    refuse_in_a_call(admin, one, "2222-3333 ext. 12")
    assert marked(admin, one) == [True]
    assert not is_barred(admin, contact(admin, "2222-3333 ext. 13"), "2222-3333 ext. 13")
