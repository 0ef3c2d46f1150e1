"""A5: several phones in one cell are several phones; what is in doubt stays as written and is told."""

from __future__ import annotations

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.imports.cell_phones import Place, read_cell
from tests.server.lists_in import figures
from tests.trial.lists_tried import fields, people, sample, table, tried
from tests.web import Web

LINES = "Nombre;Teléfono\n"


def test_the_cells_of_the_sample_are_two_numbers_each(web: Web) -> None:
    report = tried(web, sample("two_phones_in_a_cell.csv"))
    assert figures(report) == (5, 5, 0, 0, 0, 0)
    assert report["cannot_be_dialled"] == 0
    assert people(web) == {
        "Ana": ["+50688110027", "+50622220027"],
        "Luis": ["+50688110028", "+50688110029"],
        "Eva": ["+50688110030", "+50688110031"],
        "Juan": ["+50688110032", "+50688110033"],
        "Mia": ["+50688110034"],
    }


def test_a_doubt_is_kept_as_written_counted_and_found_by_the_filter(web: Web) -> None:
    report = tried(web, f"{LINES}Ana;8811-0027 / 28\nLuis;8811-0029\n".encode())
    assert (figures(report), report["cannot_be_dialled"]) == ((2, 2, 0, 0, 0, 0), 1)
    (remark,) = report["remarks"]
    assert (remark["row"], remark["value"], remark["contact"]) == (2, "8811-0027 / 28", "Ana")
    assert remark["detail"]
    found = web.ask("boss", "GET", "/contacts?phone_valid=false").json
    assert [(one["id"], one["phone"]) for one in found] == [(remark["contact_id"], "8811-0027 / 28")]
    (row,) = table(web, f"/imports/{report['import_id']}/remarks.csv")
    assert (row["fila"], row["contacto"], row["valor"]) == ("2", "Ana", "8811-0027 / 28")


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("8811-0027/2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027 ::: 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027; 2222-0027; ", ["+50688110027", "+50622220027"]),
        ("cel 8811-0027 / casa 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027 o 2222-0027 | 8811-0028", ["+50688110027", "+50622220027", "+50688110028"]),
        ("2222-0027 ext. 12 / 8811-0027", ["+50622220027", "+50688110027"]),
        ("8811-0027 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811 0027 2222 0027", ["+50688110027", "+50622220027"]),
        ("88110027 22220027 88110028", ["+50688110027", "+50622220027", "+50688110028"]),
        ("88110027-22220027", ["+50688110027", "+50622220027"]),
        ("8811-0027 - 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811.0027//2222.0027", ["+50688110027", "+50622220027"]),
        ("8811-0027 • 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027 ó 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027 y/o 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027<br>2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027\\2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027 (casa) 2222-0027 (trabajo)", ["+50688110027", "+50622220027"]),
        ("Cel: 8811-0027 Tel: 2222-0027", ["+50688110027", "+50622220027"]),
        ("+506 8811-0027 +506 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027 ext 12 y 2222-0027", ["+50688110027", "+50622220027"]),
        ("8811-0027int.5", ["+50688110027"]),
        ("8811-0027 / 28 / 29", [None]),
        ("8811-0027 *12", [None]),
        ("8811-0027?", [None]),
        ("8811-0027 2222", [None]),
        ("2222-0027, 101", ["+50622220027"]),
        ("8811-0027 / 28", [None]),
        ("8811-0027 / no tiene", ["+50688110027"]),
        ("2222\n3333", ["+50622223333"]),
    ],
)
def test_a_cell_is_split_only_where_every_part_is_a_number(cell: str, numbers: list[str | None]) -> None:
    assert [phone["e164"] for phone in read_cell(cell, "", Place("CR")).phones] == numbers


@pytest.mark.parametrize(("cell", "region"), [("030/1234567", "DE"), ("0171/1234567", "DE"), ("01/234 5678", "AT")])
def test_an_area_code_before_a_slash_is_no_second_number(cell: str, region: str) -> None:
    (phone,) = read_cell(cell, "", Place(region)).phones
    assert phone["number"] == cell


def test_what_else_stands_in_the_cell_is_kept(web: Web) -> None:
    tried(web, f"{LINES}Ana;8811-0027 / preguntar por Eva\n".encode())
    assert fields(web, "Ana")["extra"] == {"teléfono": "8811-0027 / preguntar por Eva"}


@pytest.mark.parametrize("cell", ["8811-0001 |", "| 8811-0001", "8811-0001<br>", "8811-0001 ::: "])
def test_a_line_without_anything_is_no_second_number(cell: str) -> None:
    (phone,) = read_cell(cell, "", Place("CR")).phones
    assert (phone["number"], phone["e164"]) == ("8811-0001", "+50688110001")


def test_signs_that_say_nothing_are_not_kept() -> None:
    cell = read_cell("8811-0001 " + "/" * 40, "", Place("CR"))
    assert ([phone["e164"] for phone in cell.phones], cell.rest) == (["+50688110001"], "")


def test_a_cell_without_any_number_is_refused() -> None:
    with pytest.raises(Invalid):
        read_cell("no tiene / no sabe", "", Place("CR"))
