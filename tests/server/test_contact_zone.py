"""A contact may say which clock is its own: it beats what its number tells, in calling hours and in retries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.call_office import open_call_office
from tests.server.hours_office import DAY, campaign_with, dial
from tests.server.people_office import HeldClock
from tests.web import Web

TOKYO = "Asia/Tokyo"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    clock = HeldClock()
    clock.at = DAY  # 10:00 in Costa Rica, 01:00 in Tokyo
    made = Web(tmp_path, clock=clock)
    yield made
    made.services.imports.close()
    made.close()


def test_the_zone_of_a_contact_beats_that_of_its_number_in_calling_hours(web: Web) -> None:
    campaign = campaign_with(web)["id"]
    assert dial(web, "free", web.create(campaign_id=campaign)).status_code == 201
    refused = dial(web, "manager", web.create(phone="8888-0001", campaign_id=campaign, zone=TOKYO))
    assert (refused.status_code, refused.json["code"]) == (403, "outside_hours")
    assert refused.json["fields"]["local_time"] == "2026-11-25T01:00+09:00"


def test_a_retry_of_the_next_day_comes_by_the_contacts_own_clock(tmp_path: Path) -> None:
    office = open_call_office(tmp_path, "ana")
    contact = office.create(zone="Pacific/Auckland")
    call = office.ended_call("ana", contact, "hung_up", talk=5)
    told, now = office.dispose("ana", call, "CUELGA")
    there = [instant.astimezone(ZoneInfo("Pacific/Auckland")) for instant in (told["ended_at"], now["next_call_at"])]
    assert there[1].date() - there[0].date() == timedelta(days=1)
    assert there[1].time() == max(there[0].time(), time(9))


@pytest.mark.parametrize(
    ("written", "kept"),
    [("america/costa_rica", "America/Costa_Rica"), ("Europe/Madrid ", "Europe/Madrid"), ("", None), (None, None)],
)
def test_a_zone_is_kept_as_its_table_spells_it(web: Web, written: str | None, kept: str | None) -> None:
    assert web.create(zone=written)["zone"] == kept


def test_what_is_no_zone_is_refused_by_hand(web: Web) -> None:
    contact = web.create()
    refused = web.edit("manager", contact, zone="Norte")
    assert (refused.status_code, refused.json["code"]) == (422, "zone_unknown")
    assert web.edit("manager", contact, zone=TOKYO).json["zone"] == TOKYO


@pytest.mark.parametrize("heading", ["zona", "Zona horaria", "Time zone"])
def test_a_list_brings_zones_and_keeps_what_is_none_as_it_stands(web: Web, heading: str) -> None:
    rows = f"Teléfono;{heading}\n8888-0001;Europe/Madrid\n8888-0002;Asia/Tokyo\n8888-0003;Norte\n"
    answer = web.ask("manager", "POST", "/import", data=rows.encode(), content_type="text/csv")
    assert answer.json["inserted"] == 3, answer.text
    found = {c["phone"]: (c["zone"], c["extra"]) for c in web.ask("manager", "GET", "/contacts").json}
    assert found["8888-0001"] == ("Europe/Madrid", {})
    assert found["8888-0003"] == (None, {"zona": "Norte"})


def test_a_column_of_districts_called_zona_is_no_column_of_zones(web: Web) -> None:
    rows = "Teléfono;Zona\n8888-0001;Norte\n8888-0002;Sur\n"
    preview = web.ask("manager", "POST", "/import/preview", data=rows.encode(), content_type="text/csv").json
    assert preview["mapping"]["Zona"] == "extra:Zona"
