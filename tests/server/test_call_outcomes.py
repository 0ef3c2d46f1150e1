"""What came of a call: all that follows from it in one change set, corrected and taken back whole or not at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text

from callmanager.domain import calls as words
from callmanager.domain.clock import from_wire
from callmanager.domain.errors import CallManagerError, Conflict, Forbidden, Invalid
from callmanager.domain.prohibitions import Kind
from callmanager.server.actions import call_effects, do_not_call, merges, undo
from callmanager.server.changes.write import Record
from callmanager.server.storage import tables as t
from tests.call_office import CallOffice, open_call_office
from tests.office import REGION

HOUR = timedelta(hours=1)


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return open_call_office(tmp_path)


@pytest.fixture
def contact(office: CallOffice) -> Record:
    return office.contact()


def refused(error: type[CallManagerError], code: str, work: Any) -> dict[str, Any]:
    with pytest.raises(error) as refusal:
        work()
    assert refusal.value.code == code
    return refusal.value.fields


def in_short(contact: Record) -> tuple[str, int, datetime | None, bool]:
    return contact["status"], contact["attempts"], contact["next_call_at"], contact["do_not_call"]


def sets_since(office: CallOffice, seq: int) -> dict[int, set[str]]:
    """The kinds of record that each change set after `seq` wrote."""
    found: dict[int, set[str]] = {}
    with office.storage.read() as connection:
        rows = connection.execute(select(t.changes.c.set_id, t.changes.c.entity).where(t.changes.c.seq > seq))
        for set_id, entity in rows:
            found.setdefault(set_id, set()).add(entity)
    return found


def listed(office: CallOffice) -> list[str]:
    with office.storage.read() as connection:
        living = select(t.do_not_call.c.number).where(t.do_not_call.c.archived_at.is_(None))
        return list(connection.execute(living).scalars())


def test_an_outcome_sets_call_and_contact_in_one_change_set(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact, "no_answer", talk=None)
    office.hand.pass_time(9)
    told, now = office.dispose("ana", call, "nc", note="  sonó ocho veces ")
    assert (told["disposition"], told["note"]) == ("NC", "sonó ocho veces")
    assert told["dispositioned_at"] == told["ended_at"] + timedelta(seconds=9)
    assert in_short(now) == ("NC", 1, told["ended_at"] + 2 * HOUR, False)
    (kinds,) = sets_since(office, call["seq"] + 2).values()
    assert kinds == {"call", "contact", "agent_state"}
    assert office.state_of("ana") == "ready"


def test_tries_in_a_row_wait_longer_and_end(office: CallOffice, contact: Record) -> None:
    waits = []
    for _ in range(5):
        call = office.ended_call("ana", contact, "busy", talk=None)
        told, now = office.dispose("ana", call, "OCUPADO")
        waits.append(None if now["next_call_at"] is None else now["next_call_at"] - told["ended_at"])
    assert waits == [timedelta(minutes=15)] * 4 + [None]
    call = office.ended_call("ana", contact, "no_answer", talk=None)
    office.dispose("ana", call, "NC")
    call = office.ended_call("ana", contact, "busy", talk=None)
    assert office.dispose("ana", call, "OCUPADO")[1]["next_call_at"] is not None


def test_each_wrong_outcome_is_refused_with_its_code(office: CallOffice, contact: Record) -> None:
    call = office.start("ana", contact)
    refused(Conflict, "call_not_ended", lambda: office.dispose("ana", call, "NC"))
    office.tell("ana", call, "connected")
    office.hand.pass_time(4)
    office.tell("ana", call, "ended", "hung_up")
    later = office.hand.now() + HOUR
    refused(Invalid, "disposition_unknown", lambda: office.dispose("ana", call, "SIN_GESTIONAR"))
    refused(Invalid, "disposition_unknown", lambda: office.dispose("ana", call, "QUIZAS"))
    refused(Invalid, "callback_required", lambda: office.dispose("ana", call, "VOLVER_A_LLAMAR"))
    past = {"callback_at": office.call(call.id)["ended_at"]}
    refused(Invalid, "callback_past", lambda: office.dispose("ana", call, "VOLVER_A_LLAMAR", **past))
    refused(Forbidden, "call_of_another", lambda: office.dispose("bea", call, "NC"))
    fields = refused(Conflict, "disposition_odd", lambda: office.dispose("ana", call, "INTERESADO"))
    assert fields == {"talk_seconds": 4.0, "ask_below_seconds": 10}
    with office.storage.write() as connection:
        connection.execute(text("UPDATE dispositions SET needs_note = 1 WHERE code = 'NC'"))
    refused(Invalid, "note_required", lambda: office.dispose("ana", call, "NC", note="  "))
    assert office.call(call.id)["disposition"] is None
    assert office.contact_now(contact.id)["status"] == "SIN_GESTIONAR"
    told, now = office.dispose("ana", call, "INTERESADO", anyway=True, callback_at=later)
    assert (told["callback_at"], now["next_call_at"]) == (later, later)


def test_who_is_to_be_called_no_more_is_barred_and_not_the_others_on_that_line(
    office: CallOffice, contact: Record
) -> None:
    twin = office.contact(name="otro con el mismo número")
    call = office.ended_call("ana", contact)
    told, now = office.dispose("ana", call, "NO_CONTACTO", callback_at=office.hand.now() + HOUR)
    assert in_short(now) == ("NO_CONTACTO", 1, None, True)
    assert told["callback_at"] is None
    assert office.contact_now(twin.id)["do_not_call"] is False
    assert listed(office) == ["8888-0000"]


def test_a_line_on_which_nobody_else_is_reached_is_listed_with_the_person(office: CallOffice, contact: Record) -> None:
    office.dispose("ana", office.ended_call("ana", contact), "NO_CONTACTO")
    assert office.contact_now(office.contact(name="viene después").id)["do_not_call"] is True
    assert listed(office) == ["8888-0000", "8888-0000"]


@pytest.mark.parametrize(("meant", "twins"), [(Kind.LINE, True), (Kind.PERSON, False)])
def test_who_is_asked_says_whether_the_line_or_the_person_is_meant(
    office: CallOffice, contact: Record, meant: Kind, twins: bool
) -> None:
    office.edit(contact.id, 1, phones=["8888-0000", "2222-3333"])
    twin = office.contact(name="otro con el mismo número")
    call = office.ended_call("ana", contact)
    assert office.dispose("ana", call, "NO_CONTACTO", bars=meant)[1]["do_not_call"] is (meant is Kind.PERSON)
    assert office.contact_now(twin.id)["do_not_call"] is twins


def test_a_wrong_number_brings_the_next_one_at_once(office: CallOffice, contact: Record) -> None:
    office.edit(contact.id, 1, phones=["8888-0000", "2222-3333"])
    for number, left in (("8888-0000", True), ("2222-3333", False)):
        call = office.start("ana", contact, number=number)
        office.tell("ana", call, "dialing")
        office.tell("ana", call, "ended", "wrong_number")
        _call, now = office.dispose("ana", call, "NUMERO_EQUIVOCADO")
        assert (now["next_call_at"] is not None) is left
    refused(Conflict, "number_marked", lambda: office.start("ana", contact, number="8888-0000"))


def test_a_phone_that_tells_nothing_leaves_the_attempt_and_the_result_to_the_outcome(
    office: CallOffice, contact: Record
) -> None:
    call = office.start("ana", contact)
    office.hand.pass_time(90)
    office.tell("ana", call, "ended", "unconfirmed", assumed=True)
    assert office.contact_now(contact.id)["attempts"] == 0
    told, now = office.dispose("ana", call, "INTERESADO")
    assert (told["result"], told["estimated"], now["attempts"]) == ("answered", True, 1)
    assert now["last_called_at"] == call["requested_at"]
    back, before = office.retract("ana", call)
    assert (back["result"], before["attempts"], before["last_called_at"]) == ("no_answer", 0, None)
    assert office.dispose("ana", call, "NC")[1]["attempts"] == 1


def test_an_outcome_is_taken_back_with_all_that_followed(office: CallOffice, contact: Record) -> None:
    twin = office.contact(name="otro con el mismo número")
    call = office.ended_call("ana", contact)
    before = office.contact_now(contact.id)
    office.dispose("ana", call, "NO_CONTACTO", note="no quiere")
    office.hand.pass_time(899)
    told, now = office.retract("ana", call)
    assert in_short(now) == in_short(before) == ("SIN_GESTIONAR", 1, None, False)
    assert office.contact_now(twin.id)["do_not_call"] is False
    assert listed(office) == []
    assert (told["disposition"], told["note"], told["dispositioned_at"]) == (None, "", None)
    assert office.state_of("ana") == "wrap_up"
    refused(Conflict, "disposition_absent", lambda: office.retract("ana", call))
    refused(Conflict, "disposition_missing", lambda: office.start("ana", twin, anyway=True))


def test_a_correction_stands_in_place_of_what_was_said_first(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    office.dispose("ana", call, "NO_CONTACTO")
    first = office.call(call.id)["dispositioned_at"]
    office.hand.pass_time(60)
    told, now = office.dispose("ana", call, "VENTA")
    assert in_short(now) == ("VENTA", 1, None, False)
    assert (listed(office), told["dispositioned_at"]) == ([], first)
    office.dispose("ana", call, "NC")
    assert in_short(office.retract("ana", call)[1]) == ("SIN_GESTIONAR", 1, None, False)


def test_after_a_quarter_of_an_hour_an_outcome_stands(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    office.dispose("ana", call, "VENTA")
    office.hand.pass_time(901)
    refused(Conflict, "disposition_settled", lambda: office.dispose("ana", call, "NC"))
    refused(Conflict, "disposition_settled", lambda: office.retract("ana", call))


def test_the_time_that_an_outcome_waited_for_the_server_is_no_work(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    office.hand.pass_time(3_600)
    told, _now = office.dispose("ana", call, "NC", ago=3_593)
    assert words.wrap_up_of(told.row) == timedelta(seconds=7)
    last, ready = office.day("ana")["intervals"][-2:]
    assert (last["state"], from_wire(last["ended_at"]) - from_wire(last["started_at"])) == (
        "wrap_up",
        timedelta(seconds=7),
    )
    assert (ready["state"], from_wire(ready["started_at"])) == ("ready", told["dispositioned_at"])
    office.hand.pass_time(899)
    again, _now = office.dispose("ana", call, "VENTA", ago=5)
    assert again["dispositioned_at"] == told["dispositioned_at"]
    office.hand.pass_time(2)
    refused(Conflict, "disposition_settled", lambda: office.retract("ana", call))


def test_no_outcome_is_said_before_its_call_ended(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    office.hand.pass_time(60)
    told, _now = office.dispose("ana", call, "NC", ago=9_000_000)
    assert told["dispositioned_at"] == call["ended_at"]


def test_what_somebody_changed_since_is_not_overwritten(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    _told, now = office.dispose("ana", call, "NC")
    with office.write(office.people["ana"]) as tx:
        office.leases.end(tx, contact.id, "released")
    office.edit(contact.id, now.version, office.people["bea"], status="VENTA", status_reason="firmó aquí")
    fields = refused(Conflict, "undo_conflict", lambda: office.retract("ana", call))
    assert fields["fields"] == ["status"]
    assert office.call(call.id)["disposition"] == "NC"
    assert office.contact_now(contact.id)["status"] == "VENTA"


def test_what_was_merged_since_is_not_changed_though_it_says_the_same(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    _told, now = office.dispose("ana", call, "INTERESADO", anyway=True)
    other = office.create(phone="8888-0009", status="INTERESADO")
    with office.write(office.people["manager"]) as tx:
        office.leases.end(tx, contact.id, "released")
        versions = {"keep_version": other.version, "other_version": now.version}
        merges.merge(tx, other.id, contact.id, **versions, fields={}, region=REGION)
    fields = refused(Conflict, "undo_conflict", lambda: office.retract("ana", call))
    assert (fields["record_id"], fields["fields"]) == (other.id, ["merged_into"])


def test_an_older_call_does_not_overrule_what_a_later_one_found(office: CallOffice, contact: Record) -> None:
    lost = office.start("ana", contact)
    office.tell("ana", lost, "connected")
    office.hand.pass_time(60)
    office.close_lost()
    later = office.ended_call("bea", contact)
    office.dispose("bea", later, "VENTA")
    told, now = office.dispose("ana", lost, "NC")
    assert (told["disposition"], now["status"]) == ("NC", "VENTA")
    office.dispose("ana", lost, "BUZON")
    assert office.contact_now(contact.id)["status"] == "VENTA"


def test_the_outcome_is_taken_though_another_holds_the_contact_now(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    office.hand.pass_time(60)
    office.lock("bea", contact.id)
    assert office.dispose("ana", call, "NC")[1]["status"] == "NC"


def test_undo_of_the_change_set_names_the_right_way(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    office.dispose("ana", call, "NC")
    with office.storage.read() as connection:
        set_id = connection.execute(text("SELECT max(set_id) FROM changes")).scalar_one()
    before = office.contact_now(contact.id).row
    fields = refused(
        Conflict, "call_not_undoable", lambda: office.do(undo.undo_set, set_id, actor=office.people["ana"])
    )
    assert fields == {"call_id": call.id}
    assert office.contact_now(contact.id).row == before


@pytest.fixture(params=["list_number", "_write", "find_next_number", "CALL"])
def fail_point(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Somewhere within an outcome the power goes."""
    name = str(request.param)

    def fail(*_args: Any, **_how: Any) -> Any:
        raise ZeroDivisionError(name)

    if name == "CALL":
        monkeypatch.setattr("callmanager.server.actions.call_outcomes._release", fail)
    else:
        monkeypatch.setattr(call_effects, name, fail)
    return name


