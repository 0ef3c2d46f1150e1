"""Asking the holder of a contact for it, on both databases: he answers, keeps it or loses it by being idle."""

import pytest

from callmanager.domain.errors import Conflict
from callmanager.server.actions import locks
from callmanager.server.leases.ledger import Renewal
from callmanager.server.leases.terms import Purpose
from callmanager.server.storage.engine import Storage
from tests.lease_office import LeaseOffice


@pytest.fixture
def office(storage: Storage) -> LeaseOffice:
    return LeaseOffice(storage)


def test_a_sweep_is_due_when_an_idle_holder_has_not_answered(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    office.do(locks.request, office.leases, contact.id, actor=office.people["bea"])
    due = []
    for seconds in (29, 1):
        office.hand.pass_time(seconds)
        with office.storage.read() as connection:
            due.append(office.leases.is_due(connection))
    assert due == [False, True]


def test_an_idle_holder_who_does_not_answer_loses_the_contact(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    office.do(locks.request, office.leases, contact.id, actor=office.people["bea"])
    office.hand.pass_time(29)
    office.do(locks.renew, office.leases, [Renewal(contact.id, lease.token)], actor=office.people["ana"])
    assert office.sweep() == 0
    office.hand.pass_time(1)
    assert office.sweep() == 1
    assert office.happenings(contact.id)[1:] == ["contact_requested", "lock_lost", "contact_unlocked"]
    assert office.lock("bea", contact.id).token == 2


def test_a_holder_who_works_on_is_not_idle(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    office.do(locks.request, office.leases, contact.id, actor=office.people["bea"])
    office.hand.pass_time(20)
    office.write_note("ana", contact.id, "sigo", lease.token)
    office.hand.pass_time(20)
    kept = [Renewal(contact.id, lease.token, active=True)]
    office.do(locks.renew, office.leases, kept, actor=office.people["ana"])
    for _ in range(2):
        assert office.sweep() == 0
        office.hand.pass_time(15)
    assert office.sweep() == 1


def test_who_holds_a_contact_for_a_call_is_never_idle(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id, Purpose.CALL)
    office.do(locks.request, office.leases, contact.id, actor=office.people["bea"])
    for _ in range(4):
        office.hand.pass_time(30)
        office.do(locks.renew, office.leases, [Renewal(contact.id, lease.token)], actor=office.people["ana"])
        assert office.sweep() == 0


def test_a_holder_keeps_the_contact_two_minutes_more(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    office.do(locks.request, office.leases, contact.id, actor=office.people["bea"])
    office.do(locks.answer, office.leases, contact.id, release=False, actor=office.people["ana"])
    told = office.told[-1]
    assert (told.happening.value, told.to_user, told.body["answer"]) == (
        "request_answered",
        office.people["bea"].id,
        "keep",
    )
    for _ in range(4):
        assert office.sweep() == 0
        office.hand.pass_time(30)
        office.do(locks.renew, office.leases, [Renewal(contact.id, lease.token)], actor=office.people["ana"])
    assert office.sweep() == 1


def test_who_keeps_one_contact_keeps_no_other_that_he_was_asked_for(office: LeaseOffice) -> None:
    held = [office.contact().id for _ in range(2)]
    leases = [office.lock("ana", contact_id) for contact_id in held]
    for contact_id in held:
        office.do(locks.request, office.leases, contact_id, actor=office.people["bea"])
    office.do(locks.answer, office.leases, held[0], release=False, actor=office.people["ana"])
    office.hand.pass_time(30)
    kept = [Renewal(lease.contact_id, lease.token) for lease in leases]
    office.do(locks.renew, office.leases, kept, actor=office.people["ana"])
    assert office.sweep() == 1
    assert "lock_lost" in office.happenings(held[1])


def test_who_was_not_asked_has_nothing_to_keep(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    with pytest.raises(Conflict) as refused:
        office.do(locks.answer, office.leases, contact.id, release=False, actor=office.people["ana"])
    assert refused.value.code == "lease_lost"


def test_asking_twice_asks_the_holder_once(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    for who in ("bea", "bea", "caro"):
        office.do(locks.request, office.leases, contact.id, actor=office.people[who])
    assert office.happenings(contact.id) == ["contact_locked", "contact_requested"]


def test_a_question_whose_time_is_over_can_be_asked_again(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    for _ in range(2):
        office.do(locks.request, office.leases, contact.id, actor=office.people["bea"])
        office.hand.pass_time(29)
        kept = [Renewal(contact.id, lease.token, active=True)]
        office.do(locks.renew, office.leases, kept, actor=office.people["ana"])
        office.hand.pass_time(2)
    assert office.happenings(contact.id) == ["contact_locked", "contact_requested", "contact_requested"]


def test_nobody_asks_himself_or_for_a_free_contact_or_answers_for_another(office: LeaseOffice) -> None:
    contact = office.contact()
    with pytest.raises(Conflict):
        office.do(locks.request, office.leases, contact.id, actor=office.people["bea"])
    office.do_unlock("bea", office.lock("bea", contact.id))
    with pytest.raises(Conflict):
        office.do(locks.request, office.leases, contact.id, actor=office.people["ana"])
    office.lock("ana", contact.id)
    with pytest.raises(Conflict):
        office.do(locks.request, office.leases, contact.id, actor=office.people["ana"])
    for release in (True, False):
        with pytest.raises(Conflict):
            office.do(locks.answer, office.leases, contact.id, release=release, actor=office.people["bea"])
