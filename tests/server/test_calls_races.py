"""Two agents race for one contact, and for one number in two contacts: one dials, however often they try."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from callmanager.domain.errors import CallManagerError
from callmanager.server.actions import locks
from callmanager.server.actions.work import calls as actions
from callmanager.server.changes.write import Record
from callmanager.server.leases.terms import Purpose, Terms
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.server.storage.work.calls import calls
from tests.call_office import CallOffice

ROUNDS = [40, pytest.param(1_000, marks=pytest.mark.long)]
RACERS = ("ana", "bea")


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    opened = CallOffice(SqliteStorage(tmp_path / "contacts.db"), terms=Terms(most=5_000))
    opened.sign_in(*RACERS)
    return opened


def race(work: Callable[[str], None]) -> dict[str, str]:
    """Both at once; for each what became of it: "dialled" or the code of the refusal."""
    found: dict[str, str] = {}
    start = threading.Barrier(len(RACERS))

    def run(who: str) -> None:
        start.wait()
        try:
            work(who)
        except CallManagerError as refusal:
            found[who] = refusal.code
        else:
            found[who] = "dialled"

    running = [threading.Thread(target=run, args=(who,)) for who in RACERS]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return found


def dial(office: CallOffice, who: str, contact: Record) -> None:
    """As a window does: the lease, then the call, each a request of its own."""
    lease = office.do(locks.lock, office.leases, contact.id, Purpose.CALL, actor=office.people[who])
    wanted = actions.Wanted(contact.id, lease.token, contact["phone"], "simulated")
    office.do(actions.start, office.desk, wanted, actor=office.people[who])


def hang_up(office: CallOffice) -> None:
    """Whoever dialled has had his call."""
    with office.storage.read() as connection:
        rows = connection.execute(select(calls).where(calls.c.ended_at.is_(None))).mappings().all()
    for row in rows:
        who = next(name for name in RACERS if office.people[name].id == row["user_id"])
        call = office.call(row["id"])
        office.tell(who, call, "ended", "busy")
        office.dispose(who, call, "NO_INTERESADO", anyway=True)


def check_one_dialled(office: CallOffice, found: dict[str, str], refusals: set[str], made: int) -> None:
    assert sorted(found) == sorted(RACERS)
    assert list(found.values()).count("dialled") == 1
    assert set(found.values()) - {"dialled"} <= refusals
    with office.storage.read() as connection:
        rows = connection.execute(select(calls.c.id)).all()
    assert len(rows) == made


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


def test_of_one_who_dials_twice_at_once_one_call_is_made(office: CallOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id, Purpose.CALL)
    wanted = actions.Wanted(contact.id, lease.token, contact["phone"], "simulated")
    found = race(lambda _who: office.do(actions.start, office.desk, wanted, actor=office.people["ana"]))
    assert sorted(found.values()) == ["call_live", "dialled"]
