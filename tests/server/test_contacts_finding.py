"""Searching, filtering and paging contacts."""

import pytest

from callmanager.server.actions import contacts
from tests.web import Web


def names(web: Web, query: str, who: str = "manager") -> list[str]:
    answer = web.ask(who, "GET", f"/contacts?{query}")
    assert answer.status_code == 200, answer.text
    return [contact["name"] for contact in answer.json]


@pytest.mark.parametrize(
    "query",
    [
        "alvaro",
        "ÁLVARO",
        "munoz",
        "muñoz",
        "varo mu",
        "8812",
        "123456",
        "50688",
        "+506 8812",
        "88 12 34",
        "al",
        "ñ",
        "acme",
    ],
)
def test_people_find_a_contact_by_any_part_of_it_without_accents(web: Web, query: str) -> None:
    web.create(name="Álvaro Muñoz", phone="8812-3456", company="ACME")
    web.create(name="Beto Solís", phone="2217-9878")
    assert names(web, f"limit=10&q={query.replace('+', '%2B')}") == ["Álvaro Muñoz"]


@pytest.mark.parametrize("query", ['"', "%", "_", "*", "a OR b", "NEAR(", "'; DROP TABLE", "\\", "%00x", "-", "()"])
def test_signs_in_a_search_are_only_signs(web: Web, query: str) -> None:
    web.create(name="Álvaro Muñoz")
    assert web.ask("manager", "GET", "/contacts", query_string={"q": query, "limit": 10}).status_code == 200


def test_a_search_never_leaves_what_one_may_see(web: Web) -> None:
    web.create(name="Visible Pérez", team_id=web.teams["Norte"])
    web.create(name="Oculta Pérez", team_id=web.teams["Sur"])
    assert names(web, "q=perez&limit=10", "agent-norte") == ["Visible Pérez"]


def test_what_changes_is_found_by_its_new_words_only(web: Web) -> None:
    contact = web.create(name="Antes", phone="8812-3456")
    web.edit("manager", contact, name="Después", phone="8700-1111")
    assert names(web, "q=antes&limit=5") == []
    assert names(web, "q=8812&limit=5") == []
    assert names(web, "q=despues&limit=5") == ["Después"]
    assert names(web, "phone=8700%201111&limit=5") == ["Después"]


def test_a_number_is_found_in_any_spelling_and_in_any_place(web: Web) -> None:
    web.ask("manager", "POST", "/contacts", json={"name": "Ana", "phones": ["2217-9878", "8812-3456"]})
    for spelling in ("8812-3456", "+50688123456", "00506 8812 3456", "(506)88123456"):
        assert names(web, "limit=5&phone=" + spelling.replace("+", "%2B")) == ["Ana"]


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "updated_at", "-updated_at"])
def test_pages_hold_every_contact_once_also_while_others_are_made(web: Web, sort: str) -> None:
    for number in range(25):
        web.create(name=f"Ana {number % 7}", phone=f"8800-{number:04d}")
    seen: list[int] = []
    path = f"/contacts?sort={sort}&limit=4"
    while path:
        answer = web.ask("manager", "GET", path)
        seen += [contact["id"] for contact in answer.json]
        if len(seen) == 8:
            web.create(name="Ana 3", phone="8900-0000")
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else ""
    assert len(seen) == len(set(seen))
    assert set(range(1, 26)) <= set(seen)


def test_names_are_sorted_as_in_a_spanish_dictionary(web: Web) -> None:
    for name in ("Oscar", "Nuria", "Ñato", "Ángel", "Andrés", "ana"):
        web.create(name=name)
    assert names(web, "sort=name&limit=10") == ["ana", "Andrés", "Ángel", "Nuria", "Ñato", "Oscar"]


def test_filters_combine(web: Web) -> None:
    norte = web.teams["Norte"]
    web.create(name="uno", status="NC", team_id=norte)
    web.create(name="dos", status="NC")
    web.create(name="tres", team_id=norte, assigned_to=web.ids["agent-norte"])
    assert names(web, "status=NC&limit=9") == ["uno", "dos"]
    assert names(web, f"status=NC&team_id={norte}&limit=9") == ["uno"]
    assert names(web, "team_id=0&limit=9") == ["dos"]
    assert names(web, "assigned_to=0&limit=9") == ["uno", "dos"]
    assert names(web, f"assigned_to={web.ids['agent-norte']}&limit=9") == ["tres"]


def test_contacts_without_a_campaign_or_a_valid_phone_are_found(web: Web) -> None:
    campaign = web.ask("boss", "POST", "/campaigns", json={"name": "Otoño"}).json["id"]
    web.create(name="uno", campaign_id=campaign)
    web.create(name="dos", phone="12345")
    assert names(web, f"campaign_id={campaign}&limit=9") == ["uno"]
    assert names(web, "campaign_id=0&limit=9") == ["dos"]
    assert names(web, "phone_valid=0&limit=9") == ["dos"]
    assert names(web, "phone_valid=1&limit=9") == ["uno"]


@pytest.mark.parametrize("query", ["cursor=basura", "cursor=WzFd", "limit=0", "limit=99999", "sort=phone", "nada=1"])
def test_a_wrong_query_is_refused(web: Web, query: str) -> None:
    assert web.ask("manager", "GET", f"/contacts?{query}").status_code == 422


def test_a_cursor_of_another_order_is_refused(web: Web) -> None:
    for number in range(3):
        web.create(name=f"Ana {number}", phone=f"8800-000{number}")
    link = web.ask("manager", "GET", "/contacts?limit=2&sort=name").headers["Link"]
    cursor = link.split("cursor=")[1].split(">")[0]
    answer = web.ask("manager", "GET", f"/contacts?limit=2&sort=-id&cursor={cursor}")
    assert (answer.status_code, answer.json["code"]) == (422, "cursor_invalid")


def test_without_limit_every_contact_comes(web: Web) -> None:
    with web.services.log.write(web.services.identities.by_username("boss").actor, "api") as tx:
        for number in range(1_203):
            contacts.create(tx, {"phone": f"8{number:07d}"}, region="CR")
    everything = web.ask("manager", "GET", "/contacts").json
    assert [contact["id"] for contact in everything] == list(range(1, 1_204))
