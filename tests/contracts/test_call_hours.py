"""Outside the hours of its campaign a contact is called by nobody but a manager who says why, on both databases."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from callmanager.domain.errors import Forbidden
from callmanager.domain.office import Office as TheOffice
from callmanager.server.actions import contacts, do_not_call, groups
from callmanager.server.actions.numbers import check_number
from callmanager.server.actions.undo import undo_set
from callmanager.server.changes.entities import CAMPAIGN
from callmanager.server.changes.write import Record
from tests.office import REGION, Office

IN_COSTA_RICA, IN_SPAIN, MOBILE_OF_SPAIN = "+50688112233", "+34912345678", "+34612345678"
DAILY = {"weekdays": [["08:00-20:00"]] * 7, "holidays": ["2026-12-25"]}


@pytest.fixture
def desk(office: Office) -> Office:
    office.open_teams("Norte")
    return office


def campaign_with(office: Office, hours: dict[str, Any] | None = DAILY) -> Record:
    fields = {"name": f"Campaña {office.clock.now():%H%M%S}", "team_id": None, "calling_hours": hours}
    made: Record = office.do(groups.create_campaign, fields)
    return made


def contact_of(office: Office, campaign: Record | None, number: str = IN_COSTA_RICA) -> Record:
    return office.create(phone=number, campaign_id=None if campaign is None else campaign.id)


def check(office: Office, who: str, contact: Record, at: str, *, reason: str = "", key: str = "") -> str:
    """What is answered to a call at this instant (UTC)."""
    office.clock.at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    how = {"anyway": True, "override_reason": reason}
    kept: str = office.do(
        check_number, contact, key or contact["phones"][0]["key"], TheOffice(), actor=office.people[who], **how
    )
    return kept


def refusal(office: Office, who: str, contact: Record, at: str, **how: Any) -> Forbidden:
    with pytest.raises(Forbidden) as refused:
        check(office, who, contact, at, **how)
    return refused.value


def test_outside_the_hours_it_is_said_what_time_it_is_there_and_from_when_one_may_call(desk: Office) -> None:
    contact = contact_of(desk, campaign_with(desk))
    found = refusal(desk, "free", contact, "2026-11-23 03:40")
    assert found.code == "outside_hours"
    assert found.fields == {
        "id": contact.id,
        "may_override": False,
        "local_time": "2026-11-22T21:40-06:00",
        "opens_at": "2026-11-23T14:00:00.000Z",
    }
    assert "it is 21:40." in str(found)
    assert "from 23/11/2026 08:00" in str(found)
    assert "from 08:00 " in str(refusal(desk, "free", contact, "2026-11-23 09:00"))
    assert check(desk, "free", contact, "2026-11-23 14:00") == ""


def test_the_clock_of_the_dialled_number_counts(desk: Office) -> None:
    campaign = campaign_with(desk)
    both: Record = desk.do(
        contacts.create, {"phones": [IN_COSTA_RICA, IN_SPAIN], "campaign_id": campaign.id}, region=REGION
    )
    assert check(desk, "free", both, "2026-11-23 08:00", key=IN_SPAIN) == ""
    assert refusal(desk, "free", both, "2026-11-23 08:00", key=IN_COSTA_RICA).code == "outside_hours"
    found = refusal(desk, "free", both, "2026-11-23 19:00", key=IN_SPAIN)
    assert (found.fields["local_time"], found.fields["opens_at"]) == (
        "2026-11-23T20:00+01:00",
        "2026-11-24T07:00:00.000Z",
    )
    assert check(desk, "free", both, "2026-11-23 19:00", key=IN_COSTA_RICA) == ""


@pytest.mark.parametrize(
    ("at", "opens"), [("2027-03-27 19:00", "2027-03-28T06"), ("2027-10-30 18:00", "2027-10-31T07")]
)
def test_the_clock_change_of_the_contact_is_known(desk: Office, at: str, opens: str) -> None:
    contact = contact_of(desk, campaign_with(desk), IN_SPAIN)
    found = refusal(desk, "free", contact, at)
    assert found.fields["opens_at"] == f"{opens}:00:00.000Z"
    assert check(desk, "free", contact, f"{opens}:00") == ""


@pytest.fixture
def server_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts this PC into a zone."""

    def put(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("place", ["UTC", "America/Costa_Rica"])
def test_a_mobile_of_spain_is_called_when_the_mainland_and_the_canaries_are_open(
    desk: Office, server_in: Callable[[str], None], place: str
) -> None:
    server_in(place)
    contact = contact_of(desk, campaign_with(desk), MOBILE_OF_SPAIN)
    assert refusal(desk, "free", contact, "2026-11-23 07:30").fields["opens_at"] == "2026-11-23T08:00:00.000Z"
    assert check(desk, "free", contact, "2026-11-23 18:59") == ""
    assert refusal(desk, "free", contact, "2026-11-23 19:30").fields["local_time"] == "2026-11-23T20:30+01:00"


def test_an_office_in_madrid_calls_mobiles_of_spain_by_its_own_clock(
    desk: Office, server_in: Callable[[str], None]
) -> None:
    server_in("Europe/Madrid")
    contact = contact_of(desk, campaign_with(desk), MOBILE_OF_SPAIN)
    assert refusal(desk, "free", contact, "2026-11-23 06:59").fields["opens_at"] == "2026-11-23T07:00:00.000Z"
    assert check(desk, "free", contact, "2026-11-23 07:00") == ""


def test_only_a_manager_who_says_why_calls_outside_the_hours(desk: Office) -> None:
    contact = contact_of(desk, campaign_with(desk))
    at = "2026-12-25 16:00"
    for who, reason in (("free", ""), ("free", "me lo pidió"), ("lead", "urge"), ("manager", " "), ("admin", "")):
        found = refusal(desk, who, contact, at, reason=reason)
        assert (found.code, found.fields["may_override"]) == ("outside_hours", who in ("manager", "admin"))
    assert check(desk, "manager", contact, at, reason=" lo pidió él ") == "lo pidió él"


def test_without_hours_or_without_a_campaign_nothing_is_asked(desk: Office) -> None:
    for contact in (contact_of(desk, campaign_with(desk, None)), contact_of(desk, None)):
        assert check(desk, "free", contact, "2026-12-25 09:00") == ""
        assert check(desk, "manager", contact, "2026-12-25 09:00", reason="por si acaso") == ""


def test_what_both_forbid_is_said_in_one_and_opened_by_one_reason(desk: Office) -> None:
    contact = contact_of(desk, campaign_with(desk))
    desk.do(do_not_call.add, IN_COSTA_RICA, reason="", region=REGION)
    found = refusal(desk, "manager", contact, "2026-11-23 03:40")
    assert (found.code, found.fields["may_override"]) == ("do_not_call", True)
    assert found.fields["opens_at"] == "2026-11-23T14:00:00.000Z"
    assert "do-not-call list" in str(found)
    assert "21:40" in str(found)
    assert check(desk, "manager", contact, "2026-11-23 03:40", reason="lo autorizó") == "lo autorizó"
    inside = refusal(desk, "manager", contact, "2026-11-23 15:00")
    assert inside.fields == {"id": contact.id, "may_override": True}


def test_the_hours_count_as_they_are_now_also_of_a_campaign_that_was_stopped_or_archived(desk: Office) -> None:
    campaign = campaign_with(desk)
    contact = contact_of(desk, campaign)
    for fields in ({"active": False}, {"archived": True}):
        campaign = desk.do(groups.edit_campaign, campaign.id, fields, version=campaign.version)
        assert refusal(desk, "free", contact, "2026-11-23 03:40").code == "outside_hours"
    late = {"weekdays": [["00:00-24:00"]] * 7, "holidays": []}
    desk.do(groups.edit_campaign, campaign.id, {"calling_hours": late}, version=campaign.version)
    assert check(desk, "free", contact, "2026-11-23 03:40") == ""


def test_hours_that_never_begin_are_said_to(desk: Office) -> None:
    contact = contact_of(desk, campaign_with(desk, {"weekdays": [[]] * 7}))
    found = refusal(desk, "free", contact, "2026-11-23 15:00")
    assert found.fields["opens_at"] is None
    assert "within 31 days" in str(found)


def test_an_edit_of_the_hours_is_in_the_history_and_can_be_undone(desk: Office) -> None:
    campaign = campaign_with(desk, None)
    with desk.write(desk.people["manager"]) as tx:
        groups.edit_campaign(tx, campaign.id, {"calling_hours": DAILY}, version=1)
        set_id = tx.set_id
    contact = contact_of(desk, campaign)
    assert refusal(desk, "free", contact, "2026-11-23 03:40").code == "outside_hours"
    desk.do(undo_set, set_id, actor=desk.people["manager"])
    with desk.write() as tx:
        assert tx.get(CAMPAIGN, campaign.id)["calling_hours"] is None
    assert check(desk, "free", contact, "2026-11-23 03:40") == ""
