"""The export of what the list shows, against a real server."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desktop.conftest import LiveOffice
from tests.desktop.list_desk import open_desks
from tests.desktop.lists_at_work import ListsDesk

Desks = Callable[..., ListsDesk]


@pytest.fixture
def desk(office: LiveOffice, tmp_path: Path) -> Iterator[Desks]:
    with open_desks(ListsDesk, office, tmp_path, "manager") as make:
        yield make


@pytest.fixture(scope="module")
def people(office: LiveOffice) -> dict[str, int]:
    campaign = office.boss.ask("POST", "/campaigns", body={"name": "Otoño"}).body["id"]
    norte, sur = office.teams["Norte"], office.teams["Sur"]
    office.create(name="Ana Ñ", phone="8811-1001", status="NC", campaign_id=campaign, team_id=norte)
    office.create(name="Beto", phone="8811-1002", status="NC", team_id=norte)
    office.create(name="Carla", phone="12345", team_id=sur)
    office.create(name="Dora", phone="8811-1004")
    return {"campaign": campaign, "norte": norte, "sur": sur}


def exported(desk: ListsDesk, target: Path) -> list[str]:
    desk.exporting.open()
    desk.until(lambda: desk.exporting.can_start)
    desk.exporting.start(target)
    desk.until(lambda: not desk.exporting.is_running)
    assert desk.exporting.problem is None, desk.exporting.problem
    with target.open(encoding="utf-8-sig", newline="") as file:
        return [row["Name"] for row in csv.DictReader(file)]


def test_the_file_holds_exactly_what_each_view_shows(desk: Desks, people: dict[str, int], tmp_path: Path) -> None:
    boss = desk()
    boss.exporting.choose_format("csv")
    views = [
        ({}, ["Ana Ñ", "Beto", "Carla", "Dora"]),
        ({"text": "8811"}, ["Ana Ñ", "Beto", "Dora"]),
        ({"status": "NC"}, ["Ana Ñ", "Beto"]),
        ({"campaign_id": people["campaign"]}, ["Ana Ñ"]),
        ({"campaign_id": 0}, ["Beto", "Carla", "Dora"]),
        ({"team_id": 0}, ["Dora"]),
        ({"phone_valid": False}, ["Carla"]),
        ({"assigned_to": 0, "descending": True}, ["Dora", "Carla", "Beto", "Ana Ñ"]),
    ]
    for number, (wanted, names) in enumerate(views):
        boss.list.clear()
        boss.list.filter(descending=False)
        boss.list.filter(**wanted)
        boss.finds(*names)
        assert exported(boss, tmp_path / f"{number}.csv") == names
        assert boss.exporting.count_text == ("1 contact" if len(names) == 1 else f"{len(names)} contacts")
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("people")
def test_what_will_be_exported_is_said_in_words(desk: Desks) -> None:
    boss = desk()
    boss.exporting.open()
    assert boss.exporting.filters == ["All contacts, without a filter"]
    boss.list.filter(text="ana", status="NC", campaign_id=0, sort="phone")
    boss.exporting.open()
    assert boss.exporting.filters == ["Search: ana", "Status: No answer", "Without a campaign"]
    assert boss.exporting.hints == ["The file is sorted by name."]


def test_a_team_lead_exports_the_own_team_and_is_told_so(desk: Desks, people: dict[str, int], tmp_path: Path) -> None:
    lead = desk("lead-norte")
    lead.exporting.choose_format("csv")
    assert exported(lead, tmp_path / "norte.csv") == ["Ana Ñ", "Beto"]
    assert lead.exporting.count_text == "2 contacts"
    assert lead.exporting.hints == ["Only those of your team, Norte: your role exports no others."]
    lead.list.filter(team_id=0)
    lead.exporting.open()
    lead.until(lambda: lead.exporting.can_start)
    lead.exporting.start(tmp_path / "sin.csv")
    lead.until(lambda: lead.said[1:])
    assert not (tmp_path / "sin.csv").exists()
    assert lead.exporting.problem is not None


@pytest.mark.usefixtures("people")
def test_what_was_there_stays_when_the_export_fails_or_is_stopped(
    desk: Desks, office: LiveOffice, tmp_path: Path
) -> None:
    boss = desk()
    target = tmp_path / "contactos.xlsx"
    target.write_text("lo de ayer")
    boss.exporting.open()
    boss.until(lambda: boss.exporting.can_start)
    boss.exporting.start(target)
    boss.exporting.stop()
    boss.until(lambda: not boss.exporting.is_running)
    if boss.exporting.problem is not None:  # it may have been quicker
        assert target.read_text() == "lo de ayer"
    boss.exporting.start(tmp_path / "no" / "hay.xlsx")
    boss.until(lambda: not boss.exporting.is_running)
    assert boss.exporting.problem is not None
    assert boss.exporting.problem.code == "file_unwritable"
    boss.exporting.start(tmp_path / "sin nombre")
    boss.until(lambda: not boss.exporting.is_running)
    assert (tmp_path / "sin nombre.xlsx").read_bytes()[:2] == b"PK"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("people")
def test_nothing_is_exported_when_the_list_is_empty(desk: Desks) -> None:
    boss = desk()
    boss.list.search("nadie se llama de este modo")
    boss.finds()
    boss.exporting.open()
    boss.until(lambda: boss.exporting.count_text == "0 contacts")
    assert not boss.exporting.can_start
