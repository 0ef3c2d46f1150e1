"""Whatever is sent to whatever route, the answer is never a fault of the server, and every refusal is a problem."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from callmanager.server.edges.routing import DECLARED, Declared
from tests.server.matrix_calls import WAYS
from tests.server.matrix_people import PEOPLE
from tests.server.matrix_ways import PLAIN, Asked, Office
from tests.web import LOCAL, Web

BOSS = next(person for person in PEOPLE if person.name == "boss")
HUGE = 10**40
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{nope",
    "cut off": b'{"name": "An',
    "null": b"null",
    "a list": b"[]",
    "a number": b"1e999",
    "not a number": b'{"phone": NaN, "limit": Infinity}',
    "a lone surrogate": b'{"name": "\\ud800", "username": "\\udfff", "phone": "\\ud800"}',
    "a NUL": b'{"name": "a\\u0000b", "phone": "8888\\u00007777", "username": "a\\u0000", "label": "\\u0000"}',
    "broken UTF-8": b'{"name": "\xff\xfe", "phone": "88887777"}',
    "UTF-16": '{"name": "Ana"}'.encode("utf-16"),
    "a huge number": b'{"team_id": %d, "user_id": %d, "seq": %d}' % (HUGE, HUGE, HUGE),
    "a negative number": b'{"team_id": -1, "campaign_id": -9223372036854775809}',
    "the same name twice": b'{"name": "a", "name": "b"}',
    "deep": b'{"extra": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "deep objects": b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
    "wrong kinds": b'{"name": 1, "phone": {}, "extra": [], "username": [], "password": null, "columns": 3}',
    "a long name": b'{"name": "' + b"x" * 90_000 + b'"}',
    "a form": b"name=Ana&phone=88887777",
}
MEDIA_TYPES = (
    *("text/xml", "image/png", "application/json; charset=utf-7", "multipart/form-data", "a", ";;;", ""),
    *("multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/octet-stream"),
)
QUERIES = (
    *("limit=1&limit=2", "limit=99999999999999999999999999", "limit=-1", "limit=1e3", "cursor=%00", "cursor=%ff%fe"),
    *(
        "cursor=AAAA",
        "cursor=W10",
        "q=%00",
        "q=%ed%a0%80",
        "q=%",
        "sort=name'--",
        "since=-1",
        "since=NaN",
        "since=1e400",
    ),
    *("since=9999-12-31T23:59:59-23:59", "since=0001-01-01T00:00:00%2B14:00", "updated_since=%00", "=", "&&&", "a[]=1"),
    *("updated_since=9999-12-31T23:59:59-12:00", "epoch=%00&since=0", "phone=%ed%b0%80", f"record={HUGE}"),
    "x" * 20_000,
)
PATHS = (
    *(
        "0",
        "-1",
        "1.5",
        "1e3",
        f"{HUGE}",
        f"{2**63}",
        f"{2**31}",
        "%00",
        "%2e%2e%2f",
        "..%5c..",
        "٣",
        "1;2",
        "1%20",
        "x" * 9_000,
    ),
    *("%ff", "%ed%a0%80", "01", "+1", "1/", "null"),
)
HEADERS = (
    *({"If-Match": value} for value in ("", "*", '"', "-1", '"99999999999999999999"', '"1", "2"', "W/", "\xff", "1.5")),
    *({"If-None-Match": value} for value in ("", "*", '"1", W/"2"', "\xff")),
    *({"Idempotency-Key": value} for value in ("", " ", "\xff", "x" * 5_000)),
    *(
        {"Accept-Language": value}
        for value in ("", "*", "es;q=nan", "xx-" * 3_000, ";;,;q=", "\xff", "en;q=-1,es;q=1e99")
    ),
    *({"Accept": value} for value in ("text/html", "", "*/*;q=0")),
    *({"Authorization": value} for value in ("Bearer", "Bearer ", "Basic YTpi", "eyJ", "Bearer eyJ.e.x", "\xff" * 50)),
    *({"X-API-Key": value} for value in ("cm_", "cm__", "cm_x_y", "\xff", "x" * 9_000)),
    *({"Range": "bytes=0-1"}, {"Expect": "100-continue"}, {"Content-Encoding": "gzip"}, {"Upgrade": "websocket"}),
    *({"Origin": value} for value in ("null", "http://evil.example", "http://[", "", "http://127.0.0.1:x")),
)
SHARES = 6
SLOW = {"POST /backups", "GET /audit/verify"}
"""They look through the whole database each time; what reads their headers is the same code as everywhere."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    web = Web(tmp_path_factory.mktemp("malformed"))
    yield Office(web)
    web.close()


def label(declared: Declared) -> str:
    return f"{declared.method} {declared.path}"


