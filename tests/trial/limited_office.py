"""An office with limits, the contacts that each of them forbids to call, and what becomes of who tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from callmanager.domain.calling_hours import parse_hours_text
from callmanager.domain.errors import CallManagerError
from callmanager.domain.office import CallLimits, Office, zone_named
from callmanager.domain.phones import line_of
from callmanager.server.actions import calls, do_not_call, merges
from callmanager.server.changes.entities import CAMPAIGN
from callmanager.server.changes.write import Record
from callmanager.server.leases.terms import Purpose
from callmanager.server.storage.tables import do_not_call as listed
from tests.call_office import CallOffice, called
from tests.office import REGION

MINUTE, HOUR, DAY = 60, 3_600, 86_400
REASON = "Lo pidió su abogado"


LINES = count(1_000)


def new(office: CallOffice, **fields: Any) -> Record:
    """A contact on a line of which nobody has heard."""
    return office.contact(**{"phone": f"8888-{next(LINES)}", **fields})


def near(office: CallOffice, contact: Record, **fields: Any) -> Record:
    """Another one on its line."""
    return office.contact(phone=f"{contact['phone'].partition(' ')[0]} ext. {next(LINES)}", **fields)


def rule(office: CallOffice, hours: str = "", **limits: Any) -> None:
    """The office's limits; none but those given."""
    given = {"total": 0, "gap": timedelta(), **limits}
    rules = Office(zone=zone_named("America/Costa_Rica"), hours=parse_hours_text(hours), limits=CallLimits(**given))
    office.desk = replace(office.desk, office=rules)


def attempt(office: CallOffice, who: str, contact: Record, number: str | None = None, **how: Any) -> Any:
    """The call that may be made (given up at once, undialled), or the refusal."""
    lease = office.lock(who, contact.id, Purpose.CALL)
    wanted = calls.CallRequest(contact.id, lease.token, number or contact["phone"], "simulated", **how)
    try:
        call: Record = office.do(calls.start, office.desk, wanted, actor=office.people[who])
    except CallManagerError as refused:
        return refused
    finally:
        with office.write(office.people[who]) as tx:
            office.leases.end(tx, contact.id, "released")
    office.tell(who, call, "ended", "cancelled")
    return call


def is_free(office: CallOffice, who: str, contact: Record, number: str | None = None, **how: Any) -> bool:
    return isinstance(attempt(office, who, contact, number, **how), Record)


def now(office: CallOffice, contact: Record) -> Record:
    return office.contact_now(contact.id)


# the rules: each makes a contact whose call its rule forbids


def listed_line(office: CallOffice) -> Record:
    contact = new(office)
    office.do(do_not_call.add, f"(506) {contact['phone']} ext. 3", reason="", region=REGION)
    return contact


def listed_person(office: CallOffice) -> Record:
    contact = new(office)
    called(office, "ana", contact, "NO_CONTACTO", bars=None)
    return contact


def outside_hours(office: CallOffice) -> Record:
    rule(
        office,
        f"{['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'][(office.hand.now().weekday() + 3) % 7]} 08:00-18:00",
    )
    return new(office)


def per_day(office: CallOffice) -> Record:
    rule(office, per_day=1)
    return dialled(office)


def per_24h(office: CallOffice) -> Record:
    rule(office, per_24h=1)
    return dialled(office)


def per_line_and_day(office: CallOffice) -> Record:
    rule(office, line_day=1)
    with office.write() as tx:
        other = tx.insert(CAMPAIGN, {"name": "Otra", "active": True}).id
    contact = new(office)
    called(office, "ana", near(office, contact, campaign_id=other), "NC")
    return contact


def sold_by_call(office: CallOffice) -> Record:
    return dialled(office, "VENTA", anyway=True)


def sold_by_hand(office: CallOffice) -> Record:
    return new(office, status="VENTA", status_reason="Firmó en la oficina")


def final_by_an_outcome_of_the_office(office: CallOffice) -> Record:
    return dialled(office, "FALLECIDO")


def sold_and_then_not_reached(office: CallOffice) -> Record:
    contact = sold_by_call(office)
    for outcome in ("NC", "OCUPADO", "BUZON"):
        called(office, "manager", contact, outcome, reason=REASON)
    return contact


