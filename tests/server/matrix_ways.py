"""How each route is asked in the permission matrix, with a record of its own for every try."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from callmanager.domain.agent_states import AgentState
from callmanager.domain.people import SYSTEM
from callmanager.server.actions.agent_states import sign_in
from tests.server.matrix_people import OUTSIDE, Person
from tests.web import Web

MISSING = 900_000_000
TEAMS: dict[str, str | None] = {"own team": "Norte", "other team": "Sur", "shared": None}
RECORDS = (*TEAMS, "missing")
PRESENT = ("present", "missing")
_numbers = count(1)


@dataclass
class Asked:
    """One request: what goes into its path, its query, its body, its If-Match and its Lease-Token."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    version: int | None = None
    lease: int | None = None


Prepare = Callable[["Office", Person, str], Asked]


@dataclass(frozen=True)
class Way:
    """`prepare` makes what one try needs; `good` are the statuses that show the caller was let in."""

    prepare: Prepare
    kinds: tuple[str, ...] = ("",)
    good: tuple[int, ...] = (200, 201, 202)


class Office:
    """The people of the matrix at one server."""

    def __init__(self, web: Web) -> None:
        self.web = web
        web.create("manager", phone="8811-2233", name="Semilla", team_id=web.teams["Norte"])
        self.hire("lead-free", role="team_lead")
        self.hire("pending", role="admin", must_change_password=True)
        limits = {"label": "narrow", "permissions": ["contact:edit", "contact:read"]}
        web.ids["limited"] = web.ids["manager"]
        web.keys["limited"] = web.make_key("manager", **limits)["api_key"]
        self.backup = self.made("/backups")["name"]

    def hire(self, name: str, **fields: Any) -> dict[str, Any]:
        given = {"password": f"clave de {name}", "must_change_password": False, **fields}
        person = self.made("/users", username=name, **given)
        self.web.ids[name], self.web.keys[name] = person["id"], person["api_key"]
        return person

    def made(self, path: str, who: str = "boss", json: Any = None, **body: Any) -> dict[str, Any]:
        answer = self.web.ask(who, "POST", path, json=json if json is not None else body)
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        made: dict[str, Any] = answer.json
        return made

    def team_id(self, kind: str) -> int | None:
        team = TEAMS[kind]
        return None if team is None else self.web.teams[team]

    def ensure_every_team(self) -> None:
        """A contact and a campaign of each kind, so that what a list leaves out can be seen."""
        for kind in TEAMS:
            self.contact(kind)
            self.made("/campaigns", name=f"campaña {next(_numbers)}", team_id=self.team_id(kind))

    def free_everything(self) -> None:
        """Nobody holds a contact any more: each may hold five only."""
        services = self.web.services
        with services.log.write(SYSTEM, "job") as tx:
            for lease in services.leases.list_held(tx.connection):
                services.leases.end(tx, lease.contact_id, "released")

    def sit_down(self, name: str) -> None:
        """Somebody signs in at a desktop, if he has not, and is on no call, whatever an earlier try left him in."""
        services = self.web.services
        with services.log.write(SYSTEM, "job") as tx:
            sign_in(tx, services.states, self.web.ids[name])
            services.states.change(tx, self.web.ids[name], AgentState.READY)

    def contact(self, kind: str, who: str = "boss") -> dict[str, Any]:
        return self.made("/contacts", who, phone=f"8{next(_numbers):07}", team_id=self.team_id(kind))

    def ask(self, person: Person, method: str, path: str, asked: Asked) -> Any:
        """The answer to one try, from another PC."""
        for name, value in asked.path.items():
            path = path.replace(f"<int:{name}>", str(value)).replace(f"<{name}>", str(value))
        headers = {} if asked.version is None else {"If-Match": f'"{asked.version}"'}
        if asked.lease is not None:
            headers["Lease-Token"] = str(asked.lease)
        if person.role is not None:
            headers["X-API-Key"] = self.web.keys[person.name]
        how: dict[str, Any] = {"query_string": asked.query, "headers": headers, **OUTSIDE}
        if asked.body is not None:
            how["json"] = asked.body
        return self.web.client.open(path, method=method, **how)


def _nothing(_office: Office, _person: Person, _kind: str) -> Asked:
    return Asked()