def good_request(office: Office, declared: Declared) -> Asked:
    """What makes a good request of this route by an administrator."""
    way = WAYS.get(label(declared), PLAIN)
    return way.prepare(office, BOSS, way.kinds[0])


def ask(office: Office, declared: Declared, asked: Asked, what: str, **how: Any) -> None:
    """Ask as an administrator; `how` says what is not as in the good request `asked`."""
    path = how.pop("path", None) or filled(declared, asked)
    headers = {"X-API-Key": office.web.keys["boss"], **how.pop("headers", {})}
    if asked.version is not None:
        headers.setdefault("If-Match", f'"{asked.version}"')
    if "data" not in how and asked.body is not None:
        how["json"] = asked.body
    how.setdefault("query_string", asked.query)
    check(office.web.client.open(path, method=declared.method, headers=headers, base_url=LOCAL, **how), what)


def filled(declared: Declared, asked: Asked) -> str:
    path = declared.path
    for name, value in asked.path.items():
        path = path.replace(f"<int:{name}>", str(value)).replace(f"<{name}>", str(value))
    return path


def check(answer: Any, what: str) -> None:
    # No job looks at this database, and a slow PC may take longer for all of this than its last look is good for.
    stale = answer.status_code == 503 and answer.json["code"] == "probe_stale"
    assert stale or answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:300]}"
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json", f"{what}: {answer.mimetype}"
        problem = answer.json
        assert {"type", "title", "status", "detail", "code", "fields", "request_id"} == problem.keys()
        assert problem["status"] == answer.status_code
        assert "Traceback" not in answer.text
        assert ".py" not in answer.text


@pytest.mark.parametrize("declared", [d for d in DECLARED.values() if d.method != "GET"], ids=label)
def test_any_body_is_answered(office: Office, declared: Declared) -> None:
    asked = good_request(office, declared)
    for name, body in BODIES.items():
        for media_type in ("application/json", "application/x-www-form-urlencoded"):
            ask(office, declared, asked, name, data=body, content_type=media_type)
    for media_type in MEDIA_TYPES:
        ask(office, declared, asked, media_type, data=b'{"name": "Ana"}', content_type=media_type)


@pytest.mark.parametrize("declared", [d for d in DECLARED.values() if d.query is not None], ids=label)
def test_any_query_is_answered(office: Office, declared: Declared) -> None:
    asked = good_request(office, declared)
    for query in QUERIES:
        ask(office, declared, asked, query[:80], query_string=query)


@pytest.mark.parametrize("declared", [d for d in DECLARED.values() if "<" in d.path], ids=label)
def test_any_path_is_answered(office: Office, declared: Declared) -> None:
    asked = good_request(office, declared)
    start, _, rest = declared.path.partition("<")
    for text in PATHS:
        ask(office, declared, asked, text[:80], path=start + text + rest.partition(">")[2])


READ_WITH_HEADERS = [d for d in DECLARED.values() if label(d) not in SLOW]


@pytest.mark.parametrize("declared", READ_WITH_HEADERS, ids=label)
def test_any_header_is_answered(office: Office, declared: Declared) -> None:
    """The same code reads them everywhere: each route is sent its share of them, each of them goes to many routes."""
    send_headers(office, declared, HEADERS[READ_WITH_HEADERS.index(declared) % SHARES :: SHARES])


@pytest.mark.long
def test_every_header_is_answered_by_every_route(office: Office) -> None:
    for declared in READ_WITH_HEADERS:
        send_headers(office, declared, HEADERS)


def send_headers(office: Office, declared: Declared, several: Iterable[dict[str, str]]) -> None:
    asked = good_request(office, declared)
    for headers in several:
        ask(office, declared, asked, f"{label(declared)} {headers}"[:120], headers=headers)


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "X" * 500, "CONNECT"]
)
def test_any_method_at_any_address_is_answered(office: Office, method: str) -> None:
    for path in {declared.path for declared in DECLARED.values()} | {"/", "//", "/%00", "/" + "a/" * 2_000}:
        check(office.web.client.open(path, method=method, base_url=LOCAL), f"{method[:10]} {path[:80]}")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "[",
        "[::1",
        "evil.example",
        "x" * 400,
        "127.0.0.1:99999999",
        "127.0.0.1:x",
        "\xff",
        "<b>",
        "a@b",
        "127.0.0.1/x",
    ],
)
def test_a_name_that_is_not_ours_is_refused_and_not_a_fault(office: Office, host: str) -> None:
    for path in ("/health", "/docs", "/contacts", "/nowhere"):
        answer = office.web.client.get(path, headers={"Host": host})
        check(answer, host)
        assert answer.status_code in (400, 403), f"{host} {path}: {answer.status_code}"
