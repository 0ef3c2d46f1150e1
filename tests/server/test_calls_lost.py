"""Calls whose window fell silent are ended as lost, once and never too early, and give way to what the phone saw."""

from datetime import timedelta
from pathlib import Path

import pytest

from callmanager.domain import calls as words
from callmanager.domain.errors import Conflict
from callmanager.domain.people import SYSTEM
from callmanager.server.actions import agent_states
from callmanager.server.agents.attendance import Absence
from callmanager.server.leases.ledger import Renewal
from callmanager.server.leases.terms import Lease
from tests.call_office import CallOffice, open_call_office


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return open_call_office(tmp_path, "ana", "bea")


def renew(office: CallOffice, who: str, lease: Lease) -> None:
    with office.write(office.people[who]) as tx:
        office.leases.renew(tx, [Renewal(lease.contact_id, lease.token)])


def test_a_call_lives_as_long_as_its_lease_is_renewed(office: CallOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id)
    call = office.start("ana", contact, lease=lease)
    office.tell("ana", call, "connected")
    for _ in range(20):
        office.hand.pass_time(40)
        renew(office, "ana", lease)
        assert office.close_lost() == 0
    office.hand.pass_time(44)
    assert office.close_lost() == 0
    office.hand.pass_time(2)
    assert office.close_lost() == 1
    ended = office.call(call.id)
    assert (ended["cause"], ended["result"], ended["estimated"]) == ("lost", "answered", True)
    assert ended["ended_at"] == call["requested_at"] + timedelta(seconds=20 * 40 + 45)
    assert words.needs_disposition(ended.row)
    assert office.state_of("ana") == "wrap_up"
    assert office.close_lost() == 0


def test_taking_the_contact_again_keeps_the_call(office: CallOffice) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    office.hand.pass_time(60)
    office.lock("ana", contact.id, program="vuelve")
    assert office.close_lost() == 0
    assert office.call(call.id)["ended_at"] is None


def test_a_contact_that_was_taken_over_ends_the_call_when_it_was_taken(office: CallOffice) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    office.hand.pass_time(55)
    taken = office.lock("bea", contact.id)
    office.hand.pass_time(5)
    assert office.close_lost() == 1
    assert office.call(call.id)["ended_at"] == taken.acquired_at


def test_the_end_that_the_phone_saw_stands_in_place_of_the_lost_one(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    office.tell("ana", call, "connected")
    office.hand.pass_time(100)
    office.close_lost()
    lost = office.call(call.id)
    assert lost["ended_at"] == call["requested_at"] + timedelta(seconds=45)
    real = office.tell("ana", call, "ended", "hung_up", ago=10)
    assert (real["cause"], real["estimated"], words.talk_of(real.row)) == ("hung_up", False, timedelta(seconds=90))
    again = office.tell("ana", call, "ended", "hung_up_here")
    assert again.row == real.row


def test_what_the_phone_saw_before_is_taken_too_when_it_comes_late(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    office.hand.pass_time(100)
    office.close_lost()
    assert office.call(call.id)["result"] == "failed"
    assert office.contact_now(call["contact_id"])["attempts"] == 0
    office.tell("ana", call, "ringing", ago=95)
    office.tell("ana", call, "connected", ago=90)
    told = office.call(call.id)
    assert (told["state"], told["result"], told["cause"]) == ("ended", "answered", "lost")
    assert office.contact_now(call["contact_id"])["attempts"] == 1
    ended = office.tell("ana", call, "ended", "hung_up", ago=30, assumed=True)
    assert (words.talk_of(ended.row), ended["estimated"]) == (timedelta(seconds=60), True)
    assert office.contact_now(call["contact_id"])["attempts"] == 1


def test_time_on_hold_that_is_told_late_is_not_talk(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    office.hand.pass_time(100)
    office.close_lost()
    for state, ago in (("connected", 90), ("on_hold", 80), ("on_hold", 75), ("connected", 60), ("on_hold", 20)):
        told = office.tell("ana", call, state, ago=ago)
        assert (told["state"], told["cause"], told["estimated"]) == ("ended", "lost", True)
    assert told["ended_at"] == call["requested_at"] + timedelta(seconds=80)
    assert words.talk_of(told.row) == timedelta(seconds=50)
    ended = office.tell("ana", call, "ended", "hung_up", ago=5)
    assert words.held_of(ended.row) == timedelta(seconds=20 + 15)
    assert words.talk_of(ended.row) == timedelta(seconds=85 - 35)
    assert office.tell("ana", call, "on_hold", ago=1).row == ended.row


def test_a_call_that_was_lost_on_hold_was_held_until_its_phone_says_otherwise(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    office.tell("ana", call, "connected")
    office.hand.pass_time(10)
    office.tell("ana", call, "on_hold")
    office.hand.pass_time(90)
    office.close_lost()
    lost = office.call(call.id)
    assert (words.talk_of(lost.row), words.held_of(lost.row)) == (timedelta(seconds=10), timedelta(seconds=35))
    assert office.listed("ana")[0]["held_seconds"] == 35.0
    office.tell("ana", call, "connected", ago=70)
    ended = office.tell("ana", call, "ended", "hung_up", ago=30)
    assert (words.talk_of(ended.row), words.held_of(ended.row)) == (timedelta(seconds=50), timedelta(seconds=20))


def test_a_hold_that_is_the_first_to_be_told_says_that_somebody_answered(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    office.hand.pass_time(100)
    office.close_lost()
    told = office.tell("ana", call, "on_hold", ago=90)
    assert (told["result"], told["connected_assumed"], words.talk_of(told.row)) == ("answered", True, timedelta())
    assert office.contact_now(call["contact_id"])["attempts"] == 1


def test_whoever_lost_a_call_is_asked_at_his_next_start(office: CallOffice) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    office.tell("ana", call, "connected")
    ana = office.people["ana"].id
    assert [one["id"] for one in office.listed("ana", user_id=ana, is_open=True)] == [call.id]
    office.hand.pass_time(300)
    with office.write(SYSTEM, "job") as tx:
        absence = Absence(ana, office.hand.now() - timedelta(seconds=290), office.hand.now())
        agent_states.sign_off(tx, office.states, absence)
    office.close_lost()
    assert office.state_of("ana") == "offline"
    office.sign_in("ana")
    (waiting,) = office.listed("ana", user_id=ana, is_open=True)
    assert (waiting["id"], waiting["cause"], waiting["needs_disposition"]) == (call.id, "lost", True)
    with pytest.raises(Conflict, match="last call"):
        office.start("ana", contact)
    office.dispose("ana", call, "CUELGA")
    assert office.listed("ana", user_id=ana, is_open=True) == []
    assert office.listed("ana")[0]["wrap_up_seconds"] is None


def test_a_restart_of_the_server_in_the_middle_changes_nothing(office: CallOffice) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    office.tell("ana", call, "ringing")
    office.hand.pass_time(20)
    office.open_server()
    assert office.close_lost() == 0
    office.tell("ana", call, "connected", ago=15)
    office.hand.pass_time(10)
    office.open_server()
    ended = office.tell("ana", call, "ended", "hung_up")
    assert words.talk_of(ended.row) == timedelta(seconds=25)
    office.dispose("ana", call, "NC", anyway=True)
    assert office.state_of("ana") == "ready"
    assert office.contact_now(contact.id)["attempts"] == 1


def test_with_nothing_lost_nothing_is_written(office: CallOffice) -> None:
    office.start("ana", office.contact())
    with office.storage.read() as connection:
        before = connection.exec_driver_sql("SELECT * FROM log_head").all()
    office.close_lost()
    with office.storage.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM log_head").all() == before