def _looked_after(office: Office, _person: Person, _kind: str) -> Asked:
    """No job looks at this database: its first look is too old once the matrix has run for a while."""
    office.web.services.write_probe.run()
    return Asked()


def _body(**body: Any) -> Prepare:
    """The same body each time; {n} in a text becomes a number that was not used before."""

    def prepare(_office: Office, _person: Person, _kind: str) -> Asked:
        number = next(_numbers)
        return Asked(body={name: v.format(n=number) if isinstance(v, str) else v for name, v in body.items()})

    return prepare


def _contact(body: Any = None, *, versioned: bool = False, archived: bool = False) -> Prepare:
    def prepare(office: Office, _person: Person, kind: str) -> Asked:
        if kind == "missing":
            return Asked({"contact_id": MISSING}, body=body, version=1 if versioned else None)
        contact = office.contact(kind)
        if archived:
            office.web.ask("boss", "DELETE", f"/contacts/{contact['id']}", if_match=contact["version"])
        filled = {**body, "seq": contact["seq"]} if body and "seq" in body else body
        return Asked({"contact_id": contact["id"]}, body=filled, version=contact["version"] if versioned else None)

    return prepare


def _lock(body: Any = None, *, holder: str | None = "boss") -> Prepare:
    """A contact that `holder` has locked, or the asker himself ("")."""

    def prepare(office: Office, person: Person, kind: str) -> Asked:
        if kind == "missing":
            return Asked({"contact_id": MISSING}, body=body, lease=1)
        office.free_everything()
        path = {"contact_id": office.contact(kind)["id"]}
        if holder is None:
            return Asked(path, body=body)
        who = "manager" if person.name == holder else holder or person.name
        answer = office.web.ask(
            who if who in office.web.keys else "boss", "PUT", f"/contacts/{path['contact_id']}/lock"
        )
        return Asked(path, body=body, lease=answer.json.get("token", 1))

    return prepare


def _new_contact(office: Office, _person: Person, kind: str) -> Asked:
    return Asked(body={"phone": f"8{next(_numbers):07}", "team_id": office.team_id(kind)})


def _merge(office: Office, _person: Person, kind: str) -> Asked:
    if kind == "missing":
        return Asked(body={"keep_id": MISSING, "keep_version": 1, "merge_id": MISSING + 1, "merge_version": 1})
    keep, other = office.contact(kind), office.contact(kind)
    versions = {"keep_version": keep["version"], "merge_version": other["version"]}
    return Asked(body={"keep_id": keep["id"], "merge_id": other["id"], **versions})


def _change_set(office: Office, _person: Person, kind: str) -> Asked:
    """A set of somebody else's: the manager made a contact."""
    if kind == "missing":
        return Asked({"set_id": MISSING})
    contact = office.contact(kind, "manager")
    change = office.web.ask("boss", "GET", f"/contacts/{contact['id']}/history").json[0]
    return Asked({"set_id": change["set_id"]})


def _campaign(body: Any = None, *, versioned: bool = False) -> Prepare:
    def prepare(office: Office, _person: Person, kind: str) -> Asked:
        if kind == "missing":
            return Asked({"campaign_id": MISSING}, body=body, version=1 if versioned else None)
        made = office.made("/campaigns", name=f"campaña {next(_numbers)}", team_id=office.team_id(kind))
        return Asked({"campaign_id": made["id"]}, body=body, version=made["version"] if versioned else None)

    return prepare


def _present(name: str, make: Callable[[Office], Any], body: Any = None, *, versioned: bool = False) -> Prepare:
    """A record that is there, or not; `make` makes it or gives its id."""

    def prepare(office: Office, _person: Person, kind: str) -> Asked:
        record = make(office) if kind == "present" else MISSING
        made = record if isinstance(record, dict) else {"id": record, "version": 1}
        return Asked({name: made["id"]}, body=body, version=made["version"] if versioned else None)

    return prepare


def _keys_of(body: Any = None) -> Prepare:
    def prepare(office: Office, person: Person, kind: str) -> Asked:
        own = office.web.ids.get(person.name, office.web.ids["free"])
        other = office.web.ids["agent-sur"]
        return Asked({"user_id": {"own": own, "somebody's": other, "missing": MISSING}[kind]}, body=body)

    return prepare


