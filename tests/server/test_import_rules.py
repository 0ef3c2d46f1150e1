"""Which contact a row meets and what it changes there; a dry run says the same as the import that follows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.lists_in import bring, contacts, figures
from tests.web import Web

LONG = [{"phone": f"6{i:07d}", "name": f"Persona {i}"} for i in range(1100)]


def the_one(web: Web) -> dict[str, Any]:
    (found,) = contacts(web)
    return found


def test_a_row_updates_what_it_says_and_nothing_else(web: Web) -> None:
    web.create(phone="8888-7777", name="Ana", note="no borrar", extra={"plan": "A", "zona": "1"}, status="NC")
    report = bring(web, b"telefono,nombre,nota,plan,estado\n+506 8888 7777,Ana Mora,,B,interesado\n")
    assert figures(report) == (1, 0, 1, 0, 0, 0)
    found = the_one(web)
    assert (found["name"], found["note"], found["status"]) == ("Ana Mora", "no borrar", "INTERESADO")
    assert (found["extra"], found["phone"]) == ({"plan": "B", "zona": "1"}, "8888-7777")


def test_new_numbers_are_added_to_the_contact(web: Web) -> None:
    web.create(phone="8888-7777")
    bring(web, [{"phones": ["2222-3333", {"number": "88887777", "label": "otro"}]}])
    assert [phone["number"] for phone in the_one(web)["phones"]] == ["8888-7777", "2222-3333"]


def test_two_contacts_are_never_merged_nor_share_a_number_after_it(web: Web) -> None:
    web.create(phone="8888-1111", name="Una")
    web.create(phone="8888-2222", name="Otra")
    report = bring(web, [{"phones": ["8888-2222", "8888-1111"], "note": "hola"}])
    assert (figures(report), report["numbers_of_others"]) == ((1, 0, 1, 0, 0, 0), 1)
    assert [(c["name"], c["note"], len(c["phones"])) for c in contacts(web)] == [("Una", "", 1), ("Otra", "hola", 1)]


def test_an_archived_contact_is_not_met(web: Web) -> None:
    contact = web.create(phone="8888-1111", name="Antes")
    web.ask("manager", "DELETE", f"/contacts/{contact['id']}", if_match=1)
    assert figures(bring(web, [{"phone": "8888-1111", "name": "Ahora"}])) == (1, 1, 0, 0, 0, 0)
    assert the_one(web)["name"] == "Ahora"


def test_the_first_row_counts_and_later_ones_add_what_it_left_out(web: Web) -> None:
    rows = [
        {"phone": "8888-1111", "name": "Primero", "extra": {"a": "1"}},
        {"phone": "88881111", "name": "Segundo", "note": "de la segunda", "extra": {"a": "2", "b": "2"}},
        *LONG,
        {"phone": "+50688881111", "name": "Tercero", "note": "de la tercera", "company": "Acme"},
    ]
    for expected in ((1103, 1101, 0, 0, 2, 0), (1103, 0, 0, 1101, 2, 0)):
        assert figures(bring(web, rows, dry_run="1")) == expected
        assert figures(bring(web, rows)) == expected
        found = contacts(web)[0]
        said = (found["name"], found["note"], found["company"], found["extra"])
        assert said == ("Primero", "de la segunda", "Acme", {"a": "1", "b": "2"})


def test_a_dry_run_of_a_list_that_repeats_itself_across_batches_counts_as_the_import_does(web: Web) -> None:
    web.create(phone="7000-0000", name="De antes")
    rows = [
        {"phones": ["7000-0000", "7000-0001"], "name": "De antes"},
        *LONG,
        {"phone": "7000-0001", "note": "el de antes"},
        {"phones": ["60000005", *(f"7111-00{i:02d}" for i in range(9))]},
        {"phones": ["60000005", "7222-0000"]},
        {"phone": "60000006", "status": "no existe ese estado"},
        {"phone": "sin número"},
    ]
    dry = figures(bring(web, rows, dry_run="1", strict_statuses="1"))
    assert dry == (1106, 1100, 1, 0, 2, 3)
    report = bring(web, rows, strict_statuses="1")
    assert figures(report) == dry
    codes = [error["code"] for error in report["errors"]]
    assert codes == ["phones_too_many", "status_unknown", "phone_letters"]


@pytest.mark.parametrize(
    ("policy", "expected", "names"),
    [
        ("update", (3, 1, 1, 0, 1, 0), ["Nuevo", "Otra"]),
        ("skip", (3, 1, 0, 1, 1, 0), ["De antes", "Otra"]),
        ("create", (3, 3, 0, 0, 0, 0), ["De antes", "Nuevo", "Otra", "Repetida"]),
    ],
)
def test_the_policy_says_what_happens_to_known_numbers(
    web: Web, policy: str, expected: tuple[int, ...], names: list[str]
) -> None:
    web.create(phone="8888-1111", name="De antes")
    rows = [
        {"phone": "88881111", "name": "Nuevo"},
        {"phone": "88882222", "name": "Otra"},
        {"phone": "88882222", "name": "Repetida", "note": "más"},
    ]
    assert figures(bring(web, rows, policy=policy, dry_run="1")) == expected
    assert figures(bring(web, rows, policy=policy)) == expected
    assert [contact["name"] for contact in contacts(web)] == names


def test_what_is_no_number_beside_one_that_is_becomes_an_extra_field(web: Web) -> None:
    bring(web, b"telefono,telefono 2,telefono 3,nombre\n8888-1111,no tiene,-,Ana\n")
    found = the_one(web)
    assert ([phone["number"] for phone in found["phones"]], found["extra"]) == (
        ["8888-1111"],
        {"teléfono 2": "no tiene"},
    )


def test_numbers_on_the_do_not_call_list_come_in_as_such(web: Web) -> None:
    answer = web.ask("manager", "POST", "/do-not-call", json={"number": "8888-1111", "reason": "lo pidió"})
    assert answer.status_code == 201, answer.text
    bring(web, [{"phone": "+506 8888-1111"}, {"phone": "8888-2222"}])
    assert [contact["do_not_call"] for contact in contacts(web)] == [True, False]


def test_team_and_campaign_given_count_for_every_row(web: Web) -> None:
    web.create(phone="8888-1111")
    team = web.teams["Norte"]
    assert figures(bring(web, [{"phone": "88881111"}, {"phone": "88882222"}], team_id=team)) == (2, 1, 1, 0, 0, 0)
    assert [contact["team_id"] for contact in contacts(web)] == [team, team]


@pytest.mark.parametrize("field", ["team_id", "campaign_id"])
def test_a_team_or_campaign_that_does_not_exist_refuses_the_whole_list(web: Web, field: str) -> None:
    answer = web.ask("manager", "POST", "/import", query_string={field: 999}, json=[{"phone": "88881111"}])
    assert (answer.status_code, answer.json["code"]) == (422, f"{field}_unknown")
    assert web.ask("manager", "GET", "/imports").json == []


def test_a_contact_is_not_moved_out_of_the_sight_of_whom_it_is_assigned_to(web: Web) -> None:
    web.create(phone="8888-1111", team_id=web.teams["Norte"], assigned_to=web.ids["agent-norte"])
    report = bring(web, [{"phone": "88881111"}, {"phone": "88882222"}], team_id=web.teams["Sur"])
    assert [(error["row"], error["code"]) for error in report["errors"]] == [(1, "assignee_cannot_see")]
    assert contacts(web)[0]["team_id"] == web.teams["Norte"]


def test_an_odd_email_is_kept_as_written_and_statuses_are_known_by_their_spellings(web: Web) -> None:
    bring(web, b"telefono,correo,estado\n88881111,ana arroba ejemplo,No contesta\n")
    assert (the_one(web)["email"], the_one(web)["status"]) == ("ana arroba ejemplo", "NC")


def test_one_bad_row_does_not_lose_the_others_of_its_batch(web: Web) -> None:
    rows = [{"phone": "88881111"}, {"phone": ["x"]}, 7, {"name": "x" * 300, "phone": "88883333"}, {"phone": "88884444"}]
    report = bring(web, rows)
    assert [error["row"] for error in report["errors"]] == [2, 3, 4]
    assert [contact["phone"] for contact in contacts(web)] == ["88881111", "88884444"]