def test_whatever_fails_nothing_of_an_outcome_stays(office: CallOffice, contact: Record, fail_point: str) -> None:
    with office.storage.write() as connection:
        connection.execute(text("UPDATE dispositions SET number_mark = 'wrong' WHERE code = 'BUZON'"))
    call = office.start("ana", contact)
    code = {"list_number": "NO_CONTACTO", "find_next_number": "BUZON"}.get(fail_point, "NO_CONTACTO")
    with office.storage.write() as connection:
        connection.execute(
            text("UPDATE calls SET state = 'ended', ended_at = requested_at, cause = 'unconfirmed', result = 'failed'")
        )
    before = (office.call(call.id).row, office.contact_now(contact.id).row, listed(office), office.state_of("ana"))
    with pytest.raises(ZeroDivisionError):
        office.dispose("ana", call, code)
    assert before == (
        office.call(call.id).row,
        office.contact_now(contact.id).row,
        listed(office),
        office.state_of("ana"),
    )


def test_a_call_from_another_phone_is_written_down(office: CallOffice, contact: Record) -> None:
    began = office.hand.now() - 2 * HOUR
    told, now = office.log_call("ana", contact, began, 95.5, "INTERESADO", note="desde el móvil")
    assert (told["driver"], told["estimated"], told["result"]) == ("by_hand", True, "answered")
    assert (told["requested_at"], told["ended_at"]) == (began, began + timedelta(seconds=95.5))
    assert (now["attempts"], now["last_called_at"], now["status"]) == (1, began, "INTERESADO")
    assert office.state_of("ana") == "ready"
    shown = office.listed("ana")[0]
    assert (shown["talk_seconds"], shown["wrap_up_seconds"]) == (95.5, None)
    for start, talk in ((began, None), (began + timedelta(seconds=95), 3.0), (began - HOUR, 3_601.0)):
        refused(Conflict, "call_overlaps", lambda: office.log_call("ana", contact, start, talk, "NC"))  # noqa: B023
    refused(Invalid, "call_in_future", lambda: office.log_call("ana", contact, office.hand.now(), 9.0, "NC"))
    old = office.hand.now() - timedelta(days=7, seconds=1)
    refused(Invalid, "call_too_old", lambda: office.log_call("ana", contact, old, None, "NC"))
    told, now = office.log_call("ana", contact, began - HOUR, None, "NC")
    assert (told["result"], now["attempts"], now["status"]) == ("no_answer", 2, "INTERESADO")
    assert now["last_called_at"] == began


