"""Calling hours over the API: a manager sets them, and a call outside them is refused before anything is dialled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.hours_office import DAY, HOURS, NIGHT, campaign_with, dial
from tests.server.people_office import HeldClock
from tests.web import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    clock = HeldClock()
    clock.at = NIGHT
    made = Web(tmp_path, clock=clock)
    yield made
    made.services.imports.close()
    made.close()


def test_an_agent_is_told_from_when_he_may_call_and_nothing_is_recorded(web: Web) -> None:
    contact = web.create(campaign_id=campaign_with(web)["id"])
    answer = dial(web, "free", contact)
    assert (answer.status_code, answer.json["code"]) == (403, "outside_hours")
    assert answer.json["fields"]["opens_at"] == "2026-11-24T14:00:00.000Z"
    assert answer.json["fields"]["local_time"] == "2026-11-23T22:30-06:00"
    assert answer.json["fields"]["may_override"] is False
    assert answer.json["detail"].startswith("At the contact's place it is 22:30. Calls are allowed again")
    assert dial(web, "free", contact, anyway=True, override_reason="urge").status_code == 403
    assert web.ask("boss", "GET", "/calls").json == []
    web.clock.at = DAY  # type: ignore[union-attr]
    assert dial(web, "free", contact).status_code == 201


def test_a_manager_calls_all_the_same_with_a_reason_which_stays_on_record(web: Web) -> None:
    contact = web.create(campaign_id=campaign_with(web)["id"])
    assert dial(web, "manager", contact).json["fields"]["may_override"] is True
    call = dial(web, "manager", contact, override_reason="Pidió que fuera de noche").json
    assert call["override_reason"] == "Pidió que fuera de noche"
    logged = web.ask("boss", "GET", f"/changes?entity=call&record={call['id']}").json
    assert logged[0]["fields"]["override_reason"][1] == "Pidió que fuera de noche"
    assert logged[0]["actor"]["name"] == "manager"


def test_one_reason_opens_the_list_and_the_hours(web: Web) -> None:
    contact = web.create(campaign_id=campaign_with(web)["id"])
    web.ask("manager", "POST", "/do-not-call", json={"number": contact["phone"]})
    answer = dial(web, "manager", contact)
    assert (answer.status_code, answer.json["code"]) == (403, "do_not_call")
    assert "22:30" in answer.json["detail"]
    assert answer.json["fields"]["opens_at"] == "2026-11-24T14:00:00.000Z"
    assert dial(web, "manager", contact, override_reason="Lo autorizó por escrito").status_code == 201


def test_a_call_from_another_phone_is_written_down_whenever_it_was(web: Web) -> None:
    contact = web.create(campaign_id=campaign_with(web)["id"])
    body = {"contact_id": contact["id"], "number": contact["phone"], "started_at": "2026-11-24T04:00:00Z"}
    answer = web.ask("free", "POST", "/calls/logged", json={**body, "talk_seconds": 30, "disposition": "NC"})
    assert answer.status_code == 201, answer.text


def test_hours_are_set_changed_and_taken_away_by_managers(web: Web) -> None:
    made = campaign_with(web)
    assert made["calling_hours"] == HOURS
    path = f"/campaigns/{made['id']}"
    longer = {"weekdays": [["14:00-24:00", "08:00-12:00"]] * 7}
    assert web.ask("free", "PATCH", path, if_match=1, json={"calling_hours": longer}).status_code == 403
    edited = web.ask("manager", "PATCH", path, if_match=1, json={"calling_hours": longer}).json
    assert edited["calling_hours"] == {"weekdays": [["08:00-12:00", "14:00-24:00"]] * 7, "holidays": []}
    assert web.ask("manager", "PATCH", path, if_match=2, json={"name": "Reyes"}).json["calling_hours"] is not None
    assert web.ask("free", "GET", path).json["calling_hours"] == edited["calling_hours"]
    assert web.ask("manager", "PATCH", path, if_match=3, json={"calling_hours": None}).json["calling_hours"] is None


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ({"weekdays": [["8-20"], *[[]] * 6]}, "calling_hours_invalid"),
        ({"weekdays": [["20:00-08:00"], *[[]] * 6]}, "calling_hours_invalid"),
        ({"weekdays": [["08:00-12:00", "11:00-14:00"], *[[]] * 6]}, "calling_hours_overlap"),
        ({"weekdays": [[]] * 7, "holidays": ["2026-02-30"]}, "holiday_invalid"),
        ({"weekdays": [[]] * 6}, "invalid_input"),
        ({"weekdays": [["08:00-09:00"] * 5, *[[]] * 6]}, "invalid_input"),
        ({"weekdays": [[]] * 7, "holidays": ["2026-01-01"] * 401}, "invalid_input"),
        ({"weekdays": [[]] * 7, "zone": "Europe/Madrid"}, "invalid_input"),
    ],
)
def test_hours_that_make_no_sense_are_refused_and_change_nothing(web: Web, hours: Any, code: str) -> None:
    made = campaign_with(web, None)
    for method, path in (("POST", "/campaigns"), ("PATCH", f"/campaigns/{made['id']}")):
        answer = web.ask("manager", method, path, if_match=1, json={"name": "Otra", "calling_hours": hours})
        assert (answer.status_code, answer.json["code"]) == (422, code), answer.text
    assert [one["name"] for one in web.ask("manager", "GET", "/campaigns").json] == ["Navidad"]


def test_the_hours_travel_to_the_windows(web: Web) -> None:
    made = campaign_with(web)
    page = web.ask("free", "GET", "/sync/snapshot").json
    (campaign,) = page["records"]["campaign"]
    assert (campaign["id"], campaign["calling_hours"]) == (made["id"], HOURS)
