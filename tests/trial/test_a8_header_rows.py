"""A8: the best of the first rows is the header; it is shown, and another can be chosen."""

from __future__ import annotations

import pytest

from tests.server.lists_in import figures
from tests.trial.lists_tried import people, preview, refusal, sample, tried, workbook
from tests.web import Web

TABLE = "Nombre;Teléfono;Correo\nAna;8811-0016;a@example.com\nLuis;8811-0017;l@example.com\n"
BOTH = {"Ana": ["+50688110016"], "Luis": ["+50688110017"]}


def test_a_table_below_a_preamble_is_read(web: Web) -> None:
    content = sample("table_after_preamble.csv")
    shown = preview(web, content)
    assert (shown["header_row"], shown["columns"], shown["rows_above_header"]) == (
        4,
        ["Nombre", "Teléfono", "Correo"],
        2,
    )
    assert [(one["row"], one["cells"][0]) for one in shown["head"]][:3] == [(1, "Empresa"), (2, "Fecha"), (4, "Nombre")]
    report = tried(web, content)
    assert (figures(report), report["header_row"], report["rows_above_header"]) == ((2, 2, 0, 0, 0, 0), 4, 2)
    assert people(web) == BOTH


@pytest.mark.parametrize(
    "above",
    [
        "Teléfonos\n",
        "Teléfonos;;\n",
        "Lista de noviembre\n\n",
        "Cliente;Ejemplo S.A.\nTeléfono;2222-3333\nCorreo;x@example.com\n",
        "Contacto\nEmpresa\n",
        "".join(f"línea {number};x\n" for number in range(18)),
    ],
)
def test_titles_above_the_header_are_passed_over(web: Web, above: str) -> None:
    report = tried(web, (above + TABLE).encode())
    assert figures(report) == (2, 2, 0, 0, 0, 0)
    assert people(web) == BOTH


def test_the_row_can_be_chosen(web: Web) -> None:
    content = ("Nombre;Teléfono\nEjemplo;viejo\nPersona;Llamar a\nAna;8811-0016\nLuis;8811-0017\n").encode()
    shown = preview(web, content, header_row="3")
    assert (shown["columns"], shown["rows_in_file"]) == (["Persona", "Llamar a"], 2)
    tried(web, content, header_row="3", mapping='{"Persona": "name", "Llamar a": "phone"}')
    assert people(web) == BOTH


def test_a_list_without_header_can_be_said_to_have_none(web: Web) -> None:
    content = b"Cliente;Celular\nLuis;8811-0017\nEva;8811-0018\n"
    assert preview(web, content)["has_header"]
    report = tried(web, content, header_row="0")
    assert figures(report) == (3, 2, 0, 0, 0, 1)


@pytest.mark.parametrize("beside", ["", "x"])
def test_a_header_that_comes_again_below_a_narrow_table_is_a_row(web: Web, beside: str) -> None:
    rows = [["Lista", "de prueba"], ["Teléfono"], ["8811-0016", "", "x"], ["8811-0017"], ["Teléfono", "", beside]]
    report = tried(web, workbook(Hoja=rows))
    assert (figures(report), report["header_row"]) == ((3, 2, 0, 0, 0, 1), 2)


@pytest.mark.parametrize("first", ["Cliente;8811-0016;x", "Ana Mora;8811-0016;Empresa", "Nota;8811-0016;Estado"])
def test_a_first_row_with_a_phone_over_phones_is_somebody(web: Web, first: str) -> None:
    content = f"{first}\nLuis;8811-0017;y\n".encode()
    assert not preview(web, content)["has_header"]
    tried(web, content)
    assert set(people(web)) == {first.split(";", maxsplit=1)[0], "Luis"}


def test_the_only_row_of_a_list_is_somebody(web: Web) -> None:
    tried(web, b"Ana Mora;8811-0016;Empresa\n")
    assert set(people(web)) == {"Ana Mora"}


def test_a_column_without_a_heading_takes_no_field_from_one_that_has_it(web: Web) -> None:
    rows = [["", "Nombre", "Teléfono"], ["", "Ana", "8811-0016"], ["", "Luis", "8811-0017"], ["Total", "2"]]
    report = tried(web, workbook(Hoja=rows))
    assert (figures(report), people(web)) == ((3, 2, 0, 0, 0, 1), BOTH)


def test_a_row_of_groups_above_the_header_is_passed_over(web: Web) -> None:
    content = ";Datos;;Contacto;\nNo.;Nombre;Cédula;Teléfono;Correo\n1;Ana;101110111;8811-0016;\n2;Luis;9;8811-0017;\n"
    assert tried(web, content.encode())["header_row"] == 2
    assert people(web) == BOTH


def test_a_row_that_is_not_there_is_refused(web: Web) -> None:
    assert refusal(web, TABLE.encode(), header_row="9") == "header_row_missing"


def test_a_header_that_comes_again_below_is_a_row_of_the_list(web: Web) -> None:
    report = tried(web, (TABLE + TABLE).encode())
    assert (report["total"], report["header_row"]) == (5, 1)
