"""The rules of leases, on both databases: one holder, tokens that only grow, a clock that never goes back."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from callmanager.domain.changes import team_scope
from callmanager.domain.errors import Conflict, Forbidden, Locked, NotFound
from callmanager.domain.people import SYSTEM, Role
from callmanager.server.actions import contacts as contact_actions
from callmanager.server.actions import do_not_call, locks
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.write import Record
from callmanager.server.leases.ledger import Renewal
from callmanager.server.leases.terms import Purpose
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import changes
from tests.lease_office import LeaseOffice

TTL, REST = 45, 5


@pytest.fixture
def office(storage: Storage) -> LeaseOffice:
    return LeaseOffice(storage)


def test_second_agent_is_refused_a_locked_contact_and_told_by_whom(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id, Purpose.CALL)
    with pytest.raises(Locked) as refused:
        office.lock("bea", contact.id)
    assert refused.value.fields == {"id": contact.id, **lease.shown()}
    assert (lease.token, lease.shown()["holder"], lease.purpose) == (1, "ana", "call")


def test_tokens_of_a_contact_only_ever_grow(office: LeaseOffice) -> None:
    contact = office.contact()
    tokens = []
    for turn in range(6):
        who = ("ana", "bea")[turn % 2]
        tokens.append(office.lock(who, contact.id).token)
        if turn % 3:
            office.do(locks.unlock, office.leases, contact.id, tokens[-1], actor=office.people[who])
        else:
            office.hand.pass_time(TTL + REST)
    assert tokens == [1, 2, 3, 4, 5, 6]


def test_a_clean_release_frees_at_once(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    office.do(locks.unlock, office.leases, contact.id, lease.token, actor=office.people["ana"])
    assert office.lock("bea", contact.id).token == 2
    assert office.happenings(contact.id) == ["contact_locked", "contact_unlocked", "contact_locked"]


def test_a_silent_holder_keeps_others_out_for_the_lease_and_five_seconds_more(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    office.hand.pass_time(TTL + REST - 0.001)
    with pytest.raises(Locked):
        office.lock("bea", contact.id)
    office.hand.pass_time(0.001)
    assert office.lock("bea", contact.id).token == 2


def test_a_holder_that_was_away_may_come_back_while_the_contact_rests_but_not_write_before(office: LeaseOffice) -> None:
    contact = office.contact()
    old = office.lock("ana", contact.id)
    office.hand.pass_time(TTL)
    with pytest.raises(Conflict, match="no longer hold"):
        office.write_note("ana", contact.id, "tarde", old.token)
    new = office.lock("ana", contact.id)
    assert office.write_note("ana", contact.id, "a tiempo", new.token)["note"] == "a tiempo"


def test_an_expired_lease_cannot_be_renewed_even_when_nobody_took_the_contact(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    office.hand.pass_time(TTL)
    renewed, lost = office.do(
        locks.renew, office.leases, [Renewal(contact.id, lease.token)], actor=office.people["ana"]
    )
    assert (renewed, lost) == ([], [contact.id])


def test_renewing_all_leases_in_one_message_keeps_them(office: LeaseOffice) -> None:
    held = [office.lock("ana", office.contact().id) for _ in range(3)]
    wanted = [Renewal(lease.contact_id, lease.token) for lease in held]
    for _ in range(10):
        office.hand.pass_time(15)
        renewed, lost = office.do(locks.renew, office.leases, wanted, actor=office.people["ana"])
        assert ([lease.token for lease in renewed], lost) == ([1, 1, 1], [])
    with pytest.raises(Locked):
        office.lock("bea", held[2].contact_id)


def test_nobody_renews_or_releases_with_the_token_of_another(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    assert office.do(locks.renew, office.leases, [Renewal(contact.id, lease.token)], actor=office.people["bea"])[1]
    with pytest.raises(Conflict):
        office.do(locks.unlock, office.leases, contact.id, lease.token, actor=office.people["bea"])
    with pytest.raises(Conflict):
        office.write_note("bea", contact.id, "robo", lease.token)


def test_a_person_holds_five_contacts_at_most(office: LeaseOffice) -> None:
    ids = [office.contact().id for _ in range(6)]
    leases = [office.lock("ana", contact_id) for contact_id in ids[:5]]
    with pytest.raises(Conflict, match="5 contacts open"):
        office.lock("ana", ids[5])
    office.lock("ana", ids[4])  # what one has already is no further one
    office.do(locks.unlock, office.leases, ids[0], leases[0].token, actor=office.people["ana"])
    assert office.lock("ana", ids[5]).token == 1


def test_asking_again_gives_a_new_token_and_fences_the_old_one_out(office: LeaseOffice) -> None:
    contact = office.contact()
    old, new = office.lock("ana", contact.id), office.lock("ana", contact.id)
    with pytest.raises(Conflict):
        office.write_note("ana", contact.id, "viejo", old.token)
    assert office.write_note("ana", contact.id, "nuevo", new.token)["note"] == "nuevo"


def test_programs_that_say_different_names_are_not_one_session(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id, program="dialer")
    with pytest.raises(Locked):
        office.lock("ana", contact.id, program="sync")
    with pytest.raises(Locked):
        office.write_note("ana", contact.id, "sin token")


def test_a_write_without_a_lease_needs_a_contact_that_nobody_else_holds(office: LeaseOffice) -> None:
    contact = office.contact()
    office.write_note("bea", contact.id, "libre")
    office.lock("ana", contact.id)
    for refused in (
        lambda: office.write_note("bea", contact.id, "no"),
        lambda: office.write_note(SYSTEM, contact.id, "no"),
    ):
        with pytest.raises(Locked):
            refused()
    office.write_note("ana", contact.id, "mía")


def test_a_write_of_many_contacts_is_refused_when_somebody_else_holds_one_of_them(office: LeaseOffice) -> None:
    free, own, held = (office.contact() for _ in range(3))
    office.lock("ana", own.id)
    other = office.lock("bea", held.id)

    def write(*records: Record) -> None:
        with office.log.write(office.people["ana"], "api") as tx:
            tx.update_many([(tx.get(CONTACT, record.id), {"note": "muchos"}) for record in records])

    with pytest.raises(Locked) as refused:
        write(free, own, held)
    assert refused.value.fields["id"] == held.id
    write(free, own)
    office.do_unlock("bea", other)
    write(free, own, held)


def test_archiving_and_merging_respect_the_lease(office: LeaseOffice) -> None:
    kept, held = office.contact(), office.contact()
    office.lock("ana", held.id)
    lead = office.hire("jefa", Role.TEAM_LEAD, office.team_id)
    with pytest.raises(Locked):
        office.do(contact_actions.delete, held.id, version=1, actor=lead)
    assert office.do(contact_actions.delete, kept.id, version=1, actor=lead)["archived_at"] is not None


def test_archiving_ends_the_lease_of_whoever_archives(office: LeaseOffice) -> None:
    contact = office.contact()
    lead = office.people["lead"]
    lease = office.do(locks.lock, office.leases, contact.id, Purpose.EDIT, actor=lead)
    office.do(contact_actions.delete, contact.id, version=1, lease=lease.token, actor=lead)
    assert office.told[-1].body == {"id": contact.id, "reason": "deleted"}
    with office.storage.read() as connection:
        assert office.leases.list_held(connection) == []


def test_the_do_not_call_mark_is_set_whoever_holds_the_contact(office: LeaseOffice) -> None:
    contact = office.contact(phone="8111-2222")
    office.lock("ana", contact.id)
    office.do(do_not_call.add, "8111-2222", reason="lo pidió", region="CR", actor=office.people["bea"])
    with office.write() as tx:
        assert contact_actions.get_visible(tx, contact.id)["do_not_call"] is True


def test_a_refused_write_leaves_no_trace(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    with office.storage.read() as connection:
        before = connection.execute(select(changes.c.seq)).all()
    with pytest.raises(Locked):
        office.write_note("bea", contact.id, "no")
    with office.storage.read() as connection:
        assert connection.execute(select(changes.c.seq)).all() == before


def test_the_clock_never_goes_back_for_leases(office: LeaseOffice) -> None:
    contact = office.contact()
    first = office.lock("ana", contact.id)
    office.hand.set_by(-3600)
    with pytest.raises(Locked):
        office.lock("bea", contact.id)
    office.hand.pass_time(TTL + REST)  # time passes on, whatever the clock says
    second = office.lock("bea", contact.id)
    assert second.acquired_at >= first.expires_at


def test_a_restart_with_a_clock_that_was_set_back_makes_no_lease_live_twice(office: LeaseOffice) -> None:
    contact = office.contact()
    first = office.lock("ana", contact.id)
    office.hand.pass_time(20)
    office.do(locks.unlock, office.leases, contact.id, first.token, actor=office.people["ana"])
    office.hand.set_by(-3600)
    office.open_server()
    second = office.lock("bea", contact.id)
    assert second.acquired_at >= first.acquired_at
    assert second.token == 2
    with pytest.raises(Conflict):
        office.write_note("ana", contact.id, "de antes", first.token)


def test_a_clock_that_jumps_ahead_ends_leases_and_fences_their_holders_out(office: LeaseOffice) -> None:
    contact = office.contact()
    old = office.lock("ana", contact.id)
    office.hand.set_by(3600)
    assert office.lock("bea", contact.id).token == 2
    office.hand.set_by(-3600)
    with pytest.raises(Conflict):
        office.write_note("ana", contact.id, "tarde", old.token)
    with pytest.raises(Locked):
        office.lock("ana", contact.id)


def test_a_dead_window_frees_its_contact_within_the_lease_and_one_sweep(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    swept_after = None
    for seconds in range(0, 70, 5):
        if office.sweep():
            swept_after = seconds
            break
        office.hand.pass_time(5)
    assert swept_after is not None
    assert swept_after <= TTL + REST
    assert office.happenings(contact.id) == ["contact_locked", "lock_lost", "contact_unlocked"]
    assert office.lock("bea", contact.id).token == 2


def test_a_sweep_is_due_only_when_something_has_run_out(office: LeaseOffice) -> None:
    def due() -> bool:
        with office.storage.read() as connection:
            return office.leases.is_due(connection)

    contact = office.contact()
    assert not due()
    office.lock("ana", contact.id)
    assert not due()
    office.hand.pass_time(TTL + REST)
    assert due()
    assert (office.sweep(), office.sweep()) == (1, 0)
    assert not due()


def test_others_see_that_a_contact_which_was_edited_is_called_now(office: LeaseOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    for _ in range(2):
        with office.write(office.people["ana"]) as tx:
            office.leases.use_for_call(tx, contact.id, lease.token)
    assert [event.lease.purpose for event in office.told] == [Purpose.EDIT, Purpose.CALL]


def test_who_holds_more_than_the_office_lets_by_now_is_told_so(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    office.lock("ana", office.contact().id)
    office.terms = replace(office.terms, most=1)
    office.open_server()
    with pytest.raises(Conflict) as refused:
        office.lock("ana", contact.id)
    assert refused.value.code == "leases_too_many"


def test_a_lead_takes_over_within_his_team_and_it_stands_in_the_log(office: LeaseOffice) -> None:
    contact = office.contact()
    old = office.lock("ana", contact.id)
    lead = office.people["lead"]
    new = office.do(locks.take_over, office.leases, contact.id, Purpose.EDIT, reason="se fue", actor=lead)
    assert (new.token, new.holder) == (2, "lead")
    with pytest.raises(Conflict):
        office.write_note("ana", contact.id, "tarde", old.token)
    lost = next(event for event in office.told if event.happening == "lock_lost")
    assert (lost.to_user, lost.body["by"], lost.body["why"]) == (office.people["ana"].id, "lead", "se fue")
    with office.storage.read() as connection:
        row = connection.execute(select(changes).where(changes.c.entity == "take_over")).mappings().one()
    assert (row["actor_name"], row["scope"]) == ("lead", f"team:{office.team_id}")


def test_agents_and_leads_of_other_teams_take_nothing_over(office: LeaseOffice) -> None:
    contact = office.contact()
    office.lock("ana", contact.id)
    other = office.hire("otra", Role.TEAM_LEAD, None)
    for who, refusal in ((office.people["bea"], Forbidden), (other, NotFound)):
        with pytest.raises(refusal):
            office.do(locks.take_over, office.leases, contact.id, Purpose.EDIT, reason="quiero", actor=who)
    shared = office.create()
    office.lock("ana", shared.id)
    with pytest.raises(Forbidden):
        office.do(locks.take_over, office.leases, shared.id, Purpose.EDIT, reason="quiero", actor=office.people["lead"])


def test_an_archived_or_invisible_contact_is_not_held(office: LeaseOffice) -> None:
    contact = office.contact()
    with pytest.raises(NotFound):
        office.do(locks.lock, office.leases, contact.id, Purpose.EDIT, actor=office.people["free"])
    office.do(contact_actions.delete, contact.id, version=1)
    with pytest.raises(Conflict):
        office.lock("ana", contact.id)


def test_a_lease_is_told_to_those_who_may_see_its_contact(office: LeaseOffice) -> None:
    office.create()
    contact = office.contact()
    office.create()
    office.lock("ana", contact.id)
    assert [event.scope for event in office.told] == [team_scope(office.team_id)]


def test_nothing_is_told_of_a_lease_that_was_not_committed(office: LeaseOffice) -> None:
    contact = office.contact()
    with pytest.raises(Conflict), office.write(office.people["ana"]) as tx:
        locks.unlock(tx, office.leases, contact.id, locks.lock(tx, office.leases, contact.id, Purpose.EDIT).token + 1)
    assert office.told == []
    assert office.lock("bea", contact.id).token == 1
