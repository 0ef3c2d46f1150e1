"""Every route, asked by everyone, about records of every kind; what is right is worked out apart from the code."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from flask import Flask

from callmanager.domain.people import Role
from callmanager.domain.permissions import ROLES as PROGRAM_ROLES
from callmanager.domain.permissions import Permission
from callmanager.server.edges.routing import DECLARED, Declared, Routes
from tests.server.matrix_calls import WAYS
from tests.server.matrix_people import PEOPLE, REACHES, Person
from tests.server.matrix_ways import PLAIN, TEAMS, Asked, Office, Way
from tests.web import Web

FORBIDDEN = (403,)
NOT_FOUND = (404,)
EXPORTS = ("call:export", "contact:export")
SPOKEN = {"own": "own", "home": "home", "team": "team", "team_or_shared": "ts", "all": "all"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    web = Web(tmp_path_factory.mktemp("matrix"))
    yield Office(web)
    web.close()


def label(declared: Declared) -> str:
    return f"{declared.method} {declared.path}"


def way_of(declared: Declared) -> Way:
    return WAYS.get(label(declared), PLAIN)


def expected(person: Person, declared: Declared, kind: str) -> tuple[int, ...]:
    """The statuses that are right for one cell."""
    good = way_of(declared).good
    if declared.permission is None:
        return good
    if person.role is None:
        return (401,)
    if person.pending:
        return good if declared.before_password_change else FORBIDDEN
    permission = declared.permission.value
    if person.reach(permission) == "-":
        return FORBIDDEN
    return _expected_of_record(person, declared, permission, kind) or good


def _expected_of_record(person: Person, declared: Declared, permission: str, kind: str) -> tuple[int, ...] | None:
    """What the record asks beyond the permission itself; None when it is the caller's to touch."""
    if permission == "api_key:own" and declared.method == "POST":
        return FORBIDDEN  # a key makes no keys, whoever's it is
    if kind in ("somebody's", "missing") and permission == "api_key:own" and person.role != "admin":
        return NOT_FOUND if declared.method == "DELETE" else FORBIDDEN
    if kind == "missing":
        return NOT_FOUND
    if kind in TEAMS:
        return _expected_of_team(person, declared, permission, TEAMS[kind])
    if permission in EXPORTS and person.reach(permission) == "team" and person.team is None:
        return FORBIDDEN
    return None


def _expected_of_team(person: Person, declared: Declared, permission: str, team: str | None) -> tuple[int, ...] | None:
    if declared.path != "/contacts" and not person.sees(team):
        return NOT_FOUND
    needed = "change:undo_others" if permission == "change:undo_own" else permission
    return None if person.touches(needed, team) else FORBIDDEN


def cells() -> Iterator[tuple[Declared, Person, str]]:
    for declared in DECLARED.values():
        for person in PEOPLE:
            for kind in way_of(declared).kinds:
                yield declared, person, kind


@pytest.mark.parametrize("declared", DECLARED.values(), ids=label)
def test_every_route_lets_in_exactly_whom_the_table_says(office: Office, declared: Declared) -> None:
    wrong = []
    for person in PEOPLE:
        for kind in way_of(declared).kinds:
            asked: Asked = way_of(declared).prepare(office, person, kind)
            answer = office.ask(person, declared.method, declared.path, asked)
            right = expected(person, declared, kind)
            if answer.status_code not in right:
                wrong.append(f"{person.name}, {kind or 'any'}: {answer.status_code}, not {right}: {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("person", [p for p in PEOPLE if p.role and not p.pending], ids=lambda person: person.name)
@pytest.mark.parametrize(
    "path", ["/contacts", "/contacts?limit=5000", "/contacts?sort=-name", "/campaigns", "/export?format=json"]
)
def test_a_list_holds_all_that_the_caller_sees_and_nothing_else(office: Office, person: Person, path: str) -> None:
    office.ensure_every_team()
    names = {team_id: name for name, team_id in office.web.teams.items()} | {None: None}
    address, _, query = path.partition("?")
    answer = office.ask(person, "GET", address, Asked(query=dict(parse_qsl(query))))
    if answer.status_code == 403:
        return  # the matrix says for whom this is right
    visible = {team for team in ("Norte", "Sur", None) if person.sees(team)}
    if path.startswith("/export") and person.reach("contact:export") == "team":
        visible = {person.team}
    assert {names[record["team_id"]] for record in answer.json} == visible


@pytest.mark.parametrize("person", [p for p in PEOPLE if p.role and not p.pending], ids=lambda person: person.name)
def test_a_snapshot_and_the_log_hold_only_what_the_caller_sees(office: Office, person: Person) -> None:
    office.ensure_every_team()
    seen = {team for team in ("Norte", "Sur", None) if person.sees(team)}
    names = {team_id: name for name, team_id in office.web.teams.items()} | {None: None}
    if person.reach("sync:read") != "-":
        records = office.ask(person, "GET", "/sync/snapshot", Asked()).json["records"]
        assert {names[contact["team_id"]] for contact in records["contact"]} == seen
    if person.reach("change:read") != "-":
        changes = office.ask(person, "GET", "/changes", Asked(query={"limit": 1000})).json
        for change in changes:
            for team_id in change["fields"].get("team_id", []) if change["entity"] == "contact" else []:
                assert names[team_id] in seen | {None}
        assert person.role == "admin" or not {c["entity"] for c in changes} & {"user", "session", "api_key", "import"}


def test_the_matrix_is_as_large_as_it_seems() -> None:
    assert len(list(cells())) > 700
    assert {person.role for person in PEOPLE} == {None, *Role}


def test_the_table_of_the_tests_is_the_table_of_the_program() -> None:
    ours = {p.value: {r.value: SPOKEN.get(PROGRAM_ROLES[r].get(p, ""), "-") for r in Role} for p in Permission}
    assert ours == REACHES


def test_every_route_of_the_application_declared_itself(office: Office) -> None:
    app: Flask = office.web.client.application
    registered = {
        (rule.endpoint, rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert registered == {(endpoint, declared.path, declared.method) for endpoint, declared in DECLARED.items()}


@pytest.mark.parametrize("declared", DECLARED.values(), ids=label)
def test_every_route_that_changes_or_names_something_is_tried_with_a_real_record(declared: Declared) -> None:
    if declared.method != "GET" or "<" in declared.path:
        assert label(declared) in WAYS, "say in matrix_ways.py how this route is asked"


def test_every_way_leads_to_a_route() -> None:
    assert set(WAYS) <= {label(declared) for declared in DECLARED.values()}


def test_a_route_cannot_be_registered_without_a_permission() -> None:
    routes = Routes("nowhere")
    with pytest.raises(TypeError, match="permission"):
        routes.route_for("GET", "/nowhere", answers={200: None})  # type: ignore[call-arg]