def _key(office: Office, person: Person, kind: str) -> Asked:
    if kind == "missing":
        return Asked({"key_id": MISSING})
    owner = "agent-sur" if kind == "somebody's" or person.role is None else person.name
    return Asked({"key_id": office.web.make_key(owner)["id"]})


def _backup(office: Office, _person: Person, kind: str) -> Asked:
    return Asked({"name": office.backup if kind == "present" else "contacts_backup_20200101_000000.db"})


def _rows(office: Office, _person: Person, _kind: str) -> Asked:
    del office
    return Asked(body=[{"phone": f"7{next(_numbers):07}"}])


def _register(office: Office, person: Person, kind: str) -> Asked:
    rows = _rows(office, person, kind)
    return Asked(query={"source": f"registro {next(_numbers)}"}, body=rows.body)


def _load(office: Office) -> dict[str, Any]:
    source, rows = f"registro-{next(_numbers)}", [{"phone": f"7{next(_numbers):07}"}]
    found: dict[str, Any] = office.made(f"/do-not-call/registers?source={source}", json=rows)
    return found


def _since(office: Office, person: Person, _kind: str) -> Asked:
    who = "boss" if person.reach("sync:read") == "-" or person.pending else person.name
    snapshot = office.web.ask(who, "GET", "/sync/snapshot").json
    return Asked(query={"epoch": snapshot["epoch"], "since": snapshot["to"], "sight": snapshot["sight"]})


def _imported(office: Office) -> dict[str, Any]:
    report = office.made("/import", json=[{"phone": f"7{next(_numbers):07}"}])
    return {"id": report["import_id"], "version": 1}


def _team(office: Office) -> dict[str, Any]:
    return office.made("/teams", name=f"equipo {next(_numbers)}")


def _user(office: Office) -> dict[str, Any]:
    return office.made("/users", username=f"u{next(_numbers)}", password="una clave larga 9", role="agent")


def _number(office: Office) -> dict[str, Any]:
    return office.made("/do-not-call", number=f"6{next(_numbers):07}")


def _disposition(office: Office) -> dict[str, Any]:
    found: dict[str, Any] = office.web.ask("boss", "GET", "/dispositions/2").json
    return found


def _mapping(office: Office) -> dict[str, Any]:
    return office.made("/import-mappings", name=f"lista {next(_numbers)}", columns={"tel": "phone"})


def _agent(body: Any = None) -> Prepare:
    """Somebody signed in at a desktop: of the kind's team, or of none."""

    def prepare(office: Office, _person: Person, kind: str) -> Asked:
        if kind == "missing":
            return Asked({"user_id": MISSING}, body=body)
        name = {"own team": "agent-norte", "other team": "agent-sur", "shared": "free"}[kind]
        office.sit_down(name)
        return Asked({"user_id": office.web.ids[name]}, body=body)

    return prepare


def _seated(body: Any) -> Prepare:
    """The asker himself, signed in at a desktop."""

    def prepare(office: Office, person: Person, _kind: str) -> Asked:
        if person.role is not None:
            office.sit_down(person.name)
        return Asked(body=body)

    return prepare


_WRONG = {"old_password": "x", "new_password": "una clave", "confirm_password": "otra clave"}
_KEY_KINDS = ("own", "somebody's", "missing")

