"""Contacts that a window holds: against a real server, and what happens when one is lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from callmanager.desktop.leases import HeldLeases
from callmanager.desktop.remote import Live, Remote
from callmanager.desktop.wire import Lease
from callmanager.domain.errors import Locked, Unavailable
from tests.desktop.conftest import LiveOffice


class Desk:
    """One user's socket and what he holds."""

    def __init__(self, office: LiveOffice, who: str) -> None:
        self.lost: list[int] = []
        self.held = HeldLeases(self.lost.append)
        self.remote = Remote(office.server.url, api_key=office.keys[who])
        self.link: Live = self.remote.connect_live(self.held.hear)

    def close(self) -> None:
        self.link.close()
        self.remote.close()


@pytest.fixture
def desks(office: LiveOffice) -> Iterator[tuple[Desk, Desk]]:
    pair = Desk(office, "manager"), Desk(office, "boss")
    yield pair
    for desk in pair:
        desk.close()


def test_what_one_holds_another_is_refused_until_it_is_given_back(office: LiveOffice, desks: tuple[Desk, Desk]) -> None:
    ana, luz = desks
    made = office.create(name="Prestado")
    lease = ana.held.take(ana.link, made["id"], "edit")
    with pytest.raises(Locked) as locked:
        luz.held.take(luz.link, made["id"], "edit")
    assert locked.value.code == "contact_locked"
    assert luz.held.find(made["id"]) is None
    ana.remote.edit_contact(made["id"], {"note": "mía"}, version=1, lease=lease)
    ana.held.release(ana.link, made["id"])
    assert luz.held.take(luz.link, made["id"], "edit").token > lease.token


def test_a_lease_that_lives_on_is_kept_and_none_is_lost(office: LiveOffice, desks: tuple[Desk, Desk]) -> None:
    ana, _ = desks
    made = office.create(name="Largo")
    before = ana.held.take(ana.link, made["id"], "call")
    ana.held.renew(ana.link)
    after = ana.held.find(made["id"])
    assert after is not None
    assert (after.token, after.expires_at >= before.expires_at, ana.lost) == (before.token, True, [])
    ana.held.release(ana.link, made["id"])
    ana.held.renew(ana.link)
    assert ana.held.find(made["id"]) is None


def active_at(office: LiveOffice, contact_id: int) -> str:
    """When the server heard last that the holder works on a contact."""
    with contextlib.closing(sqlite3.connect(f"file:{office.server.database}?mode=ro", uri=True)) as database:
        found = database.execute("SELECT active_at FROM leases WHERE contact_id = ?", (contact_id,)).fetchone()
    return str(found[0])


def test_the_server_learns_on_which_contact_its_holder_works(office: LiveOffice, desks: tuple[Desk, Desk]) -> None:
    ana, _ = desks
    worked, idle = office.create(name="Trabajado")["id"], office.create(name="Quieto")["id"]
    for contact_id in (worked, idle):
        ana.held.take(ana.link, contact_id, "edit")
    ana.held.renew(ana.link)
    before = {contact_id: active_at(office, contact_id) for contact_id in (worked, idle)}
    ana.held.note_work(worked)
    ana.held.renew(ana.link)
    assert active_at(office, worked) > before[worked]
    assert active_at(office, idle) == before[idle]
    for contact_id in (worked, idle):
        ana.held.release(ana.link, contact_id)


class FakeLink:
    """Renews what it is told to."""

    def __init__(self) -> None:
        self.alive: set[int] = set()
        self.active: list[frozenset[int]] = []
        self.asked_for: list[str] = []
        self.is_cut = False

    def lock_contact(self, contact_id: int, purpose: str) -> Lease:
        self.asked_for.append(purpose)
        self.alive.add(contact_id)
        return Lease(contact_id, 1, "soon")

    def renew_locks(self, leases: list[Lease], *, active: frozenset[int]) -> list[Lease]:
        if self.is_cut:
            raise Unavailable("connection_lost", "The connection was lost.")
        self.active.append(active)
        return [Lease(lease.contact_id, lease.token, "later") for lease in leases if lease.contact_id in self.alive]

    def unlock_contact(self, lease: Lease) -> None:
        if self.is_cut:
            raise Unavailable("connection_lost", "The connection was lost.")
        self.alive.discard(lease.contact_id)


