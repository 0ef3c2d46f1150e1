"""What every answer of the API has in common: headers, entity tags, links to the next page, methods and addresses."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web import Web

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/contacts", 200),
        ("GET", "/contacts/1", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/contacts", 405),
        ("OPTIONS", "/contacts", 200),
        ("HEAD", "/contacts?limit=1", 200),
        ("POST", "/contacts", 422),
    ],
)
def test_every_answer_bears_the_same_fences_once(web: Web, method: str, path: str, status: int) -> None:
    answer = web.ask("boss", method, path)
    assert answer.status_code == status
    for name, value in ALWAYS.items():
        assert answer.headers.getlist(name) == [value]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert len(answer.headers.getlist("X-Request-Id")) == 1


def test_a_style_sheet_may_be_kept_and_says_so_once(web: Web) -> None:
    assert web.client.get("/docs/style.css").headers.getlist("Cache-Control") == ["max-age=3600"]


@pytest.mark.parametrize("held", ['"1"', '"7", "1"', 'W/"1"', "*"])
def test_a_reader_who_has_the_version_is_told_so_and_sent_nothing(web: Web, held: str) -> None:
    contact = web.create()
    answer = web.ask("boss", "GET", f"/contacts/{contact['id']}", headers={"If-None-Match": held})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"1"')


@pytest.mark.parametrize("held", ['"2"', "1", "", '"11"'])
def test_a_reader_who_has_another_version_is_sent_the_record(web: Web, held: str) -> None:
    contact = web.create()
    answer = web.ask("boss", "GET", f"/contacts/{contact['id']}", headers={"If-None-Match": held})
    assert (answer.status_code, answer.json["version"]) == (200, 1)


def test_a_write_is_never_answered_with_not_modified(web: Web) -> None:
    contact = web.create()
    how = {"json": {"note": "x"}, "headers": {"If-Match": '"1"', "If-None-Match": '"2"'}}
    answer = web.ask("boss", "PATCH", f"/contacts/{contact['id']}", **how)
    assert (answer.status_code, answer.json["version"]) == (200, 2)


def test_a_record_that_is_not_the_callers_gives_no_hint_of_its_version(web: Web) -> None:
    contact = web.create(team_id=web.teams["Sur"])
    answer = web.ask("agent-norte", "GET", f"/contacts/{contact['id']}", headers={"If-None-Match": "*"})
    assert answer.status_code == 404
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("number", ["0", "999999999999999", "9" * 15, "9" * 16, "9" * 60, "-1", "1.0", "%D9%A3", "1e3"])
def test_an_address_that_names_no_record_is_not_found(web: Web, number: str) -> None:
    for path in (f"/contacts/{number}", f"/teams/{number}", f"/users/{number}"):
        assert web.ask("boss", "GET", path).status_code == 404


def test_a_method_that_an_address_does_not_take_names_those_that_it_takes(web: Web) -> None:
    answer = web.client.put("/contacts")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_head_tells_the_same_as_get_without_the_body(web: Web) -> None:
    contact = web.create()
    full = web.ask("boss", "GET", f"/contacts/{contact['id']}")
    head = web.ask("boss", "HEAD", f"/contacts/{contact['id']}")
    assert head.data == b""
    for name in ("ETag", "Content-Type", "Content-Length"):
        assert head.headers[name] == full.headers[name]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "1"},
        {"limit": "1", "q": "ana mora"},
        {"limit": "1", "q": 'ana>; rel="prev"'},
        {"limit": "1", "q": "añ&=%#+"},
        {"limit": "1", "sort": "-name"},
    ],
)
def test_links_lead_through_the_whole_list_with_the_same_question(web: Web, query: dict[str, str]) -> None:
    text = query.get("q", "")
    made = {web.create(name=f"{text} {number}", phone=f"8888000{number}")["id"] for number in range(3)}
    found, path, asked = [], "/contacts", dict(query)
    for _page in range(5):
        answer = web.ask("boss", "GET", path, query_string=asked)
        found += [contact["id"] for contact in answer.json]
        if "Link" not in answer.headers:
            break
        address, _, rest = answer.headers["Link"].removeprefix("<").partition(">")
        assert rest == '; rel="next"'
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        assert {**query, "cursor": asked["cursor"]} == asked
    assert sorted(found) == sorted(made)


@pytest.mark.parametrize("key", ["", " ", "a b", "ñ", "x" * 201, "a\tb"])
def test_a_name_of_a_request_that_cannot_be_one_is_refused_before_anything_is_done(web: Web, key: str) -> None:
    answer = web.ask("boss", "POST", "/contacts", json={"phone": "8888-7777"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_invalid")
    assert web.ask("boss", "GET", "/contacts?limit=5").json == []


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "https://127.0.0.1:1"]
)
def test_pages_of_other_sites_are_sent_nothing(web: Web, origin: str) -> None:
    for path in ("/contacts", "/health", "/docs", "/openapi.json"):
        answer = web.ask("boss", "GET", path, headers={"Origin": origin})
        assert (answer.status_code, answer.json["code"]) == (403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_language_of_a_problem_is_the_callers(web: Web) -> None:
    for wanted, given in (("en", "en"), ("es-CR,en;q=0.5", "es"), ("fr", "es"), (None, "es")):
        answer = web.client.get("/nowhere", headers={"Accept-Language": wanted} if wanted else {})
        assert answer.headers["Content-Language"] == given
