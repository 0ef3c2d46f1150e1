"""One agent who presses twice makes one call. Two who race: tests/contracts/test_calls_on_either.py."""

from pathlib import Path

import pytest

from callmanager.server.actions import calls as actions
from callmanager.server.leases.terms import Purpose
from tests.call_office import CallOffice, open_call_office
from tests.call_races import race


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return open_call_office(tmp_path, "ana")


def test_of_one_who_dials_twice_at_once_one_call_is_made(office: CallOffice) -> None:
    contact = office.contact()
    lease = office.lock("ana", contact.id, Purpose.CALL)
    wanted = actions.CallRequest(contact.id, lease.token, contact["phone"], "simulated")
    found = race(lambda _who: office.do(actions.start, office.desk, wanted, actor=office.people["ana"]))
    assert sorted(found.values()) == ["call_live", "dialled"]