WAYS: dict[str, Way] = {
    "PUT /agents/me/state": Way(_seated({"state": "ready"})),
    "PUT /agents/<int:user_id>/state": Way(_agent({"state": "not_ready", "reason": "lunch", "why": "la una"}), RECORDS),
    "GET /agents/<int:user_id>/day": Way(_agent(), RECORDS),
    "POST /auth/login": Way(_body(username="boss", password="clave de boss")),
    "POST /auth/logout": Way(_nothing),
    "POST /auth/change-password": Way(_body(**_WRONG), good=(422,)),  # let in, and told that the two differ
    "POST /backups": Way(_nothing),
    "POST /backups/<name>/verify": Way(_backup, PRESENT),
    "POST /campaigns": Way(_body(name="campaña {n}")),
    "GET /campaigns/<int:campaign_id>": Way(_campaign(), RECORDS),
    "PATCH /campaigns/<int:campaign_id>": Way(_campaign({"active": False}, versioned=True), RECORDS),
    "POST /changes/<int:set_id>/undo": Way(_change_set, RECORDS),
    "POST /contacts": Way(_new_contact, tuple(TEAMS)),
    "POST /contacts/merge": Way(_merge, RECORDS),
    "GET /contacts/<int:contact_id>": Way(_contact(), RECORDS),
    "PATCH /contacts/<int:contact_id>": Way(_contact({"note": "x"}, versioned=True), RECORDS),
    "DELETE /contacts/<int:contact_id>": Way(_contact(versioned=True), RECORDS),
    "POST /contacts/<int:contact_id>/restore": Way(_contact(archived=True), RECORDS),
    "GET /contacts/<int:contact_id>/history": Way(_contact(), RECORDS),
    "POST /contacts/<int:contact_id>/restore-value": Way(
        _contact({"seq": 1, "field": "status", "to": "new"}, versioned=True), RECORDS
    ),
    "PUT /contacts/<int:contact_id>/lock": Way(_lock({"purpose": "call"}, holder=None), RECORDS),
    "DELETE /contacts/<int:contact_id>/lock": Way(_lock(holder=""), RECORDS),
    "POST /contacts/<int:contact_id>/lock/request": Way(_lock(), RECORDS),
    "POST /contacts/<int:contact_id>/lock/take-over": Way(_lock({"reason": "se fue"}), RECORDS),
    "GET /dispositions": Way(_nothing),
    "GET /health/ready": Way(_looked_after),
    "POST /dispositions": Way(_body(code="PROPIO_{n}", name="Propio {n}")),
    "GET /dispositions/<int:disposition_id>": Way(_present("disposition_id", _disposition), PRESENT),
    "PATCH /dispositions/<int:disposition_id>": Way(
        _present("disposition_id", _disposition, {"ask_below_seconds": 5}, versioned=True), PRESENT
    ),
    "POST /do-not-call": Way(_body(number="6{n:07}")),
    "DELETE /do-not-call/<int:number_id>": Way(_present("number_id", _number), PRESENT),
    "POST /do-not-call/registers": Way(_register),
    "GET /do-not-call/loads/<int:load_id>": Way(_present("load_id", _load), PRESENT),
    "POST /do-not-call/loads/<int:load_id>/undo": Way(_present("load_id", _load), PRESENT),
    "POST /import": Way(_rows),
    "POST /import/preview": Way(_rows),
    "GET /imports/<int:import_id>": Way(_present("import_id", _imported), PRESENT),
    "GET /imports/<int:import_id>/rejected.csv": Way(_present("import_id", _imported), PRESENT),
    "GET /imports/<int:import_id>/remarks.csv": Way(_present("import_id", _imported), PRESENT),
    "POST /imports/<int:import_id>/cancel": Way(_present("import_id", _imported), PRESENT, good=(409,)),  # has ended
    "POST /imports/<int:import_id>/undo": Way(_present("import_id", _imported), PRESENT),
    "POST /import-mappings": Way(
        lambda _office, _person, _kind: Asked(body={"name": f"lista {next(_numbers)}", "columns": {"tel": "phone"}})
    ),
    "DELETE /import-mappings/<int:mapping_id>": Way(_present("mapping_id", _mapping), PRESENT),
    "GET /sync/changes": Way(_since),
    "POST /teams": Way(_body(name="equipo {n}")),
    "GET /teams/<int:team_id>": Way(_present("team_id", _team), PRESENT),
    "PATCH /teams/<int:team_id>": Way(_present("team_id", _team, {"archived": True}, versioned=True), PRESENT),
    "POST /users": Way(_body(username="u{n}", password="una clave larga 9", role="admin")),
    "GET /users/<int:user_id>": Way(_present("user_id", _user), PRESENT),
    "PATCH /users/<int:user_id>": Way(_present("user_id", _user, {"role": "admin"}, versioned=True), PRESENT),
    "POST /users/<int:user_id>/close-sessions": Way(_present("user_id", _user, {"keep_keys": False}), PRESENT),
    "GET /users/<int:user_id>/api-keys": Way(_keys_of(), _KEY_KINDS),
    "POST /users/<int:user_id>/api-keys": Way(_keys_of({"label": "another"}), _KEY_KINDS, good=(403,)),  # by a key
    "DELETE /api-keys/<int:key_id>": Way(_key, _KEY_KINDS),
}
"""A GET without a variable in its path needs no entry; everything else does, and a test says so."""

PLAIN = Way(_nothing)
