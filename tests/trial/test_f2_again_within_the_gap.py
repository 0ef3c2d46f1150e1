"""F2: a contact that was dialled a short time ago is dialled again, by anybody, only after a question."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.call_office import CallOffice, called, dial, open_call_office

MINUTE = 60


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return open_call_office(tmp_path)


@pytest.mark.parametrize("who", ["ana", "bea", "manager"])
def test_whoever_calls_the_same_contact_within_the_gap_is_asked_who_called_it_and_when(
    office: CallOffice, who: str
) -> None:
    contact = office.contact()
    called(office, "ana", contact, "NC")
    office.hand.pass_time(20 * MINUTE)
    asked = dial(office, who, contact)
    assert asked is not None
    assert (asked["code"], asked["by"]) == ("number_called_recently", "ana")
    assert (asked["contact_id"], asked["same_contact"]) == (contact.id, True)
    office.hand.pass_time(40 * MINUTE)
    assert dial(office, who, contact) is None


def test_another_number_of_the_same_contact_is_asked_for_too(office: CallOffice) -> None:
    contact = office.contact()
    office.edit(contact.id, 1, phones=["8888-0000", "2222-3333"])
    called(office, "ana", contact, "NC")
    assert dial(office, "bea", contact, "2222-3333") is not None


def test_what_is_due_is_called_without_a_question(office: CallOffice) -> None:
    promised, busy, wrong = office.contact(), office.contact(phone="8888-0001"), office.contact(phone="8888-0002")
    office.edit(wrong.id, 1, phones=["8888-0002", "2222-3333"])
    called(office, "ana", promised, "VOLVER_A_LLAMAR", callback_at=office.hand.now() + timedelta(minutes=30))
    called(office, "ana", busy, "OCUPADO")
    assert dial(office, "bea", busy) is not None, "its quarter of an hour is not over"
    assert dial(office, "bea", promised) is not None, "it is not yet the time that was promised"
    office.hand.pass_time(30 * MINUTE)
    assert dial(office, "ana", promised) is None
    assert dial(office, "bea", busy) is None
    called(office, "ana", wrong, "NUMERO_EQUIVOCADO")
    assert dial(office, "ana", wrong, "2222-3333") is None, "the next number comes at once"


def test_a_call_that_no_phone_dialled_asks_nothing(office: CallOffice) -> None:
    contact = office.contact()
    assert dial(office, "ana", contact) is None
    assert dial(office, "bea", contact) is None
