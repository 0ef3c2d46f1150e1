"""Which number may be dialled for which contact, on both databases; asked where the call is recorded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from callmanager.domain.dispositions import NumberMark
from callmanager.domain.errors import CallManagerError, Conflict, Forbidden
from callmanager.domain.office import Office as TheOffice
from callmanager.server.actions import contacts, do_not_call, merges
from callmanager.server.actions import dispositions as disposition_actions
from callmanager.server.actions.numbers import (
    LATEST_CALL,
    WORDS_ON_NUMBER,
    check_number,
    find_next_number,
    list_marks,
    next_number,
)
from callmanager.server.changes.entities import CALL, CONTACT
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.engine import Storage
from tests.office import REGION, Office

NUMBER = "+50688112233"


@pytest.fixture
def desk(office: Office) -> Office:
    office.norte, office.sur = office.open_teams("Norte", "Sur")  # type: ignore[attr-defined]
    return office


def make_call(tx: Transaction, contact: Record, key: str = NUMBER, *, ago: float = 0, **fields: Any) -> Record:
    """A call of the actor that rang and ended, `ago` minutes before."""
    at = tx.now - timedelta(minutes=ago)
    times = {"requested_at": at, "dialing_at": at, "ended_at": at, **fields}
    said = {"number": key, "e164": key, "key": key, "driver": "simulated", "state": "ended", "cause": "no_answer"}
    whose = {"contact_id": contact.id, "team_id": contact["team_id"], "user_id": tx.actor.id}
    return tx.insert(CALL, {**said, **whose, **times})


def with_phones(office: Office, *numbers: str) -> Record:
    record: Record = office.do(contacts.create, {"phones": list(numbers)}, region=REGION)
    return record


def called(office: Office, who: str, contact: Record, key: str = NUMBER, **fields: Any) -> Record:
    record: Record = office.do(make_call, contact, key, actor=office.people[who], **fields)
    return record


def check(office: Office, who: str, contact: Record, key: str = NUMBER, **how: Any) -> str:
    reason: str = office.do(check_number, contact, key, TheOffice(), actor=office.people[who], **how)
    return reason


def marks(office: Office, contact: Record, *keys: str) -> dict[str, NumberMark]:
    found: dict[str, NumberMark] = office.do(list_marks, contact.id, keys or (NUMBER,))
    return found


def test_a_number_that_nobody_called_is_free(desk: Office) -> None:
    assert check(desk, "free", desk.create(phone=NUMBER)) == ""


def test_a_listed_number_is_dialled_by_nobody_but_a_manager_who_says_why(desk: Office) -> None:
    contact = desk.create(phone=NUMBER)
    desk.do(do_not_call.add, NUMBER, reason="", region=REGION)
    for who, reason in (("free", ""), ("free", "me lo pidió"), ("lead", "urge"), ("manager", " "), ("admin", "")):
        with pytest.raises(Forbidden) as refused:
            check(desk, who, contact, override_reason=reason, anyway=True)
        assert (refused.value.code, refused.value.fields["may_override"]) == (
            "do_not_call",
            who in ("manager", "admin"),
        )
    assert check(desk, "manager", contact, override_reason=" lo autorizó ella ") == "lo autorizó ella"


def test_another_phone_of_the_contact_is_free_when_a_line_is_listed_and_barred_when_the_person_is(desk: Office) -> None:
    desk.do(do_not_call.add, NUMBER, reason="", region=REGION)
    contact = with_phones(desk, "+50688110000", NUMBER)
    assert check(desk, "free", contact, "+50688110000") == ""
    desk.do(do_not_call.add, "", contact_id=contact.id, region=REGION)
    with pytest.raises(Forbidden):
        check(desk, "free", contact, "+50688110000")


def test_a_number_that_was_listed_meanwhile_is_refused_though_the_contact_was_read_before(desk: Office) -> None:
    contact = desk.create(phone=NUMBER)
    desk.do(do_not_call.add, NUMBER, reason="", region=REGION)
    assert contact["do_not_call"] is False
    with pytest.raises(Forbidden):
        check(desk, "free", contact)


def test_a_reason_that_opens_nothing_is_not_kept(desk: Office) -> None:
    assert check(desk, "manager", desk.create(phone=NUMBER), override_reason="por si acaso") == ""


def test_the_same_number_of_another_contact_rests_for_an_hour(desk: Office) -> None:
    one, other = desk.create(phone=NUMBER), desk.create(phone=NUMBER)
    made = called(desk, "lead", one, ago=59)
    with pytest.raises(Conflict) as refused:
        check(desk, "free", other)
    assert refused.value.code == "number_called_recently"
    at = CALL.encode(made.row)["requested_at"]
    assert refused.value.fields == {"by": "lead", "at": at, "contact_id": one.id, "same_contact": False}
    assert check(desk, "free", other, anyway=True) == ""


def test_after_an_hour_the_number_is_free_again(desk: Office) -> None:
    called(desk, "lead", desk.create(phone=NUMBER), ago=60)
    assert check(desk, "free", desk.create(phone=NUMBER)) == ""


def test_a_contact_of_another_team_is_not_named(desk: Office) -> None:
    hidden = desk.create(phone=NUMBER, team_id=desk.sur)  # type: ignore[attr-defined]
    called(desk, "agent-Sur", hidden)
    mine = desk.create(phone=NUMBER, team_id=desk.norte)  # type: ignore[attr-defined]
    with pytest.raises(Conflict) as refused:
        check(desk, "agent-Norte", mine)
    assert (refused.value.fields["by"], refused.value.fields["contact_id"]) == ("agent-Sur", None)


def test_a_call_that_never_reached_a_phone_warns_nobody(desk: Office) -> None:
    for cause in ("failed", "cancelled"):
        called(desk, "lead", desk.create(phone=NUMBER), dialing_at=None, cause=cause)
    assert check(desk, "free", desk.create(phone=NUMBER)) == ""
    called(desk, "lead", desk.create(phone=NUMBER), dialing_at=None, ended_at=None, cause=None, state="requested")
    with pytest.raises(Conflict):
        check(desk, "free", desk.create(phone=NUMBER))


def test_a_wrong_number_is_wrong_for_its_contact_alone(desk: Office) -> None:
    one, other = desk.create(phone=NUMBER), desk.create(phone=NUMBER)
    called(desk, "free", one, ago=90, disposition="NUMERO_EQUIVOCADO")
    with pytest.raises(Conflict) as refused:
        check(desk, "free", one)
    assert (refused.value.code, refused.value.fields["mark"]) == ("number_marked", "wrong")
    assert check(desk, "free", one, anyway=True) == ""
    assert check(desk, "free", other) == ""


def test_calls_of_a_contact_that_was_merged_into_this_one_are_its_own(desk: Office) -> None:
    kept, other = desk.create(phone=NUMBER), desk.create(phone=NUMBER)
    called(desk, "lead", other, disposition="NUMERO_EQUIVOCADO")
    desk.do(merges.merge, kept.id, other.id, keep_version=1, other_version=1, fields={}, region=REGION)
    with pytest.raises(Conflict) as refused:
        check(desk, "free", kept)
    assert refused.value.code == "number_marked"
    assert check(desk, "free", kept, anyway=True) == ""


def test_a_number_that_does_not_exist_exists_for_nobody(desk: Office) -> None:
    one, other = desk.create(phone=NUMBER), desk.create(phone=NUMBER)
    called(desk, "free", one, ago=90, disposition="NO_EXISTE")
    assert marks(desk, one) == marks(desk, other) == {NUMBER: NumberMark.NONEXISTENT}


@pytest.mark.parametrize(
    ("said", "here", "elsewhere"),
    [
        (["NO_EXISTE", "NC"], "nonexistent", "nonexistent"),
        (["NO_EXISTE", "INTERESADO"], "", ""),
        (["INTERESADO", "NO_EXISTE"], "nonexistent", "nonexistent"),
        (["NUMERO_EQUIVOCADO", "VENTA"], "", ""),
        (["NUMERO_EQUIVOCADO", "NO_EXISTE"], "nonexistent", "nonexistent"),
        (["NO_EXISTE", "NUMERO_EQUIVOCADO"], "wrong", "nonexistent"),
        (["NO_EXISTE", "elsewhere CUELGA"], "", ""),
        (["NUMERO_EQUIVOCADO", "elsewhere VENTA"], "wrong", ""),
        (["VENTA", "elsewhere NUMERO_EQUIVOCADO"], "", "wrong"),
        ([], "", ""),
    ],
)
def test_the_latest_word_on_a_number_counts(desk: Office, said: list[str], here: str, elsewhere: str) -> None:
    places = {"here": desk.create(phone=NUMBER), "elsewhere": desk.create(phone=NUMBER)}
    for age, word in enumerate(reversed(said), 100):
        place, _, code = word.rpartition(" ")
        called(desk, "free", places[place or "here"], ago=age, disposition=code)
    found = [marks(desk, contact).get(NUMBER, NumberMark.NONE) for contact in places.values()]
    assert found == [here, elsewhere]


def test_a_mark_follows_what_managers_make_of_its_disposition(desk: Office) -> None:
    contact = desk.create(phone=NUMBER)
    own = desk.do(disposition_actions.create, {"code": "FAX", "name": "Fax", "number_mark": "nonexistent"})
    called(desk, "free", contact, ago=90, disposition="FAX")
    assert marks(desk, contact) == {NUMBER: NumberMark.NONEXISTENT}
    desk.do(disposition_actions.edit, own.id, {"number_mark": ""}, version=own.version)
    assert marks(desk, contact) == {}


def test_the_next_number_is_the_first_that_may_still_be_of_use(desk: Office) -> None:
    numbers = [f"+5068811000{digit}" for digit in range(4)]
    contact = with_phones(desk, *numbers)
    assert desk.do(find_next_number, contact)["key"] == numbers[0]
    called(desk, "free", contact, numbers[0], ago=90, disposition="NUMERO_EQUIVOCADO")
    called(desk, "free", contact, numbers[1], ago=90, disposition="NO_EXISTE")
    desk.do(do_not_call.add, numbers[2], reason="", region=REGION)
    assert desk.do(find_next_number, contact)["key"] == numbers[3]
    assert desk.do(find_next_number, contact, but=numbers[3]) is None


def test_without_phones_of_use_there_is_no_next_number() -> None:
    phones = [{"key": "1"}, {"key": "2"}]
    assert next_number(phones, {"1"}) == {"key": "2"}
    assert next_number(phones, {"1", "2"}) is None


def test_of_two_who_dial_one_number_for_two_contacts_one_is_warned(desk: Office) -> None:
    people = [desk.people["lead"], desk.people["free"]]
    for turn in range(25):
        number = f"+506881200{turn:02}"
        pair = [desk.create(phone=number), desk.create(phone=number)]
        barrier = Barrier(2)

        def dial(place: int, number: str = number, pair: list[Record] = pair, barrier: Barrier = barrier) -> str:
            barrier.wait()
            try:
                with desk.log.write(people[place], "api") as tx:
                    contact = tx.get(CONTACT, pair[place].id)
                    check_number(tx, contact, number, TheOffice())
                    make_call(tx, contact, number)
            except CallManagerError as error:
                return error.code
            return "dialled"

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(dial, range(2))) == ["dialled", "number_called_recently"]


def test_an_index_answers_however_many_calls_there_are(storage: Storage, desk: Office) -> None:
    if storage.dialect != "sqlite":
        return
    for statement in (LATEST_CALL, WORDS_ON_NUMBER):
        asked = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
        with storage.read() as connection:
            values = tuple(None for _name in asked.positiontup)
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values).all()
        steps = [str(step[-1]) for step in plan]
        of_line, with_extension = (step for step in steps if " calls" in step)
        assert of_line.startswith("SEARCH calls USING INDEX ix_calls_key_requested_at (key=?")
        ways = {"SEARCH calls USING INDEX ix_calls_key_requested_at (key>? AND key<?)"}
        if statement is LATEST_CALL:  # two ranges cost SQLite the same; it takes the index that was made later
            ways |= {"SEARCH calls USING INDEX ix_calls_requested_at (requested_at>? AND requested_at<?)"}
        assert with_extension in ways
        # the family: the contact and those that were merged into it, which an index gives
        assert not [step for step in steps if "SCAN" in step and step not in ("SCAN family", "SCAN CONSTANT ROW")]
        # What two ranges find has no order of its own: the calls of the line within the gap are sorted, and no others.
        sorts = ["USE TEMP B-TREE FOR ORDER BY"] if statement is LATEST_CALL else []
        assert [step for step in steps if "TEMP B-TREE" in step] == sorts
