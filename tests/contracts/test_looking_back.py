"""Pages of what happened look at so many rows and say where to go on: following them leaves nothing out, on either."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from callmanager.domain.clock import from_wire
from callmanager.domain.people import SYSTEM, Actor, Role
from callmanager.domain.permissions import Visibility, visibility
from callmanager.server.changes import history
from callmanager.server.changes.entities import CALL, CONTACT
from callmanager.server.changes.history import ChangeFilter, list_changes
from callmanager.server.queries import calls
from callmanager.server.queries.calls import CallFilter, list_calls
from callmanager.server.storage.tables import changes
from tests.office import START, Office

REACH = 3


class Made(NamedTuple):
    """A call, the team of its contact, and when it began."""

    id: int
    team_id: int | None
    at: datetime


@pytest.fixture(autouse=True)
def short_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows in place of five thousand."""
    monkeypatch.setattr(history, "LOOK_BACK", REACH)
    monkeypatch.setattr(calls, "LOOK_BACK", REACH)


def lines(office: Office, sight: Visibility, wanted: ChangeFilter, limit: int = 2) -> tuple[list[int], int]:
    """The seqs of every page, one after the other, and how many pages there were."""
    seqs: list[int] = []
    before, pages = None, 0
    while True:
        with office.storage.read() as connection:
            page = list_changes(connection, sight, wanted, before_seq=before, limit=limit)
        seqs += [line["seq"] for line in page.lines]
        before, pages = page.next_cursor, pages + 1
        if before is None:
            return seqs, pages


def lived(office: Office) -> tuple[int, int]:
    """Two teams; twenty contacts of the second, and one of the first at the beginning and in the middle."""
    north, south = office.open_teams("norte", "sur")
    for number in range(21):
        office.create(
            office.people["manager"], phone=f"8800-{number:04d}", team_id=north if number % 10 == 0 else south
        )
    return north, south


def test_following_the_pages_leaves_nothing_out_and_tells_nothing_twice(office: Office) -> None:
    north, _south = lived(office)
    manager = office.people["manager"]
    every = [row.seq for row in rows_of(office)]
    sights = {"admin": visibility(office.people["admin"]), "north": Visibility(False, False, north)}
    for name, sight in sights.items():
        for wanted, fits in (
            (ChangeFilter(), lambda _row: True),
            (ChangeFilter(entity="contact"), lambda row: row.entity == "contact"),
            (ChangeFilter(entity="session"), lambda row: row.entity == "session"),
            (ChangeFilter(actor_id=manager.id), lambda row: row.actor_id == manager.id),
            (ChangeFilter(record_id=1), lambda row: row.record_id == 1),
            (ChangeFilter(entity="user", record_id=1), lambda row: (row.entity, row.record_id) == ("user", 1)),
            (ChangeFilter(since_seq=every[-6]), lambda row: row.seq > every[-6]),
            (ChangeFilter(set_id=3), lambda row: row.set_id == 3),
        ):
            found, _pages = lines(office, sight, wanted)
            due = [row.seq for row in rows_of(office) if fits(row) and sight.covers(row.scope)]
            assert found == due[::-1], f"{name}: {wanted}"


def test_a_page_that_is_not_full_may_have_a_next_one(office: Office) -> None:
    north, _south = lived(office)
    found, pages = lines(office, Visibility(False, False, north), ChangeFilter(entity="contact"))
    assert len(found) == 3
    assert pages > len(found)


def test_an_instant_is_found_in_the_log_wherever_it_lies(office: Office) -> None:
    lived(office)
    rows = rows_of(office)
    for row in rows:
        for at in (from_wire(row.at), from_wire(row.at) + timedelta(milliseconds=1)):
            found, _pages = lines(office, visibility(SYSTEM), ChangeFilter(since_at=at), limit=50)
            assert found == [other.seq for other in rows if from_wire(other.at) >= at][::-1]
    assert lines(office, visibility(SYSTEM), ChangeFilter(since_at=START - timedelta(days=900)))[0][-1] == rows[0].seq


def test_the_calls_of_a_team_among_those_of_others_are_all_found(office: Office) -> None:
    north, _south = lived(office)
    agent = office.people["agent-norte"]
    ours = {
        call(office, agent if number % 7 == 0 else office.people["manager"], number % 21 + 1) for number in range(30)
    }
    lead = Actor(id=office.people["lead"].id, name="lead", role=Role.TEAM_LEAD, team_id=north)
    newest_first = sorted(ours, key=lambda made: (made.at, made.id), reverse=True)
    for wanted in (CallFilter(), CallFilter(until=START + timedelta(days=1)), CallFilter(since=START)):
        assert followed(office, lead, wanted) == [made.id for made in newest_first if made.team_id == north]
    assert followed(office, office.people["manager"], CallFilter()) == [made.id for made in newest_first]


def followed(office: Office, actor: Actor, wanted: CallFilter) -> list[int]:
    found: list[int] = []
    cursor: str | None = None
    while True:
        with office.storage.read() as connection:
            page = list_calls(connection, actor, wanted, limit=2, cursor=cursor)
        found += [item["id"] for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def call(office: Office, actor: Actor, contact_id: int) -> Made:
    """A call that is over, and the team of its contact; two in a row began at the same instant."""
    with office.write(actor) as tx:
        contact = tx.get(CONTACT, contact_id)
        at = START + timedelta(minutes=contact_id // 2)
        values: dict[str, Any] = {"contact_id": contact_id, "user_id": actor.id, "number": "8", "key": "8"}
        values["team_id"] = contact["team_id"]
        values |= {"driver": "simulated", "state": "ended", "requested_at": at, "ended_at": at}
        made = tx.insert(CALL, {**values, "dispositioned_at": at, "cause": "failed", "result": "failed"})
    return Made(made.id, contact["team_id"], at)


def rows_of(office: Office) -> Any:
    with office.storage.read() as connection:
        return connection.execute(changes.select().order_by(changes.c.seq)).all()
