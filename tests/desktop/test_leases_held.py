"""Contacts that a window holds: against a real server, and what happens when one is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callmanager.desktop.leases import HeldLeases
from callmanager.desktop.remote import Live, Remote
from callmanager.desktop.wire import Lease
from callmanager.domain.errors import Locked
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


class FakeLink:
    """Renews what it is told to."""

    def __init__(self) -> None:
        self.alive: set[int] = set()
        self.active: list[frozenset[int]] = []

    def lock_contact(self, contact_id: int, purpose: str) -> Lease:
        del purpose
        self.alive.add(contact_id)
        return Lease(contact_id, 1, "soon")

    def renew_locks(self, leases: list[Lease], *, active: frozenset[int]) -> list[Lease]:
        self.active.append(active)
        return [Lease(lease.contact_id, lease.token, "later") for lease in leases if lease.contact_id in self.alive]

    def unlock_contact(self, lease: Lease) -> None:
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


def test_the_server_hears_on_which_contacts_the_user_works() -> None:
    link = FakeLink()
    held = HeldLeases(lambda _contact_id: None)
    held.take(link, 1, "edit")
    held.take(link, 2, "edit")
    held.renew(link)
    held.note_work(2)
    held.renew(link)
    assert link.active == [{1, 2}, {2}]
