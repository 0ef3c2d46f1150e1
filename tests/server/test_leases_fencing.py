"""Read, think, write back: whoever held the contact too long must not undo what was written meanwhile."""

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from callmanager.domain.errors import Conflict, Locked
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.write import ChangeLog
from callmanager.server.storage.sqlite import SqliteStorage
from tests.lease_office import LeaseOffice

AGENTS = ("ana", "bea", "caro")
ROUNDS = {"small": 600, "long": 10_000}
SIZES = ["small", pytest.param("long", marks=pytest.mark.long)]
Steps = Iterator[bool]
"""One round of one agent; what it yields last says whether his write was accepted."""


@pytest.fixture
def office(tmp_path: Path) -> LeaseOffice:
    return LeaseOffice(SqliteStorage(tmp_path / "contacts.db"))


def count_up(office: LeaseOffice, who: str, contact_id: int, *, fenced: bool) -> Steps:
    """Take the contact, read the number in its note, and later write the next one."""
    try:
        lease = office.lock(who, contact_id)
    except Locked:
        return
    number = read_number(office, contact_id)
    yield False
    try:
        office.write_note(who, contact_id, str(number + 1), lease.token if fenced else None)
    except Conflict:
        return
    with suppress(Conflict):  # unfenced, the lease may be over by now
        office.do_unlock(who, lease)
    yield True


def read_number(office: LeaseOffice, contact_id: int) -> int:
    with office.write() as tx:
        return int(tx.get(CONTACT, contact_id)["note"] or 0)


def play(office: LeaseOffice, contact_id: int, rounds: int, *, fenced: bool) -> int:
    """Agents in random order, each held up for up to two minutes between his steps. How many writes were accepted."""
    dice = random.Random(9)
    accepted = 0
    playing: dict[str, Steps] = {}
    for _ in range(rounds):
        who = dice.choice(AGENTS)
        steps = playing.setdefault(who, count_up(office, who, contact_id, fenced=fenced))
        found = next(steps, None)
        if found is not False:
            accepted += found is True
            del playing[who]
        office.hand.pass_time(dice.choice((1, 5, 20, 60, 120)))
    return accepted


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_lost_when_holders_are_held_up_for_longer_than_their_lease(office: LeaseOffice, size: str) -> None:
    contact = office.contact()
    accepted = play(office, contact.id, ROUNDS[size], fenced=True)
    assert read_number(office, contact.id) == accepted
    assert accepted > ROUNDS[size] // 20


@pytest.mark.parametrize("size", SIZES)
def test_without_the_check_of_the_token_the_same_play_loses_writes(office: LeaseOffice, size: str) -> None:
    contact = office.contact()
    office.log = ChangeLog(office.storage, office.hand)
    accepted = play(office, contact.id, ROUNDS[size], fenced=False)
    assert read_number(office, contact.id) < accepted
