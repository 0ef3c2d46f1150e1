"""Leases over HTTP: the lock in every answer, writes of all kinds refused, imports and undo leave held contacts."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from callmanager.server.jobs.periodic import sweep_leases
from tests.web import Web


def lock(web: Web, who: str, contact: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = web.ask(who, "PUT", f"/contacts/{contact['id']}/lock", json=body)
    assert answer.status_code == 200, answer.text
    lease: dict[str, Any] = answer.json
    return lease


def shown(lease: dict[str, Any]) -> dict[str, Any]:
    return {name: lease[name] for name in ("holder", "purpose", "since", "expires_at")}


@pytest.mark.parametrize(
    "path",
    [
        "/contacts",
        "/contacts?limit=10",
        "/contacts?limit=10&sort=-name",
        "/contacts?limit=10&q=Zoila",
        "/sync/snapshot",
    ],
)
def test_a_page_carries_the_present_lock_and_otherwise_the_very_same_bytes(web: Web, path: str) -> None:
    before = [web.create(name=f'Zoila "{n}" \\ ñ,"lock":null}}', phone=f"8888-000{n}") for n in range(4)]
    free = web.ask("manager", "GET", path).data
    lease = lock(web, "agent-norte", before[1] | {"id": web.create(name="Zoila libre", phone="8999-0000")["id"]})
    held = lock(web, "manager", before[2], purpose="call")
    body = orjson.loads(web.ask("manager", "GET", path).data)
    contacts = body["records"]["contact"] if isinstance(body, dict) else body
    locks = {contact["id"]: contact["lock"] for contact in contacts}
    assert locks == {**{c["id"]: None for c in before}, lease["id"]: shown(lease), held["id"]: shown(held)}
    by_id = {contact["id"]: {**contact, "lock": None} for contact in contacts}
    old = orjson.loads(free)
    for contact in old["records"]["contact"] if isinstance(old, dict) else old:
        assert orjson.dumps(by_id[contact["id"]]) == orjson.dumps(contact)


def test_one_contact_and_the_answer_of_a_write_carry_the_lock(web: Web) -> None:
    contact = web.create()
    lease = lock(web, "free", contact)
    assert web.ask("boss", "GET", f"/contacts/{contact['id']}").json["lock"] == shown(lease)
    edited = web.ask(
        "free", "PATCH", f"/contacts/{contact['id']}", if_match=1, json={"note": "x"}, headers={"Lease-Token": "1"}
    )
    assert (edited.json["lock"], edited.json["version"]) == (shown(lease), 2)


def test_a_lock_changes_neither_version_nor_seq_nor_history(web: Web) -> None:
    contact = web.create()
    lock(web, "free", contact)
    locked = web.ask("boss", "GET", f"/contacts/{contact['id']}")
    assert {**locked.json, "lock": None} == contact
    assert len(web.ask("boss", "GET", f"/contacts/{contact['id']}/history").json) == 1


def test_every_write_of_a_held_contact_is_refused_with_its_holder(web: Web) -> None:
    held, other = web.create(phone="8888-0001", name="Ana"), web.create(phone="8888-0002")
    lease = lock(web, "free", held)
    path = f"/contacts/{held['id']}"
    merge = {"keep_id": other["id"], "keep_version": 1, "merge_id": held["id"], "merge_version": 1}
    for method, where, how in (
        ("PATCH", path, {"json": {"note": "x"}, "if_match": 1}),
        ("DELETE", path, {"if_match": 1}),
        ("POST", f"{path}/restore-value", {"json": {"seq": held["seq"], "field": "name", "to": "old"}, "if_match": 1}),
        ("POST", "/contacts/merge", {"json": merge}),
        ("POST", "/contacts/merge", {"json": {**merge, "keep_id": held["id"], "merge_id": other["id"]}}),
    ):
        answer = web.ask("boss", method, where, **how)
        assert (answer.status_code, answer.json["code"]) == (423, "contact_locked"), (method, where)
        assert answer.json["fields"] == {"id": held["id"], **shown(lease)}
    assert web.ask("boss", "GET", path).json == {**held, "lock": shown(lease)}


def test_undo_of_a_held_contact_waits_until_it_is_free(web: Web) -> None:
    contact = web.create()
    change = web.ask("boss", "GET", f"/contacts/{contact['id']}/history").json[0]
    lease = lock(web, "free", contact)
    assert web.ask("boss", "POST", f"/changes/{change['set_id']}/undo").status_code == 423
    token = {"Lease-Token": str(lease["token"])}
    assert web.ask("free", "DELETE", f"/contacts/{contact['id']}/lock", headers=token).status_code == 200
    assert web.ask("boss", "POST", f"/changes/{change['set_id']}/undo").status_code == 200


def test_an_import_leaves_a_held_contact_and_says_so_and_takes_the_rest(web: Web) -> None:
    held = web.create(phone="8888-0001", name="Ana")
    web.create(phone="8888-0002", name="Bea")
    lock(web, "free", held)
    rows = [{"phone": "8888-0001", "company": "Uno"}, {"phone": "8888-0002", "company": "Dos"}, {"phone": "8888-0003"}]
    for dry_run in ("?dry_run=1", ""):
        report = web.ask("boss", "POST", f"/import{dry_run}", json=rows).json
        assert (report["inserted"], report["updated"], report["rejected"]) == (1, 1, 1)
        assert [(error["row"], error["code"]) for error in report["errors"]] == [(1, "locked")]
    assert web.ask("boss", "GET", f"/contacts/{held['id']}").json["company"] == ""


def test_a_row_that_would_change_nothing_of_a_held_contact_is_no_error(web: Web) -> None:
    held = web.create(phone="8888-0001", name="Ana")
    lock(web, "free", held)
    report = web.ask("boss", "POST", "/import", json=[{"phone": "8888-0001", "name": "Ana"}]).json
    assert (report["unchanged"], report["errors"]) == (1, [])


def test_undoing_an_import_keeps_what_somebody_holds(web: Web) -> None:
    report = web.ask("boss", "POST", "/import", json=[{"phone": "8888-0001"}, {"phone": "8888-0002"}]).json
    first = web.ask("boss", "GET", "/contacts?limit=1").json[0]
    lock(web, "manager", first)
    undone = web.ask("boss", "POST", f"/imports/{report['import_id']}/undo").json
    assert (undone["undone"], [kept["contact_id"] for kept in undone["kept"]]) == (1, [first["id"]])
    assert [contact["id"] for contact in web.ask("boss", "GET", "/contacts").json] == [first["id"]]


def test_the_job_settles_leases_that_have_run_out(web: Web) -> None:
    contact = web.create()
    lock(web, "free", contact)
    sweep_leases(web.services)
    assert web.ask("boss", "GET", f"/contacts/{contact['id']}").json["lock"] is not None


@pytest.mark.parametrize("token", ["x", "-1", "1.5", "", "9" * 16])
def test_a_token_that_is_none_is_refused_as_such(web: Web, token: str) -> None:
    contact = web.create()
    answer = web.ask("boss", "DELETE", f"/contacts/{contact['id']}", if_match=1, headers={"Lease-Token": token})
    assert (answer.status_code, answer.json["code"]) == (422, "lease_token_invalid")


def test_programs_under_one_key_can_be_told_apart(web: Web) -> None:
    contact = web.create()
    lock(web, "manager", contact, program="dialer")
    refused = web.ask("manager", "PUT", f"/contacts/{contact['id']}/lock", json={"program": "report"})
    assert refused.status_code == 423
    assert lock(web, "manager", contact, program="dialer")["token"] == 2


def test_a_server_guards_its_log(web: Web) -> None:
    """The composition root gives the guard to the one door for writes, so no action can forget it."""
    assert type(web.services.log.guard).__name__ == "WriteGuard"
