"""F3: who may call by hand what the office's limits forbid: the table of limits, each cell a case, and what counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from callmanager.domain.calling_hours import parse_hours_text
from callmanager.domain.errors import CallManagerError, Conflict, Forbidden
from callmanager.domain.office import CallLimits, Office, zone_named
from callmanager.domain.phones import line_of
from callmanager.server.actions import calls, dispositions, do_not_call, merges
from callmanager.server.changes.entities import CAMPAIGN, USER
from callmanager.server.changes.write import Record
from callmanager.server.leases.terms import Purpose
from callmanager.server.storage.tables import do_not_call as listed
from tests.call_office import CallOffice, called, open_call_office
from tests.office import REGION

MINUTE, HOUR, DAY = 60, 3_600, 86_400
REASON = "Lo pidió su abogado"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> CallOffice:
    office = open_call_office(tmp_path_factory.mktemp("office"))
    given = {"code": "FALLECIDO", "name": "Ha fallecido", "final": "always"}
    office.do(dispositions.create, given, actor=office.people["manager"])
    return office


@pytest.fixture
def office(opened: CallOffice) -> CallOffice:
    """One for all cases, each with contacts and lines of its own; it has no limits yet."""
    rule(opened)
    return opened


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
    wanted = calls.Wanted(contact.id, lease.token, number or contact["phone"], "simulated", **how)
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


@pytest.mark.parametrize("forbid", REFUSED, ids=lambda forbid: forbid.__name__)
def test_an_agent_is_refused_whatever_he_says_and_a_manager_passes_with_a_reason_that_is_kept(
    office: CallOffice, forbid: Callable[[CallOffice], Record]
) -> None:
    contact = forbid(office)
    for who, may in (("bea", False), ("lead", False), ("manager", True)):
        for said in ({}, {"anyway": True}, {"override_reason": "  " if may else REASON, "anyway": True}):
            refused = attempt(office, who, contact, **said)
            assert isinstance(refused, Forbidden), (who, said)
            assert (refused.code, refused.fields["may_override"]) == (REFUSED[forbid], may)
    call = attempt(office, "manager", contact, override_reason=REASON)
    assert office.call(call.id)["override_reason"] == REASON


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.__name__)
def test_agent_and_manager_are_asked_once(office: CallOffice, ask: Callable[[CallOffice], Record]) -> None:
    contact = ask(office)
    for who in ("bea", "lead", "manager"):
        asked = attempt(office, who, contact)
        assert isinstance(asked, Conflict)
        assert asked.code == ASKED[ask]
        assert isinstance(attempt(office, who, contact, override_reason=REASON), Conflict), "a reason is no yes"
        assert attempt(office, who, contact, anyway=True)["override_reason"] == ""


# what counts


@pytest.mark.parametrize("cause", ["failed", "cancelled"])
def test_what_was_not_dialled_counts_for_no_limit(office: CallOffice, cause: str) -> None:
    rule(office, total=1, per_day=1, per_24h=1, line_day=1, rest_days=30, gap=timedelta(hours=1))
    contact = new(office)
    for _ in range(3):
        call = office.start("ana", contact)
        office.tell("ana", call, "ended", cause)
    assert is_free(office, "ana", contact)


def test_a_call_that_may_still_dial_counts(office: CallOffice) -> None:
    rule(office, line_day=1)
    contact = new(office)
    call = office.start("ana", contact)
    assert not is_free(office, "bea", near(office, contact), anyway=True)
    office.tell("ana", call, "ended", "cancelled")
    assert is_free(office, "bea", near(office, contact))


def test_a_call_written_down_counts_as_one_that_was_dialled(office: CallOffice) -> None:
    rule(office, per_day=1)
    contact = new(office)
    office.log_call("ana", contact, office.hand.now() - timedelta(minutes=1), None, "NC")
    assert not is_free(office, "bea", contact, anyway=True)


def test_alternating_outcomes_reset_no_limit(office: CallOffice) -> None:
    rule(office, total=4, per_day=4, line_day=4)
    contact = new(office)
    other = near(office, contact)
    for outcome in ("NC", "NUMERO_EQUIVOCADO", "OCUPADO", "NC"):
        called(office, "ana", contact, outcome)
    assert attempt(office, "bea", other, anyway=True).code == "call_limit"
    rule(office, total=4)
    assert attempt(office, "bea", other).fields["mark"] == "exhausted"


def test_a_talk_begins_the_tries_anew_and_a_sale_that_became_something_else_is_open(office: CallOffice) -> None:
    contact = exhausted(office)
    called(office, "ana", contact, "INTERESADO")
    assert is_free(office, "ana", contact)
    called(office, "ana", contact, "VENTA", anyway=True)
    assert not is_free(office, "ana", contact, anyway=True)
    called(office, "manager", contact, "INTERESADO", reason=REASON)
    assert is_free(office, "ana", contact)


def test_a_manager_who_writes_another_status_opens_a_contact_that_was_sold_to(office: CallOffice) -> None:
    contact = sold_by_call(office)
    office.edit(contact.id, now(office, contact).version, office.people["manager"], status="INTERESADO")
    assert is_free(office, "bea", contact)


def test_a_sale_that_is_taken_back_closes_nothing(office: CallOffice) -> None:
    contact = new(office)
    call = office.ended_call("ana", contact)
    office.dispose("ana", call, "VENTA", anyway=True)
    office.retract("ana", call)
    office.dispose("ana", call, "INTERESADO", anyway=True)
    assert is_free(office, "ana", contact)


def test_the_rest_after_a_no_ends_after_its_days_and_with_another_word(office: CallOffice) -> None:
    contact = rests_after_a_no(office)
    asked_at, until = office.hand.now(), datetime.fromisoformat(attempt(office, "bea", contact).fields["until"])
    assert timedelta(hours=23) < until - asked_at < timedelta(days=1)
    called(office, "manager", contact, "INTERESADO", reason=REASON)
    assert is_free(office, "bea", contact)
    other = new(office)
    called(office, "ana", other, "NO_INTERESADO")
    office.hand.pass_time(30 * DAY)
    assert is_free(office, "bea", other)


def test_a_no_is_that_of_a_person_and_not_of_the_line(office: CallOffice) -> None:
    assert is_free(office, "bea", near(office, rests_after_a_no(office)))


# the gap


def test_after_busy_the_delay_of_the_outcome_counts_on_the_whole_line(office: CallOffice) -> None:
    rule(office, gap=timedelta(hours=1))
    busy, rang = new(office), new(office)
    other = near(office, busy)
    call = office.ended_call("ana", busy, "busy", talk=None)
    office.dispose("ana", call, "OCUPADO")
    called(office, "ana", rang, "NC")
    assert not is_free(office, "bea", other)
    office.hand.pass_time(15 * MINUTE)
    assert is_free(office, "bea", other)
    assert not is_free(office, "bea", near(office, rang)), "that one rang"


def test_after_a_call_that_could_not_be_put_through_the_longer_delay_counts(office: CallOffice) -> None:
    rule(office, gap=timedelta(hours=1))
    off, rang = new(office), new(office)
    call = office.ended_call("ana", off, "unreachable", talk=None)
    office.dispose("ana", call, "SIN_RED")
    called(office, "ana", rang, "NC")
    office.hand.pass_time(61 * MINUTE)
    assert is_free(office, "bea", rang), "its next call is in an hour, but the gap is over"
    assert not is_free(office, "bea", off)
    office.hand.pass_time(3 * DAY)
    assert is_free(office, "bea", off)


# promises


def test_a_promise_passes_gap_and_tries_and_the_limits_of_a_day_only_if_the_office_says_so(office: CallOffice) -> None:
    limits: dict[str, Any] = {"total": 1, "per_day": 1, "per_24h": 1, "line_day": 1, "gap": timedelta(hours=1)}
    contact = new(office)
    other = near(office, contact)
    promise(office, "ana", contact, timedelta(minutes=30))
    called(office, "bea", other, "NC")
    office.hand.pass_time(30 * MINUTE)
    rule(office, **limits)
    assert attempt(office, "ana", contact, anyway=True).code == "call_limit"
    rule(office, **limits, callbacks_pass=True)
    assert is_free(office, "ana", contact)
    assert not is_free(office, "ana", other, anyway=True), "nobody there asked for it"


def test_while_a_promise_is_open_nobody_is_given_up(office: CallOffice) -> None:
    contact = new(office)
    other = near(office, contact)
    promise(office, "ana", contact, timedelta(days=2))
    rule(office, total=1)
    called(office, "bea", other, "NC")
    assert is_free(office, "ana", contact)
    assert attempt(office, "ana", other).fields["mark"] == "exhausted"


def test_a_time_that_nobody_of_the_contact_asked_for_is_no_promise(office: CallOffice) -> None:
    contact = new(office)
    called(office, "ana", contact, "NC", callback_at=office.hand.now() + timedelta(minutes=1))
    office.hand.pass_time(HOUR)
    rule(office, per_day=1, callbacks_pass=True)
    assert attempt(office, "ana", contact).code == "call_limit"


def test_a_time_that_was_moved_by_hand_passes_no_limit(office: CallOffice) -> None:
    contact = new(office)
    promise(office, "ana", contact, timedelta(days=2))
    soon = office.hand.now() + timedelta(seconds=1)
    office.edit(contact.id, now(office, contact).version, office.people["ana"], next_call_at=soon)
    office.hand.pass_time(MINUTE)
    rule(office, per_day=1, callbacks_pass=True)
    assert attempt(office, "ana", contact).code == "call_limit"


def test_a_promise_is_anybodys_a_quarter_of_an_hour_after_its_time_or_when_whoever_made_it_left(
    office: CallOffice,
) -> None:
    contact = new(office)
    promise(office, "ana", contact, timedelta(hours=1))
    assert attempt(office, "bea", contact).fields["by"] == "ana"
    assert is_free(office, "ana", contact)
    office.hand.pass_time(HOUR + 10 * MINUTE)
    assert not is_free(office, "bea", contact)
    office.hand.pass_time(5 * MINUTE)
    assert is_free(office, "bea", contact)
    other = new(office)
    promise(office, "ana", other, timedelta(hours=1))
    with office.write() as tx:
        gone = tx.update(tx.get(USER, office.people["ana"].id), active=False)
    assert is_free(office, "bea", other)
    with office.write() as tx:
        tx.update(gone, active=True)
