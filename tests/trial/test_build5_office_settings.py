"""Build 5: the office has a name, a clock, calling hours and limits of calls, and each of them acts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from callmanager.cli.demo.command import OFFICE, ZONE
from callmanager.cli.doctor.offices import check_office
from callmanager.cli.screen import local_time, show_times_in
from callmanager.domain.calling_hours import is_open, parse_hours_text
from callmanager.domain.errors import CallManagerError, Conflict, Forbidden
from callmanager.domain.office import CallLimits, ComputerZone, Office, zone_named
from callmanager.i18n import sentence
from callmanager.server.actions.attempts import DIALS_OF_LINE
from callmanager.server.actions.last_words import WORDS_OF_CONTACT
from callmanager.server.actions.zones import zones_of
from callmanager.server.changes.write import Record
from callmanager.setting_sources import SettingsError
from callmanager.settings import TABLE, load_settings
from tests.call_office import CallOffice, open_call_office
from tests.server.cli_program import ROOT, environment
from tests.server.hours_office import DAY, NIGHT, dial
from tests.server.people_office import HeldClock
from tests.web import LOCAL, Web

HOURS = "mon-fri 08:00-12:00 13:00-20:00, sat 09:00-13:00"


@pytest.fixture
def office(tmp_path: Path) -> CallOffice:
    return open_call_office(tmp_path)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    clock = HeldClock()
    clock.at = NIGHT
    own = {"OFFICE_NAME": "Oficina Sur", "OFFICE_HOURS": HOURS, "OFFICE_ZONE": "America/Costa_Rica"}
    made = Web(tmp_path, settings={**own, "OFFICE_HOLIDAYS": ["2026-11-25"]}, clock=clock)
    yield made
    made.services.imports.close()
    made.close()


def limit(office: CallOffice, **limits: Any) -> None:
    office.desk = replace(
        office.desk, office=Office(zone=zone_named("America/Costa_Rica"), limits=CallLimits(**limits))
    )


def tried(office: CallOffice, who: str, contact: Record, outcome: str = "NC", **how: Any) -> Record:
    """A whole call with what came of it."""
    talk = None if outcome == "NC" else 60.0
    call = office.ended_call(who, contact, "no_answer" if talk is None else "hung_up", talk=talk)
    office.dispose(who, call, outcome, **how)
    return call


def refusal(office: CallOffice, who: str, contact: Record, **how: Any) -> CallManagerError:
    with pytest.raises(CallManagerError) as refused:
        office.start(who, contact, **how)
    return refused.value


# hours


def test_the_offices_hours_count_for_a_contact_without_a_campaign_and_a_manager_passes_with_a_reason(web: Web) -> None:
    contact = web.create()
    refused = dial(web, "free", contact)
    assert (refused.status_code, refused.json["code"]) == (403, "outside_hours")
    assert refused.json["fields"]["opens_at"] == "2026-11-24T14:00:00.000Z"
    other = web.create(phone="8888-0002")
    assert dial(web, "manager", other).json["fields"]["may_override"] is True
    call = dial(web, "manager", other, override_reason="Pidió que fuera de noche")
    assert (call.status_code, call.json["override_reason"]) == (201, "Pidió que fuera de noche")


def test_a_campaign_with_hours_of_its_own_goes_by_those_and_one_without_by_the_offices(web: Web) -> None:
    late = {"weekdays": [["00:00-24:00"]] * 7, "holidays": []}
    own = web.ask("manager", "POST", "/campaigns", json={"name": "Noche", "calling_hours": late}).json
    none = web.ask("manager", "POST", "/campaigns", json={"name": "Navidad"}).json
    assert dial(web, "free", web.create(phone="8888-0001", campaign_id=none["id"])).status_code == 403
    assert dial(web, "free", web.create(phone="8888-0002", campaign_id=own["id"])).status_code == 201


def test_the_hours_are_read_by_the_contacts_clock_and_holidays_are_closed(web: Web) -> None:
    web.clock.at = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # type: ignore[union-attr]  # 14:00 here, 21:00 in Madrid
    assert dial(web, "free", web.create(phone="+34 912 34 56 78")).status_code == 403
    call = dial(web, "free", web.create(phone="8888-0001"))
    assert call.status_code == 201
    web.clock.at = DAY + timedelta(days=1)  # type: ignore[union-attr]  # the holiday
    assert dial(web, "manager", web.create(phone="8888-0002")).json["code"] == "outside_hours"


def test_hours_are_written_as_people_do_in_both_languages() -> None:
    english, spanish = (parse_hours_text(text) for text in (HOURS, "lun-vie 08:00-12:00 13:00-20:00, sáb 09:00-13:00"))
    assert english == spanish is not None
    assert [str(span) for span in english.weekdays[4]] == ["08:00-12:00", "13:00-20:00"] if english else False
    assert parse_hours_text("") is None
    holiday = parse_hours_text("", ["2026-12-25"])
    assert holiday is not None
    assert [is_open(holiday, datetime(2026, 12, day, 3, tzinfo=UTC)) for day in (24, 25)] == [True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"OFFICE_HOURS": "mon 18:00-08:00"},
        {"OFFICE_HOURS": "mon-fri"},
        {"OFFICE_HOURS": "fri-mon 08:00-18:00"},
        {"OFFICE_HOURS": "08:00-18:00"},
        {"OFFICE_HOURS": "mon 08:00-18:00,"},
        {"OFFICE_HOLIDAYS": ["25/12/2026"]},
        {"OFFICE_HOLIDAYS": ["2026-02-30"]},
        {"OFFICE_ZONE": "America/Cartago"},
        {"OFFICE_ZONE": "Europe"},
        {"OFFICE_NAME": "x" * 81},
        {"CALLS_IN_ALL": -1},
    ],
    ids=str,
)
def test_what_is_no_office_stops_the_start(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path, wrong, {})
    assert refused.value.code == "setting_wrong"


# limits


def test_a_line_is_called_as_often_a_day_as_the_office_lets_and_a_manager_passes_with_a_reason(
    office: CallOffice,
) -> None:
    limit(office, per_day=2, gap=timedelta())
    contact = office.contact()
    tried(office, "ana", contact)
    tried(office, "ana", contact)
    refused = refusal(office, "ana", contact, anyway=True)
    assert isinstance(refused, Forbidden)
    assert (refused.code, refused.fields["limit"], refused.fields["most"]) == ("call_limit", "day", 2)
    assert refused.fields["until"] == "2026-11-23T06:00:00.000Z"  # midnight in Costa Rica
    assert refused.fields["may_override"] is False
    mine = office.contact()  # another contact of this line, whose lease ana does not have
    assert refusal(office, "manager", mine).fields["may_override"] is True
    call = office.start("manager", mine, override_reason="Lo pidió su abogado")
    assert call["override_reason"] == "Lo pidió su abogado"


def test_within_any_24_hours_the_oldest_call_makes_room(office: CallOffice) -> None:
    limit(office, per_24h=2, gap=timedelta())
    contact = office.contact()
    first = tried(office, "ana", contact)
    office.hand.pass_time(20 * 3600)
    tried(office, "ana", contact)
    refused = refusal(office, "ana", contact)
    assert refused.fields["limit"] == "24h"
    assert datetime.fromisoformat(refused.fields["until"]) == first["requested_at"] + timedelta(hours=24)
    office.hand.pass_time(4 * 3600)
    assert office.start("ana", contact)["state"] == "requested"


def test_extensions_and_other_contacts_of_one_line_are_one_line_over_all_campaigns(office: CallOffice) -> None:
    limit(office, line_day=2, gap=timedelta())
    desks = [office.contact(phone=f"2222-3333 ext. {number}") for number in (11, 12)]
    stranger, near = office.contact(phone="2222-3334"), office.contact(phone="2222-3333")
    for contact in desks:
        tried(office, "ana", contact)
    assert refusal(office, "bea", near).fields["limit"] == "line_day"
    assert refusal(office, "ana", desks[0]).code == "call_limit"
    assert office.start("bea", stranger)["state"] == "requested"


def test_what_no_phone_dialled_never_counts(office: CallOffice) -> None:
    limit(office, total=1, per_day=1, per_24h=1, line_day=1, gap=timedelta())
    contact = office.contact()
    for cause in ("failed", "cancelled"):
        call = office.start("ana", contact)
        office.tell("ana", call, "ended", cause)
    tried(office, "ana", contact)
    assert refusal(office, "ana", contact).code == "call_limit"


def test_a_call_that_the_person_asked_for_passes_the_limits_of_a_day_once_it_is_due_if_the_office_says_so(
    office: CallOffice,
) -> None:
    contact = office.contact()
    limit(office, per_day=1, gap=timedelta(), callbacks_pass=True)
    at = office.hand.now() + timedelta(minutes=30)
    tried(office, "ana", contact, "VOLVER_A_LLAMAR", callback_at=at)
    assert refusal(office, "ana", contact).code == "call_limit"
    office.hand.pass_time(1800)
    limit(office, per_day=1, gap=timedelta())
    assert refusal(office, "ana", contact).code == "call_limit"
    limit(office, per_day=1, gap=timedelta(), callbacks_pass=True)
    assert office.start("ana", contact)["state"] == "requested"


def test_after_so_many_tries_without_reaching_anybody_the_next_asks_once(office: CallOffice) -> None:
    limit(office, total=3)
    contact = office.contact()
    for outcome in ("NC", "BUZON", "NC"):  # alternating outcomes reset nothing
        tried(office, "ana", contact, outcome)
    refused = refusal(office, "ana", contact)
    assert isinstance(refused, Conflict)
    assert (refused.code, refused.fields["mark"], refused.fields["tries"]) == ("number_marked", "exhausted", 3)
    call = office.start("ana", contact, anyway=True)
    office.tell("ana", call, "connected")
    office.hand.pass_time(60)
    office.tell("ana", call, "ended", "hung_up")
    office.dispose("ana", call, "INTERESADO")
    office.hand.pass_time(3600)
    assert office.start("ana", contact)["state"] == "requested"


def test_how_long_the_same_number_rests_is_the_offices(office: CallOffice) -> None:
    one, other = office.contact(phone="8888-0001"), office.contact(phone="8888-0001")
    limit(office, gap=timedelta(minutes=10))
    tried(office, "ana", one)
    assert refusal(office, "bea", other).code == "number_called_recently"
    office.hand.pass_time(600)
    assert office.start("bea", other)["state"] == "requested"


def test_the_defaults_are_six_in_all_an_hour_and_no_limit_of_a_day(tmp_path: Path) -> None:
    web = Web(tmp_path, settings={"CALL_GAP_MINUTES": TABLE["CALL_GAP_MINUTES"].default})
    assert web.services.rules.office.limits == CallLimits()
    assert CallLimits() == CallLimits(total=6, per_day=0, per_24h=0, line_day=0, gap=timedelta(hours=1))
    assert web.services.rules.office.hours is None
    web.services.imports.close()
    web.close()


@pytest.mark.parametrize("statement", [DIALS_OF_LINE, WORDS_OF_CONTACT], ids=["dials", "words"])
def test_an_index_finds_the_calls_of_a_line_however_many_there_are(office: CallOffice, statement: Any) -> None:
    asked = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    with office.storage.read() as connection:
        values = tuple("x" if asked.params.get(name) is None else asked.params[name] for name in asked.positiontup)
        plan = [str(step[-1]) for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)]
    assert any(step.startswith("SEARCH calls USING INDEX") for step in plan)
    # the family: the contact and those that were merged into it, which an index gives
    assert {step for step in plan if step.startswith("SCAN")} <= {"SCAN family", "SCAN CONSTANT ROW"}


# the clock


def test_a_number_that_tells_no_zone_has_the_offices_and_not_the_computers() -> None:
    madrid = zone_named("Europe/Madrid")
    assert zones_of(None, DAY, madrid) == [madrid]
    assert zones_of("+34612345678", DAY, madrid) == [madrid]
    assert len(zones_of("+34612345678", DAY, zone_named("UTC"))) > 1


def test_the_day_of_an_agent_is_the_offices(web: Web) -> None:
    found = web.ask("free", "GET", "/agents/me/day?date=2026-11-23").json
    assert (found["from"], found["to"]) == ("2026-11-23T06:00:00.000Z", "2026-11-24T04:30:00.000Z")


def test_the_command_line_tells_the_hour_of_the_office() -> None:
    show_times_in(zone_named("Europe/Madrid"))
    try:
        assert local_time("2026-11-24T16:00:00Z") == "2026-11-24 17:00"
    finally:
        show_times_in(ComputerZone())


def test_the_computers_own_clock_knows_its_summer_time() -> None:
    program = (
        "from datetime import *; from callmanager.domain.office import ComputerZone; zone = ComputerZone()\n"
        "ask = [datetime(2026, 10, 24, 22, 30, tzinfo=UTC) + timedelta(hours=h) for h in range(5)]\n"
        "here = [at.astimezone(zone) for at in ask]\n"
        "print([at.astimezone(UTC) for at in here] == ask, [at.hour for at in here])\n"
        "print(datetime(2026, 7, 1, tzinfo=zone).utcoffset(), datetime(2026, 1, 1, tzinfo=zone).utcoffset())"
    )
    assert said(program, TZ="Europe/Madrid").split("\n")[:2] == ["True [0, 1, 2, 2, 3]", "2:00:00 1:00:00"]


def test_without_tables_of_zones_nothing_starts(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from callmanager.settings import load_settings\n"
        "from callmanager.server.app import build_services\n"
        "from callmanager.domain.errors import CallManagerError\n"
        "for zone in ('', 'Europe/Madrid'):\n"
        "    try: build_services(load_settings(Path(sys.argv[1]), {'OFFICE_ZONE': zone}, {}))\n"
        "    except CallManagerError as error: print(error.code)"
    )
    assert said(program, str(tmp_path), PYTHONTZPATH="").split() == ["zones_missing", "setting_wrong"]
    assert list(tmp_path.iterdir()) == []


def test_windows_gets_the_tables_of_zones_that_it_lacks() -> None:
    pins = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert any(line.startswith("tzdata==") and line.endswith('sys_platform == "win32"') for line in pins)


def said(program: str, *arguments: str, **own: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**environment(), **own},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


# shown


def test_windows_and_it_read_what_the_office_is_called(web: Web) -> None:
    assert web.client.get("/health", base_url=LOCAL).json["office"] == "Oficina Sur"
    given = {"username": "manager", "password": "clave de manager"}
    assert web.client.post("/auth/login", json=given, base_url=LOCAL).json["office"] == "Oficina Sur"
    assert web.ask("manager", "GET", "/auth/me").json["office"] == "Oficina Sur"
    shown = web.ask("boss", "GET", "/settings").json["settings"]
    assert (shown["OFFICE_HOURS"], shown["OFFICE_HOLIDAYS"]) == (HOURS, ["2026-11-25"])


def test_doctor_shows_the_office_its_clock_hours_and_limits(tmp_path: Path) -> None:
    own = {"OFFICE_NAME": "Sur", "OFFICE_ZONE": "Europe/Madrid", "OFFICE_HOURS": HOURS, "CALLS_PER_DAY": 4}
    found = {one.code: one.seen_text() for one in check_office(load_settings(tmp_path, own, {}), DAY)}
    assert found["office"] == "Sur (CR)"
    assert found["zone"].startswith("Europe/Madrid")
    assert "17:00" in found["zone"]
    assert found["hours"] == HOURS
    assert "4" in found["limits"]
    assert "zones" not in found


def test_the_demo_is_an_office_of_its_own() -> None:
    assert sentence(OFFICE, "es") == "Oficina de demostración"
    assert zone_named(ZONE).utcoffset(datetime(2026, 1, 1)) == timedelta(hours=-6)  # noqa: DTZ001
