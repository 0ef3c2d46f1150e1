"""Numbers never to dial: whoever's contact bears one carries the mark, whatever happens around it."""

import pytest

from tests.server.people_office import Caller, Server, code, contact, edit, last_set, marked


def test_an_agent_lists_a_number_and_every_contact_that_bears_it_is_marked(server: Server, admin: Caller) -> None:
    teams = [admin.post("/teams", {"name": name}).json["id"] for name in ("Norte", "Sur")]
    agent = server.hire(admin, "ana", team_id=teams[0])
    own, others, second, free = (
        contact(admin, "8888-7777", team_id=teams[0]),
        contact(admin, "+506 8888 7777", team_id=teams[1]),
        contact(admin, "2222-3333", "88887777"),
        contact(admin, "8888-7778"),
    )
    answer = agent.post("/do-not-call", {"number": "(506) 8888-7777", "reason": "Lo pidió por carta"})
    assert answer.status_code == 201
    assert answer.json["reason"] == "Lo pidió por carta"
    assert marked(admin, own, others, second, free) == [True, True, False, False]  # the second has another line
    assert len({last_set(admin, contact_id) for contact_id in (own, others)}) == 1
    line = admin.get(f"/contacts/{own}/history").json[0]
    assert (line["fields"], line["actor"]["name"]) == ({"do_not_call": [False, True]}, "ana")
    assert code(agent.delete(f"/do-not-call/{answer.json['id']}")) == (403, "forbidden")


def test_a_number_is_listed_once_in_any_spelling(admin: Caller) -> None:
    first = admin.post("/do-not-call", {"number": "8888-7777", "reason": "a"})
    again = admin.post("/do-not-call", {"number": "+50688887777", "reason": "b"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert [row["number"] for row in admin.get("/do-not-call?number=506%2088887777").json] == ["8888-7777"]
    assert admin.get("/do-not-call?number=88887778").json == []


@pytest.mark.parametrize("number", ["", "abc", "12", "=1+1"])
def test_what_is_no_number_is_refused(admin: Caller, number: str) -> None:
    assert admin.post("/do-not-call", {"number": number}).status_code == 422
    assert admin.get("/do-not-call").json == []


def test_a_number_that_no_country_has_is_listed_as_it_is_written(admin: Caller) -> None:
    odd = contact(admin, "555123456")
    assert admin.post("/do-not-call", {"number": "555 123 456"}).status_code == 201
    assert marked(admin, odd) == [True]


def test_a_contact_is_marked_while_all_its_lines_are_listed(server: Server, admin: Caller) -> None:
    one, both = contact(admin, "8888-7777"), contact(admin, "8888-7777", "2222-3333")
    first = admin.post("/do-not-call", {"number": "8888-7777"}).json
    second = admin.post("/do-not-call", {"number": "2222-3333"}).json
    manager = server.hire(admin, "jefa", "manager")
    assert marked(admin, one, both) == [True, True]
    assert manager.delete(f"/do-not-call/{first['id']}").json["archived_at"] is not None
    assert marked(admin, one, both) == [False, False]
    assert manager.delete(f"/do-not-call/{second['id']}").status_code == 200
    assert marked(admin, one, both) == [False, False]
    assert admin.get("/do-not-call").json == []
    assert code(manager.delete("/do-not-call/99")) == (404, "do_not_call_not_found")


def test_a_number_can_be_listed_again_after_it_was_taken_off(admin: Caller) -> None:
    one = contact(admin, "8888-7777")
    made = admin.post("/do-not-call", {"number": "8888-7777", "reason": "a"}).json
    admin.delete(f"/do-not-call/{made['id']}")
    again = admin.post("/do-not-call", {"number": "88887777", "reason": "b"})
    assert (again.status_code, again.json["id"], again.json["reason"]) == (201, made["id"], "b")
    assert marked(admin, one) == [True]
    admin.delete(f"/do-not-call/{made['id']}")
    admin.delete(f"/do-not-call/{made['id']}")
    assert marked(admin, one) == [False]


def test_a_contact_that_comes_later_or_gets_the_number_later_is_marked(admin: Caller) -> None:
    admin.post("/do-not-call", {"number": "8888-7777"})
    late, other = contact(admin, "88887777"), contact(admin, "2222-3333")
    assert marked(admin, late, other) == [True, False]
    assert edit(admin, other, phone="8888 7777").json["do_not_call"] is True


def test_an_archived_contact_is_marked_too_and_comes_back_so(admin: Caller) -> None:
    gone = contact(admin, "8888-7777")
    admin.ask("DELETE", f"/contacts/{gone}", version=1)
    admin.post("/do-not-call", {"number": "8888-7777"})
    assert admin.post(f"/contacts/{gone}/restore").json["do_not_call"] is True


def test_undo_brings_back_a_listed_number_only_with_its_mark(admin: Caller) -> None:
    one = contact(admin, "8888-7777")
    edit(admin, one, phone="2222-3333")
    moved = last_set(admin, one)
    admin.post("/do-not-call", {"number": "8888-7777"})
    assert marked(admin, one) == [False]
    assert admin.post(f"/changes/{moved}/undo").status_code == 200
    back = admin.get(f"/contacts/{one}").json
    assert (back["phone"], back["do_not_call"]) == ("8888-7777", True)


def test_the_listing_itself_is_taken_back_by_removing_it_and_not_by_undo(admin: Caller) -> None:
    one = contact(admin, "8888-7777")
    admin.post("/do-not-call", {"number": "8888-7777"})
    assert code(admin.post(f"/changes/{last_set(admin, one)}/undo")) == (422, "not_undoable")
    assert marked(admin, one) == [True]


def test_a_repeat_of_the_request_is_answered_alike(admin: Caller) -> None:
    first = admin.post("/do-not-call", {"number": "8888-7777"}, Idempotency_Key="n")
    again = admin.post("/do-not-call", {"number": "8888-7777"}, Idempotency_Key="n")
    assert (again.status_code, again.json) == (201, first.json)
