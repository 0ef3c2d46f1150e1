"""A1: prohibitions and warnings compare lines, whatever the extension; a person is barred on all of his phones."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from callmanager.domain.people import SYSTEM
from callmanager.domain.prohibitions import is_marked, last_day_over
from callmanager.server.actions.barring import Terms, list_number
from callmanager.server.changes.entities import CONTACT
from callmanager.server.jobs.periodic import tidy
from tests.call_office import called, dial, open_call_office
from tests.server.people_office import Caller, Server, contact, find, is_barred, marked, open_server

SWITCHBOARD = "2222-3333"


def listed(admin: Caller, number: str) -> list[str]:
    return [row["kind"] for row in find(admin, "/do-not-call", number=number)]


@pytest.mark.parametrize("said", [SWITCHBOARD, "+506 2222 3333 ext. 7", "22223333 x12"])
def test_a_listed_line_is_barred_with_every_extension_wherever_one_asks(admin: Caller, said: str) -> None:
    before = contact(admin, f"{SWITCHBOARD} ext. 12")
    assert admin.post("/do-not-call", {"number": said}).status_code == 201
    after, bare, other = (
        contact(admin, f"{SWITCHBOARD} ext. 13"),
        contact(admin, SWITCHBOARD),
        contact(admin, "2222-3334"),
    )
    brought = admin.ask("POST", "/import", [{"phone": f"{SWITCHBOARD} ext. 14"}])
    assert brought.status_code in (200, 201, 202), brought.text
    assert marked(admin, before, after, bare, other) == [True, True, True, False]
    assert [one["do_not_call"] for one in find(admin, "/contacts", phone=f"{SWITCHBOARD} ext. 14")] == [True]
    assert len(find(admin, "/contacts", phone=SWITCHBOARD)) == 4, "search goes by the line"
    for number in (SWITCHBOARD, f"{SWITCHBOARD} ext. 99", "+50622223333"):
        assert listed(admin, number) == ["line"]
    assert [is_barred(admin, one, admin.get(f"/contacts/{one}").json["phone"]) for one in (before, after, bare)] == [
        *(True, True, True)
    ]
    assert not is_barred(admin, other, "2222-3334")


def test_a_listed_switchboard_leaves_the_mobile_free_and_a_barred_person_has_no_phone(admin: Caller) -> None:
    one, colleague = contact(admin, f"{SWITCHBOARD} ext. 12", "8888-0001"), contact(admin, f"{SWITCHBOARD} ext. 13")
    line = admin.post("/do-not-call", {"number": SWITCHBOARD, "reason": "su registro", "source": "Registro"}).json
    assert (line["kind"], line["contact_id"], line["source"]) == ("line", None, "Registro")
    assert [is_barred(admin, one, number) for number in (f"{SWITCHBOARD} ext. 12", "8888-0001")] == [True, False]
    assert marked(admin, one, colleague) == [False, True]
    admin.delete(f"/do-not-call/{line['id']}")
    person = admin.post("/do-not-call", {"contact_id": one, "reason": "lo pidió"}).json
    assert (person["kind"], person["contact_id"]) == ("person", one)
    assert [is_barred(admin, one, number) for number in (f"{SWITCHBOARD} ext. 12", "8888-0001")] == [True, True]
    assert marked(admin, one, colleague) == [True, False]
    assert listed(admin, "8888-0001") == ["person"]
    assert not is_barred(admin, colleague, f"{SWITCHBOARD} ext. 13")
    admin.delete(f"/do-not-call/{person['id']}")
    assert marked(admin, one) == [False]


def test_each_source_of_a_line_has_its_own_entry_and_the_line_is_free_after_the_last(admin: Caller) -> None:
    one = contact(admin, "8888-0001")
    entries = [admin.post("/do-not-call", {"number": "8888-0001", "source": name}).json for name in ("", "Registro")]
    assert listed(admin, "8888-0001") == ["line", "line"]
    for entry, still in zip(entries, (True, False), strict=True):
        admin.delete(f"/do-not-call/{entry['id']}")
        assert marked(admin, one) == [still]


def test_an_entry_binds_until_its_last_day_is_over_everywhere(server: Server, admin: Caller) -> None:
    one = contact(admin, "8888-0001")
    day = last_day_over(datetime.fromisoformat(admin.get(f"/contacts/{one}").json["created_at"]))
    over = (datetime.fromisoformat(day) - timedelta(days=1)).date().isoformat()
    admin.post("/do-not-call", {"number": "8888-0001", "expires_on": over})
    assert (marked(admin, one), listed(admin, "8888-0001"), is_barred(admin, one, "8888-0001")) == ([False], [], False)
    answer = admin.post("/do-not-call", {"number": "8888-0001", "expires_on": day, "listed_on": "2020-01-31"})
    assert answer.json["expires_on"] == day
    assert (marked(admin, one), listed(admin, "8888-0001"), is_barred(admin, one, "8888-0001")) == (
        *([True], ["line"], True),
    )
    for wrong in ({"expires_on": "mañana"}, {"expires_on": "2020-01-01", "listed_on": "2020-01-02"}):
        assert admin.post("/do-not-call", {"number": "8888-0002", **wrong}).status_code == 422


def test_a_merge_carries_the_prohibition_of_the_person_over_and_its_undo_takes_it_back(admin: Caller) -> None:
    keep, other = contact(admin, "8888-0001"), contact(admin, "8888-0002")
    admin.post("/do-not-call", {"contact_id": other})
    versions = [admin.get(f"/contacts/{one}").json["version"] for one in (keep, other)]
    body = {"keep_id": keep, "merge_id": other, "keep_version": versions[0], "merge_version": versions[1]}
    assert admin.post("/contacts/merge", body).json["do_not_call"] is True
    assert is_barred(admin, keep, "8888-0001")
    merged = admin.get(f"/contacts/{keep}/history").json[0]["set_id"]
    assert admin.post(f"/changes/{merged}/undo").status_code == 200
    assert (marked(admin, keep, other), is_barred(admin, keep, "8888-0001")) == ([False, True], False)


def test_the_undo_of_an_import_marks_what_was_listed_meanwhile(admin: Caller) -> None:
    one = contact(admin, "8888-0001")
    first = admin.ask("POST", "/import", [{"phone": "8888-0001", "name": "Ana"}]).json
    assert admin.post("/do-not-call", {"number": "8888-0002"}).status_code == 201
    second = admin.ask("POST", "/import", [{"phone": "8888-0001", "email": "ana@example.com"}]).json
    version = admin.get(f"/contacts/{one}").json["version"]
    admin.patch(f"/contacts/{one}", {"phones": ["8888-0002"]}, version)
    brought = admin.ask("POST", "/import", [{"phones": ["8888-0002", "8888-0003"]}]).json
    assert marked(admin, one) == [False], "the import brought a line that is free"
    assert admin.post(f"/imports/{brought['import_id']}/undo").status_code == 200
    assert marked(admin, one) == [True]
    for made in (second, first):
        assert admin.post(f"/imports/{made['import_id']}/undo").status_code == 200
    assert (marked(admin, one), is_barred(admin, one, "8888-0002")) == ([True], True)


def test_called_recently_and_does_not_exist_are_of_the_line(tmp_path: Path) -> None:
    office = open_call_office(tmp_path)
    first, second = office.contact(phone=f"{SWITCHBOARD} ext. 12"), office.contact(phone=f"{SWITCHBOARD} ext. 13")
    called(office, "ana", first, "NC")
    asked = dial(office, "bea", second)
    assert asked is not None
    assert asked["code"] == "number_called_recently"
    office.hand.pass_time(3600)
    assert dial(office, "bea", second) is None
    called(office, "ana", first, "NUMERO_EQUIVOCADO")
    office.hand.pass_time(3600)
    assert dial(office, "bea", second) is None, "behind another extension is somebody else"
    called(office, "ana", first, "NO_EXISTE")
    asked = dial(office, "bea", second)
    assert asked is not None
    assert (asked["code"], asked["mark"]) == ("number_marked", "nonexistent")


def test_a_contact_is_marked_when_no_line_that_could_be_dialled_is_left() -> None:
    listed, free, odd = ({"key": key, "valid": key != "odd"} for key in ("+50622223333;ext=1", "+50688880001", "odd"))
    barred = {"+50622223333"}
    assert not is_marked([listed, free], barred, is_person=False)
    assert is_marked([listed, odd], barred, is_person=False)
    assert not is_marked([odd, free], barred, is_person=False)
    assert is_marked([free], frozenset(), is_person=True)


def test_an_entry_whose_time_is_over_is_archived_within_the_hour_and_its_contacts_are_free(
    server: Server, admin: Caller
) -> None:
    one = contact(admin, "8888-0001")
    day = last_day_over(server.clock.now())
    admin.post("/do-not-call", {"number": "8888-0001", "expires_on": day})
    tidy(server.services)
    assert marked(admin, one) == [True]
    server.clock.pass_by(days=2)
    admin = server.sign_in("admin")
    assert not is_barred(admin, one, "8888-0001")
    tidy(server.services)
    assert (marked(admin, one), listed(admin, "8888-0001")) == ([False], [])


def test_who_an_older_program_had_barred_stays_barred_and_a_mere_line_frees_the_other_phone(tmp_path: Path) -> None:
    with open_server(tmp_path) as first:
        admin = first.admin()
        numbers = {"refused": ["8888-0001", "8888-0011"], "line": ["8888-0002", "8888-0012"], "odd": ["8888-0003"]}
        ids = {name: contact(admin, *phones) for name, phones in numbers.items()}
        unmarked = contact(admin, "8888-0004")
        make_old(first, ids, unmarked)
    with open_server(tmp_path) as second:
        admin = second.sign_in("admin")
        assert marked(admin, *ids.values(), unmarked) == [True, False, True, True]
        assert [is_barred(admin, ids["refused"], number) for number in numbers["refused"]] == [True, True]
        assert [is_barred(admin, ids["line"], number) for number in numbers["line"]] == [True, False]
        assert is_barred(admin, ids["odd"], "8888-0003")
        assert is_barred(admin, unmarked, "8888-0004"), "its status says so, though no program had marked it"
        for entry in admin.get("/do-not-call").json:
            admin.delete(f"/do-not-call/{entry['id']}")
    with open_server(tmp_path) as third:
        assert marked(third.sign_in("admin"), *ids.values(), unmarked) == [False] * 4, "it is done once"


def make_old(server: Server, ids: dict[str, int], unmarked: int) -> None:
    """The database as a program of before left it: marks, listed numbers, a status that had marked nobody."""
    with server.services.log.write(SYSTEM, "api") as tx:
        for number in ("8888-0001", "8888-0002"):
            list_number(tx, number, Terms(), region="CR")
        for name, contact_id in ids.items():
            more = {"status": "NO_CONTACTO"} if name == "refused" else {}
            tx.update(tx.get(CONTACT, contact_id), do_not_call=True, **more)
        tx.update(tx.get(CONTACT, unmarked), status="NO_CONTACTO")
        tx.connection.execute(text("DELETE FROM meta WHERE key = 'people_barred'"))
