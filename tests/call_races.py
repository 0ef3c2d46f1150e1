"""Two agents who dial at the same moment: what became of each, and that one call was made."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import select

from callmanager.domain.errors import CallManagerError
from callmanager.server.actions import calls as actions
from callmanager.server.actions import locks
from callmanager.server.changes.write import Record
from callmanager.server.leases.terms import Purpose
from callmanager.server.storage.calls import calls
from tests.call_office import CallOffice

RACERS = ("ana", "bea")


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
    wanted = actions.CallRequest(contact.id, lease.token, contact["phone"], "simulated")
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
    """That one dialled, the other was refused for one of `refusals`, and `made` calls are recorded so far."""
    assert sorted(found) == sorted(RACERS)
    assert list(found.values()).count("dialled") == 1
    assert set(found.values()) - {"dialled"} <= refusals
    with office.storage.read() as connection:
        rows = connection.execute(select(calls.c.id)).all()
    assert len(rows) == made
