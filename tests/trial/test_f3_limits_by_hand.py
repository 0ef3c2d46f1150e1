"""F3: who may call by hand what the office's limits forbid: the table of limits, each cell a case, and what counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from callmanager.domain.errors import Conflict, Forbidden
from callmanager.domain.people import SYSTEM
from callmanager.server.actions import dispositions
from callmanager.server.changes.entities import USER
from callmanager.server.changes.write import Record
from tests.call_office import CallOffice, called, open_call_office
from tests.trial.limited_office import (
    ASKED,
    DAY,
    HOUR,
    MINUTE,
    REASON,
    REFUSED,
    attempt,
    exhausted,
    is_free,
    near,
    new,
    now,
    promise,
    rests_after_a_no,
    rule,
    sold_by_call,
)


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


@pytest.mark.parametrize("who", ["manager", SYSTEM.name])
def test_a_manager_or_the_server_who_writes_another_status_opens_a_contact_that_was_sold_to(
    office: CallOffice, who: str
) -> None:
    contact, writer = sold_by_call(office), {**office.people, SYSTEM.name: SYSTEM}[who]
    office.edit(contact.id, now(office, contact).version, writer, status="INTERESADO")
    assert is_free(office, "bea", contact)


def test_a_status_that_a_manager_writes_of_another_contact_opens_nothing(office: CallOffice) -> None:
    contact, other = sold_by_call(office), new(office)
    office.edit(contact.id, now(office, contact).version, office.people["ana"], status="INTERESADO")
    office.edit(other.id, now(office, other).version, office.people["manager"], status="INTERESADO")
    assert not is_free(office, "bea", contact, anyway=True)


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
