"""A call from its first word to its end: who may begin one, what its phone tells, and what is refused."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from callmanager.domain import calls as words
from callmanager.domain.errors import CallManagerError, Conflict, Forbidden, Invalid, NotFound
from callmanager.server.actions import contacts, do_not_call, merges
from callmanager.server.leases.terms import Purpose
from callmanager.server.storage.calls import calls
from callmanager.softphones import CallState, EndCause
from tests.call_office import CallOffice, open_call_office
from tests.office import REGION


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return open_call_office(tmp_path)


def refused(error: type[CallManagerError], code: str, work: Any) -> dict[str, Any]:
    with pytest.raises(error) as refusal:
        work()
    assert refusal.value.code == code
    return refusal.value.fields


def test_the_words_of_calls_are_those_of_phones() -> None:
    assert (words.CallState, words.EndCause) == (CallState, EndCause)
    for cause in words.EndCause:
        assert words.result_of(cause, connected=True) == "answered"
        assert words.result_of(cause, connected=False) != "answered"


def test_a_call_goes_its_way_and_its_times_are_kept(office: CallOffice) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    assert (call["state"], call["number"], call["e164"]) == ("requested", "8888-0000", "+50688880000")
    assert office.state_of("ana") == "on_call"
    office.hand.pass_time(10)
    office.tell("ana", call, "dialing", ago=8)
    office.tell("ana", call, "ringing", ago=7)
    office.tell("ana", call, "connected", ago=3)
    office.hand.pass_time(60)
    ended = office.tell("ana", call, "ended", "hung_up", ago=1)
    began = call["requested_at"]
    seconds = {
        name: (ended[f"{name}_at"] - began).total_seconds() for name in ("dialing", "ringing", "connected", "ended")
    }
    assert seconds == {"dialing": 2, "ringing": 3, "connected": 7, "ended": 69}
    assert (ended["result"], ended["cause"], ended["estimated"]) == ("answered", "hung_up", False)
    assert words.talk_of(ended.row) == timedelta(seconds=62)
    assert words.needs_disposition(ended.row)
    assert office.state_of("ana") == "wrap_up"
    after = office.contact_now(contact.id)
    assert (after["attempts"], after["last_called_by"]) == (1, office.people["ana"].id)
    assert after["last_called_at"] == ended["dialing_at"]


def test_steps_told_again_late_or_backward_change_nothing(office: CallOffice) -> None:
    call = office.ended_call("ana", office.contact())
    before = office.call(call.id).row
    for state, cause in (("dialing", None), ("connected", None), ("on_hold", None), ("ended", "busy")):
        office.hand.pass_time(1)
        assert office.tell("ana", call, state, cause).row == before
    assert office.contact_now(call["contact_id"])["attempts"] == 1


def test_a_step_is_never_before_the_one_before_it_nor_in_the_future(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    office.hand.pass_time(5)
    office.tell("ana", call, "ringing", ago=1)
    told = office.tell("ana", call, "connected", ago=4_000)
    assert told["connected_at"] == told["ringing_at"] == call["requested_at"] + timedelta(seconds=4)
    assert told["dialing_at"] is None


def test_time_on_hold_is_not_talk(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    office.tell("ana", call, "connected")
    for state, seconds in (("on_hold", 10), ("on_hold", 5), ("connected", 20), ("on_hold", 30)):
        office.hand.pass_time(seconds)
        office.tell("ana", call, state)
    office.hand.pass_time(7)
    ended = office.tell("ana", call, "ended", "hung_up_here")
    assert ended["held_milliseconds"] == 25_000 + 7_000
    assert words.talk_of(ended.row) == timedelta(seconds=10 + 30)


@pytest.mark.parametrize(
    ("cause", "result"),
    [
        ("busy", "busy"),
        ("no_answer", "no_answer"),
        ("rejected", "busy"),
        ("wrong_number", "failed"),
        ("hung_up_here", "cancelled"),
        ("unconfirmed", "no_answer"),
    ],
)
def test_what_came_of_a_call_that_nobody_answered_follows_from_its_cause(
    office: CallOffice, cause: str, result: str
) -> None:
    call = office.ended_call("ana", office.contact(), cause, talk=None)
    assert (call["result"], words.talk_of(call.row)) == (result, None)


def test_what_was_never_dialled_needs_no_outcome_and_is_no_attempt(office: CallOffice) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    ended = office.tell("ana", call, "ended", "failed")
    assert (ended["result"], words.needs_disposition(ended.row)) == ("failed", False)
    assert office.state_of("ana") == "ready"
    assert office.contact_now(contact.id)["attempts"] == 0
    assert office.start("ana", contact).id != call.id


def test_an_end_without_a_cause_is_refused(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    refused(Invalid, "cause_missing", lambda: office.tell("ana", call, "ended"))


def test_only_ones_own_call_is_told_of(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    refused(Forbidden, "call_of_another", lambda: office.tell("bea", call, "ringing"))
    refused(NotFound, "call_not_found", lambda: office.tell("lejos", call, "ringing"))


def test_a_call_needs_the_present_lease_of_its_contact(office: CallOffice) -> None:
    contact = office.contact()
    old = office.lock("ana", contact.id)
    office.lock("ana", contact.id)
    refused(Conflict, "lease_lost", lambda: office.start("ana", contact, lease=old))
    refused(Conflict, "lease_lost", lambda: office.start("bea", contact, lease=office.lock("ana", contact.id)))
    late = office.lock("ana", contact.id)
    office.hand.pass_time(46)
    refused(Conflict, "lease_lost", lambda: office.start("ana", contact, lease=late))
    assert office.listed("manager") == []


def test_a_lease_to_edit_becomes_one_to_call(office: CallOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id, Purpose.EDIT)
    office.start("ana", contact, lease=lease)
    with office.storage.read() as connection:
        held = office.leases.find(connection, contact.id)
    assert held is not None
    assert (held.purpose, held.token) == ("call", lease.token)
    assert office.told[-1].body["lock"]["purpose"] == "call"


def test_one_call_at_a_time_and_none_before_the_last_ones_outcome(office: CallOffice) -> None:
    first, second = office.contact(), office.contact(phone="8888-1111")
    call = office.start("ana", first)
    assert refused(Conflict, "call_live", lambda: office.start("ana", second))["call_id"] == call.id
    office.tell("ana", call, "dialing")
    office.tell("ana", call, "ended", "busy")
    fields = refused(Conflict, "disposition_missing", lambda: office.start("ana", second))
    assert fields == {"call_id": call.id, "contact_id": first.id}
    office.dispose("ana", call, "OCUPADO")
    assert office.state_of("ana") == "ready"
    office.start("ana", second)


def test_a_contact_that_is_called_is_called_by_nobody_else_even_when_its_lease_is_gone(office: CallOffice) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    office.hand.pass_time(51)
    refused(Conflict, "contact_on_call", lambda: office.start("bea", contact))
    office.tell("ana", call, "ended", "hung_up_here")
    office.start("bea", contact, anyway=True)


def test_the_number_must_be_one_of_the_contacts(office: CallOffice) -> None:
    contact = office.contact()
    contact = office.edit(contact.id, contact.version, phones=["8888-0000", "2222-3333"])
    refused(Invalid, "number_not_of_contact", lambda: office.start("ana", contact, number="7777-7777"))
    call = office.start("ana", contact, number="+506 2222 3333")
    assert (call["number"], call["key"]) == ("2222-3333", "+50622223333")


def test_a_listed_number_is_called_by_managers_who_say_why(office: CallOffice) -> None:
    contact = office.contact()
    office.do(do_not_call.add, "8888-0000", reason="pidió", region=REGION)
    refused(Forbidden, "do_not_call", lambda: office.start("ana", contact, override_reason="quiero"))
    office.hand.pass_time(60)
    refused(Forbidden, "do_not_call", lambda: office.start("manager", contact))
    call = office.start("manager", contact, override_reason="el cliente llamó y pide respuesta")
    assert call["override_reason"] == "el cliente llamó y pide respuesta"
    assert office.listed("ana", contact_ids=(contact.id,))[0]["override_reason"] == call["override_reason"]


def test_a_number_that_was_just_called_for_another_contact_warns(office: CallOffice) -> None:
    first, second = office.contact(), office.contact(name="el mismo número")
    call = office.ended_call("bea", first, "busy", talk=None)
    fields = refused(Conflict, "number_called_recently", lambda: office.start("ana", second))
    assert (fields["by"], fields["contact_id"]) == ("bea", first.id)
    assert office.start("ana", second, anyway=True)["state"] == "requested"
    assert call["key"] == "+50688880000"


def test_the_database_itself_refuses_two_calls_at_once(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    other = office.contact(phone="8888-1111")
    for same in ("contact_id", "user_id"):
        row = {**call.row, "id": 77, "contact_id": other.id, "user_id": office.people["bea"].id, same: call[same]}
        with pytest.raises(IntegrityError), office.storage.write() as connection:
            connection.execute(insert(calls), row)


@pytest.mark.parametrize("fate", ["archived", "merged", "moved"])
def test_whatever_became_of_the_contact_meanwhile_the_call_ends_and_has_its_outcome(
    office: CallOffice, fate: str
) -> None:
    contact = office.contact()
    call = office.start("ana", contact)
    office.tell("ana", call, "connected")
    kept = contact
    with office.write(office.people["admin"]) as tx:
        office.leases.end(tx, contact.id, "released")
        if fate == "archived":
            contacts.delete(tx, contact.id, version=tx.get(contact.entity, contact.id).version)
        elif fate == "moved":
            contacts.edit(tx, contact.id, {"team_id": None}, version=2, region=REGION)
    if fate == "merged":
        kept = office.contact(name="el otro", phone="8888-2222")
        how = {"keep_version": 1, "other_version": 2, "fields": {}, "region": REGION}
        office.do(merges.merge, kept.id, contact.id, **how, actor=office.people["admin"])
    office.hand.pass_time(60)
    ended = office.tell("ana", call, "ended", "hung_up")
    _call, now = office.dispose("ana", ended, "NC")
    assert (now.id, now["status"], now["attempts"]) == (kept.id, "NC", 1)
    assert office.state_of("ana") == "ready"


def test_each_is_told_of_a_call_as_much_as_he_may_know(office: CallOffice) -> None:
    call = office.start("ana", office.contact())
    brief = {"id", "contact_id", "user_id", "user", "state", "since", "seq"}
    assert office.told_of("ana")[-1]["number"] == "8888-0000"
    assert office.told_of("manager")[-1] == office.told_of("ana")[-1] == office.listed("ana")[0]
    assert set(office.told_of("bea")[-1]) == brief
    assert office.told_of("lejos") == []
    count = len(office.announced)
    office.tell("ana", call, "requested")
    assert len(office.announced) == count
