"""How each route of calls is asked in the permission matrix."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text, update

from callmanager.domain.clock import to_wire
from callmanager.domain.people import SYSTEM
from callmanager.server.changes.entities import CALL
from callmanager.server.storage.calls import calls
from tests.server import matrix_ways
from tests.server.matrix_people import Person
from tests.server.matrix_ways import MISSING, RECORDS, TEAMS, Asked, Office, Prepare, Way

_ONE_STEP = {"steps": [{"state": "ringing", "confidence": "observed"}]}


def _caller(office: Office, person: Person, kind: str) -> str:
    """The asker himself where he may call such a contact, else somebody who sees them all."""
    known = person.role is not None and not person.pending and person.only is None
    return person.name if known and person.touches("call:make", TEAMS[kind]) else "boss"


def _end_everything(office: Office) -> None:
    """Nobody is on a call, nor owes an outcome."""
    office.free_everything()
    undialled = {"dialing_at": None, "ringing_at": None, "connected_at": None}
    over = {**undialled, "ended_at": calls.c.requested_at, "state": "ended", "cause": "failed", "result": "failed"}
    with office.web.services.storage.write() as connection:
        connection.execute(text("DELETE FROM leases"))
        connection.execute(update(calls).where(calls.c.dispositioned_at.is_(None)).values(over))


def _held(office: Office, person: Person, kind: str) -> tuple[dict[str, Any], int]:
    """A contact of that kind and the token of whoever holds it."""
    _end_everything(office)
    contact = office.contact(kind)
    who = _caller(office, person, kind)
    answer = office.web.ask(who, "PUT", f"/contacts/{contact['id']}/lock")
    assert answer.status_code == 200, answer.text
    return contact, answer.json["token"]


def _new_call(office: Office, person: Person, kind: str) -> Asked:
    contact = {"id": MISSING, "phone": "8888-0000"}
    token = 1
    if kind != "missing":
        contact, token = _held(office, person, kind)
    body = {"contact_id": contact["id"], "lease_token": token, "number": contact["phone"], "driver": "simulated"}
    return Asked(body=body)


def _logged(office: Office, _person: Person, kind: str) -> Asked:
    _end_everything(office)
    contact = {"id": MISSING, "phone": "8888-0000"} if kind == "missing" else office.contact(kind)
    started = office.web.services.clock.now() - timedelta(minutes=1)
    body = {"contact_id": contact["id"], "number": contact["phone"], "started_at": to_wire(started)}
    return Asked(body={**body, "talk_seconds": None, "disposition": "NC"})


def _call(body: Any = None, *, ended: bool = False, disposed: bool = False) -> Prepare:
    """A call of the asker's to a contact of that kind; of somebody else's where he may not call such contacts."""

    def prepare(office: Office, person: Person, kind: str) -> Asked:
        if kind == "missing":
            return Asked({"call_id": MISSING}, body=body)
        contact, token = _held(office, person, kind)
        who = _caller(office, person, kind)
        fresh = {"contact_id": contact["id"], "lease_token": token, "number": contact["phone"], "driver": "simulated"}
        call_id = office.made("/calls", who, **fresh)["id"]
        if ended:
            with office.web.services.log.write(SYSTEM, "job") as tx:
                call = tx.get(CALL, call_id)
                tx.update(call, state="ended", ended_at=tx.now, cause="unconfirmed", result="no_answer")
        if disposed:
            office.made(f"/calls/{call_id}/disposition", who, disposition="NC")
        return Asked({"call_id": call_id}, body=body)

    return prepare


def _contact(office: Office, _person: Person, kind: str) -> Asked:
    return Asked({"contact_id": MISSING if kind == "missing" else office.contact(kind)["id"]})


WAYS: dict[str, Way] = {
    **matrix_ways.WAYS,
    "POST /calls": Way(_new_call, RECORDS),
    "POST /calls/logged": Way(_logged, RECORDS),
    "GET /calls/<int:call_id>": Way(_call(), RECORDS),
    "PATCH /calls/<int:call_id>": Way(_call(_ONE_STEP), RECORDS),
    "POST /calls/<int:call_id>/disposition": Way(_call({"disposition": "NC"}, ended=True), RECORDS),
    "DELETE /calls/<int:call_id>/disposition": Way(_call(ended=True, disposed=True), RECORDS),
    "GET /contacts/<int:contact_id>/calls": Way(_contact, RECORDS),
}
"""The ways of every route."""