def sold_and_written_over_by_an_agent(office: CallOffice) -> Record:
    contact = sold_by_call(office)
    office.edit(contact.id, now(office, contact).version, office.people["bea"], status="INTERESADO")
    return contact


def sold_and_then_taken_off_the_list(office: CallOffice) -> Record:
    contact = sold_by_call(office)
    called(office, "manager", contact, "NO_CONTACTO", reason=REASON)
    with office.write() as tx:
        entries = tx.connection.execute(select(listed).where(listed.c.archived_at.is_(None))).mappings().all()
    for entry in entries:
        if entry["contact_id"] == contact.id or line_of(entry["key"]) == line_of(contact["phones"][0]["key"]):
            office.do(do_not_call.remove, entry["id"], actor=office.people["manager"])
    return contact


def sold_under_a_number_that_was_merged(office: CallOffice) -> Record:
    kept = new(office)
    merge(office, kept, sold_by_call(office))
    return kept


def rests_after_a_no(office: CallOffice) -> Record:
    rule(office, rest_days=30)
    contact = dialled(office, "NO_INTERESADO")
    office.hand.pass_time(29 * DAY)
    return contact


def rests_though_it_was_not_reached_since(office: CallOffice) -> Record:
    contact = rests_after_a_no(office)
    called(office, "manager", contact, "NC", reason=REASON)
    return contact


def exhausted(office: CallOffice) -> Record:
    rule(office, total=3)
    contact = new(office)
    for outcome in ("NC", "BUZON", "OCUPADO"):
        called(office, "ana", contact, outcome)
    return contact


def within_the_gap(office: CallOffice) -> Record:
    rule(office, gap=timedelta(hours=1))
    return dialled(office)


def within_the_gap_of_its_line(office: CallOffice) -> Record:
    rule(office, gap=timedelta(hours=1))
    contact = new(office)
    called(office, "ana", near(office, contact), "NC")
    return contact


def within_the_gap_of_one_merged_into_it(office: CallOffice) -> Record:
    rule(office, gap=timedelta(hours=1))
    first, second, kept = (new(office) for _ in range(3))
    called(office, "ana", first, "NC")
    merge(office, second, first)
    merge(office, kept, second)
    return kept


def wrong_number(office: CallOffice) -> Record:
    return dialled(office, "NUMERO_EQUIVOCADO")


def unknown_number(office: CallOffice) -> Record:
    return dialled(office, "NO_EXISTE")


def promised_by_another(office: CallOffice) -> Record:
    contact = new(office)
    promise(office, "caro", contact, timedelta(hours=2))
    return contact


def dialled(office: CallOffice, outcome: str = "NC", **how: Any) -> Record:
    contact = new(office)
    called(office, "ana", contact, outcome, **how)
    return contact


def promise(office: CallOffice, who: str, contact: Record, after: timedelta) -> None:
    called(office, who, contact, "VOLVER_A_LLAMAR", callback_at=office.hand.now() + after)


def merge(office: CallOffice, kept: Record, other: Record) -> None:
    versions = {"keep_version": now(office, kept).version, "other_version": now(office, other).version}
    office.do(merges.merge, kept.id, other.id, **versions, fields={}, region=REGION)


REFUSED: dict[Callable[[CallOffice], Record], str] = {
    listed_line: "do_not_call",
    listed_person: "do_not_call",
    outside_hours: "outside_hours",
    per_day: "call_limit",
    per_24h: "call_limit",
    per_line_and_day: "call_limit",
    sold_by_call: "call_limit",
    sold_by_hand: "call_limit",
    final_by_an_outcome_of_the_office: "call_limit",
    sold_and_then_not_reached: "call_limit",
    sold_and_written_over_by_an_agent: "call_limit",
    sold_and_then_taken_off_the_list: "call_limit",
    sold_under_a_number_that_was_merged: "call_limit",
    rests_after_a_no: "call_limit",
    rests_though_it_was_not_reached_since: "call_limit",
}
ASKED: dict[Callable[[CallOffice], Record], str] = {
    exhausted: "number_marked",
    within_the_gap: "number_called_recently",
    within_the_gap_of_its_line: "number_called_recently",
    within_the_gap_of_one_merged_into_it: "number_called_recently",
    wrong_number: "number_marked",
    unknown_number: "number_marked",
    promised_by_another: "number_marked",
}
