"""Calls on both databases: two who race, what the database itself refuses, and a day that reads the same on either."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from callmanager.server.changes.audit import verify_log
from callmanager.server.leases.terms import LeaseTerms
from callmanager.server.queries.call_sheet import CallSheet
from callmanager.server.queries.calls import CallFilter
from callmanager.server.storage.calls import calls
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import agent_states, contacts
from tests.call_days import Day
from tests.call_office import CallOffice
from tests.call_races import RACERS, check_one_dialled, dial, hang_up, race

ROUNDS = [40, pytest.param(1_000, marks=pytest.mark.long)]
CALLS_OF_A_DAY = [25, pytest.param(400, marks=pytest.mark.long)]


@pytest.fixture
def office(storage: Storage) -> CallOffice:
    opened = CallOffice(storage, terms=LeaseTerms(most=5_000))
    opened.sign_in(*RACERS)
    return opened


@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_two_who_call_one_contact_one_dials(office: CallOffice, rounds: int) -> None:
    for number in range(rounds):
        contact = office.contact(phone=f"8{number:07}")
        found = race(lambda who, contact=contact: dial(office, who, contact))  # type: ignore[misc]
        check_one_dialled(office, found, {"contact_locked", "contact_on_call"}, number + 1)
        hang_up(office)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_two_who_call_one_number_in_two_contacts_one_dials(office: CallOffice, rounds: int) -> None:
    for number in range(rounds):
        pair = {who: office.contact(phone=f"8{number:07}", name=who) for who in RACERS}
        found = race(lambda who, pair=pair: dial(office, who, pair[who]))  # type: ignore[misc]
        check_one_dialled(office, found, {"number_called_recently"}, number + 1)
        hang_up(office)


@pytest.mark.parametrize("same", ["contact_id", "user_id"])
def test_a_second_live_call_of_a_contact_or_of_a_person_is_refused_by_the_database(
    office: CallOffice, same: str
) -> None:
    call = office.start("ana", office.contact())
    other = office.contact(phone="8888-1111")
    row = {**call.row, "id": 77, "contact_id": other.id, "user_id": office.people["bea"].id, same: call[same]}
    with pytest.raises(IntegrityError), office.storage.write() as connection:
        connection.execute(insert(calls), row)
    ended = office.tell("ana", call, "ended", "busy")
    with office.storage.write() as connection:
        connection.execute(insert(calls), row)
        connection.execute(insert(calls), {**ended.row, "id": 78})
    with office.storage.read() as connection:
        assert connection.execute(select(calls.c.id).order_by(calls.c.id)).scalars().all() == [call.id, 77, 78]


def answers(office: CallOffice) -> dict[str, Any]:
    """Everything one can ask about the calls of a day."""
    sheet = CallSheet(office.storage, office.people["manager"], CallFilter(), "es")
    with office.storage.read() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(select(table).order_by(table.c.id)).mappings()]
            for table in (calls, contacts, agent_states)
        }
    shown = {"listed": office.listed("ana"), "day": office.day("ana"), "told": office.told_of("ana")}
    return {**found, **shown, "sheet": list(sheet.rows()), "log": verify_log(office.storage).head_hash}


@pytest.mark.postgresql
@pytest.mark.parametrize("number_of_calls", CALLS_OF_A_DAY)
def test_a_day_of_calls_reads_the_same_on_either(open_database: Callable[[str], Storage], number_of_calls: int) -> None:
    found = []
    for kind in ("sqlite", "postgresql"):
        office = CallOffice(open_database(kind), terms=LeaseTerms(lease=timedelta(days=1), most=500))
        Day(office, 5).run(number_of_calls)
        found.append(answers(office))
    on_sqlite, on_postgresql = found
    assert len(on_sqlite["listed"]) == number_of_calls
    assert {name for name in on_sqlite if on_sqlite[name] != on_postgresql[name]} == set()