def test_a_lease_that_is_over_is_told_once_and_no_longer_shown() -> None:
    link, lost = FakeLink(), list[int]()
    held = HeldLeases(lost.append)
    for contact_id in (1, 2, 3):
        held.take(link, contact_id, "edit")
    link.alive.discard(2)
    held.renew(link)
    held.hear("lock_lost", {"id": 3, "by": "jefa", "reason": "urgente"})
    held.hear("lock_lost", {"id": 3, "by": "jefa", "reason": "urgente"})
    held.hear("lock_lost", {"id": 99})
    held.renew(link)
    assert lost == [2, 3]
    assert [held.find(contact_id) is None for contact_id in (1, 2, 3)] == [False, True, True]


def test_a_renewed_lease_bears_its_new_end() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    taken = held.take(link, 1, "edit")
    held.renew(link)
    assert (taken, held.find(1)) == (Lease(1, 1, "soon"), Lease(1, 1, "later"))


def test_the_server_hears_on_which_contacts_the_user_works() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    held.take(link, 1, "edit")
    held.take(link, 2, "edit")
    held.renew(link)
    held.note_work(2)
    held.renew(link)
    assert link.active == [{1, 2}, {2}]


def test_work_that_the_server_has_not_heard_of_is_told_with_the_next_renewal() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    held.take(link, 1, "edit")
    held.take(link, 2, "edit")
    link.is_cut = True
    with pytest.raises(Unavailable):
        held.renew(link)
    with pytest.raises(Unavailable):
        held.release(link, 2)
    link.is_cut = False
    held.renew(link)
    assert link.active == [{1}]


def test_what_was_given_back_without_a_connection_is_given_back_with_the_next_one() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    for contact_id in (1, 2):
        held.take(link, contact_id, "call")
    link.is_cut = True
    for contact_id in (1, 2):
        with pytest.raises(Unavailable):
            held.release(link, contact_id, "call")
    link.is_cut = False
    held.take(link, 2, "call")  # wanted again meanwhile
    held.renew(link)
    assert link.alive == {2}
    held.release(link, 2, "call")
    assert link.alive == set()


def test_what_was_given_back_too_late_is_not_asked_for_again(office: LiveOffice, desks: tuple[Desk, Desk]) -> None:
    ana, _ = desks
    made = office.create(name="Tarde")
    ana.held.take(ana.link, made["id"], "call")
    ana.link.close()
    with pytest.raises(Unavailable):
        ana.held.release(ana.link, made["id"])
    path = f"/contacts/{made['id']}/lock/take-over"
    office.boss.ask("POST", path, body={"purpose": "edit", "reason": "urge"})
    again = ana.remote.connect_live(ana.held.hear)
    try:
        for _time in range(2):
            ana.held.renew(again)
        with pytest.raises(Locked):
            ana.held.take(again, made["id"], "edit")
    finally:
        again.close()
    assert ana.lost == []


def test_work_on_what_is_not_held_is_nobodys_business() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    held.note_work(7)
    held.take(link, 1, "edit")
    held.release(link, 1)
    held.take(link, 2, "edit")
    held.renew(link)
    assert link.active == [{2}]


def test_a_contact_held_for_a_call_and_an_edit_is_one_lease_and_the_server_knows_for_what() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    called = held.take(link, 1, "call")
    assert held.take(link, 1, "edit") is called
    held.release(link, 1, "edit")
    assert (link.asked_for, link.alive) == (["call"], {1})
    held.take(link, 1, "edit")
    held.release(link, 1, "call")
    assert (link.asked_for, link.alive) == (["call", "edit"], {1})
    held.release(link, 1, "edit")
    assert (held.find(1), link.alive) == (None, set())


def test_what_is_held_for_an_edit_alone_is_asked_for_anew() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    held.take(link, 1, "edit")
    held.take(link, 1, "edit")
    assert link.asked_for == ["edit", "edit"]


def test_an_event_that_says_nothing_of_a_contact_is_passed_over() -> None:
    link, lost = FakeLink(), list[int]()
    held = HeldLeases(lost.append)
    held.take(link, 1, "edit")
    for payload in (None, [1], {"by": "jefa"}):
        held.hear("lock_lost", payload)
    assert (lost, held.find(1) is None) == ([], False)


def test_what_is_forgotten_of_a_contact_is_one_purpose() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    held.take(link, 1, "call")
    held.take(link, 1, "edit")
    held.forget(1, "call")
    assert held.find(1) is not None
    held.release(link, 1, "edit")
    assert (held.find(1), link.alive) == (None, set())