def test_nobody_writes_a_call_down_for_a_contact_that_another_works_on(office: CallOffice, contact: Record) -> None:
    office.lock("bea", contact.id)
    with pytest.raises(CallManagerError) as refusal:
        office.log_call("ana", contact, office.hand.now() - HOUR, None, "NC")
    assert refusal.value.code == "contact_locked"


def test_a_number_that_was_listed_before_stays_listed(office: CallOffice, contact: Record) -> None:
    call = office.ended_call("ana", contact)
    office.do(do_not_call.add, "8888-0000", reason="por carta", region=REGION)
    office.dispose("ana", call, "NO_CONTACTO")
    _call, now = office.retract("ana", call)
    assert (listed(office), now["do_not_call"]) == (["8888-0000"], True)
    with office.storage.read() as connection:
        rows = connection.execute(
            text("SELECT fields FROM changes WHERE entity = 'do_not_call' ORDER BY seq")
        ).scalars()
        told = [orjson.loads(row) for row in rows]
    added = [(one["kind"], one["reason"]) for one in told[:2]]
    assert added == [([None, "line"], [None, "por carta"]), ([None, "person"], [None, "Does not want contact"])]
    assert [list(one) for one in told[2:]] == [["archived_at"]], "that of the outcome is taken back, and no other"
