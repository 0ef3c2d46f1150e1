"""Nobody acts as another: what a payload says of who asks, and of what only the server decides, is not believed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from callmanager.server.edges.routing import DECLARED, Declared
from callmanager.server.storage.tables import log_head
from tests.server.matrix_calls import WAYS
from tests.server.matrix_people import PEOPLE
from tests.server.matrix_ways import PLAIN, Asked, Office
from tests.web import Web

BOSS = next(person for person in PEOPLE if person.name == "boss")
FORGED = {
    "actor": "boss",
    "actor_id": 1,
    "user": "boss",
    "user_id": 1,
    "username": "boss",
    "role": "admin",
    "id": 1,
    "version": 1,
    "seq": 1,
    "set_id": 1,
    "origin": "system",
    "created_at": "2020-01-01T00:00:00Z",
    "created_by": 1,
    "limited_to": None,
    "permissions": ["user:manage"],
    "token_version": 99,
    "service": True,
    "password_hash": "x",
    "digest": "x",
    "api_key": "x",
    "wire": "{}",
    "do_not_call": False,
    "archived_at": None,
    "merged_into": 1,
    "attempts": 0,
    "lock": None,
    "now": "2020-01-01T00:00:00Z",
    "scope": "admins",
}
IMPERSONATING = {
    "X-User": "boss",
    "X-Forwarded-User": "boss",
    "Remote-User": "boss",
    "X-Remote-User": "boss",
    "X-Role": "admin",
    "From": "boss",
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
    "Cookie": "session=boss; user=1; role=admin",
    "X-HTTP-Method-Override": "DELETE",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    web = Web(tmp_path_factory.mktemp("forgery"))
    yield Office(web)
    web.close()


def head(office: Office) -> int:
    with office.web.services.storage.read() as connection:
        return int(connection.execute(select(log_head.c.seq)).scalar_one())


def label(declared: Declared) -> str:
    return f"{declared.method} {declared.path}"


WITH_BODY = [declared for declared in DECLARED.values() if declared.body is not None]


@pytest.mark.parametrize("declared", WITH_BODY, ids=label)
def test_a_body_that_claims_what_only_the_server_decides_is_refused_whole(office: Office, declared: Declared) -> None:
    assert declared.body is not None
    way = WAYS[label(declared)]
    for name in FORGED.keys() - declared.body.model_fields.keys():
        asked = way.prepare(office, BOSS, way.kinds[0])
        before = head(office)
        answer = office.ask(
            BOSS,
            declared.method,
            declared.path,
            Asked(asked.path, asked.query, {**asked.body, name: FORGED[name]}, asked.version),
        )
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_input"), f"{name}: {answer.text}"
        assert name in answer.json["fields"]["field"]
        assert head(office) == before


@pytest.mark.parametrize(
    "declared", [d for d in DECLARED.values() if d.query is not None and d.permission is not None], ids=label
)
def test_a_query_that_claims_to_be_somebody_is_refused(office: Office, declared: Declared) -> None:
    assert declared.query is not None
    for name in {"actor_id", "user", "user_id", "role", "as"} - declared.query.model_fields.keys():
        way = WAYS.get(label(declared), PLAIN)
        asked = way.prepare(office, BOSS, way.kinds[0])
        asked.query[name] = "1"
        answer = office.ask(BOSS, declared.method, declared.path, asked)
        assert answer.status_code == 422, f"{name}: {answer.text}"


@pytest.mark.parametrize("name", IMPERSONATING)
def test_no_header_but_the_credential_says_who_asks(office: Office, name: str) -> None:
    headers = {name: IMPERSONATING[name]}
    web = office.web
    assert web.client.get("/auth/me", headers=headers).status_code == 401
    me = web.ask("agent-norte", "GET", "/auth/me", headers=headers).json
    assert (me["username"], me["role"]) == ("agent-norte", "agent")


def test_what_is_written_bears_the_name_of_the_credential(office: Office) -> None:
    contact = office.contact("own team", "agent-norte")
    for line in office.web.ask("boss", "GET", f"/contacts/{contact['id']}/history").json:
        assert line["actor"] == {"id": office.web.ids["agent-norte"], "name": "agent-norte"}


def test_a_key_that_is_limited_makes_no_key(office: Office) -> None:
    web = office.web
    manager = web.ids["manager"]
    narrow = web.make_key("manager", permissions=["api_key:own"])["api_key"]
    given = {"label": "all", "password": "clave de manager"}
    wide = web.client.post(f"/users/{manager}/api-keys", json=given, headers={"X-API-Key": narrow})
    assert (wide.status_code, wide.json["code"]) == (403, "key_makes_no_keys")


def test_an_import_row_that_names_people_or_ids_stays_the_importers(office: Office) -> None:
    row = {"phone": "71112233", "id": "1", "version": "9", "created_by": "boss", "actor": "boss", "role": "admin"}
    report = office.made("/import", "manager", json=[row])
    assert report["inserted"] == 1
    found = office.web.ask("boss", "GET", "/contacts", query_string={"phone": "7111-2233"}).json[0]
    assert found["version"] == 1
    history = office.web.ask("boss", "GET", f"/contacts/{found['id']}/history").json
    assert [line["actor"]["name"] for line in history] == ["manager"]


def test_a_token_of_another_user_cannot_be_made_from_ones_own(office: Office) -> None:
    web = office.web
    token = web.client.post("/auth/login", json={"username": "free", "password": "clave de free"}).json["token"]
    head_part, payload, seal = token.split(".")
    other = web.client.post("/auth/login", json={"username": "boss", "password": "clave de boss"}).json["token"]
    for forged in (
        f"{head_part}.{other.split('.')[1]}.{seal}",
        f"{head_part}.{payload}.",
        f"{head_part}.{payload}.AAAA",
    ):
        answer = web.client.get("/auth/me", headers={"Authorization": f"Bearer {forged}"})
        assert answer.status_code == 401
