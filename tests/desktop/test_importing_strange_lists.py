"""The import wizard with lists that people really have: it shows what it took them for, and lets one say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callmanager.desktop.models.importing.figures import list_doubts, list_figures, say_doubt
from callmanager.desktop.models.importing.wizard import Step
from tests.desktop.conftest import LiveOffice
from tests.desktop.list_desk import open_desks
from tests.desktop.lists_at_work import ListsDesk
from tests.trial.lists_tried import TRIED

Desks = Callable[..., ListsDesk]


@pytest.fixture
def desk(office: LiveOffice, tmp_path: Path) -> Iterator[Desks]:
    with open_desks(ListsDesk, office, tmp_path, "manager") as make:
        yield make


def test_the_row_of_names_is_shown_and_another_can_be_chosen(desk: Desks) -> None:
    boss = desk()
    boss.choose(TRIED / "table_after_preamble.csv")
    reading = boss.importing.reading
    assert reading.header_row == 4
    assert reading.header_rows()[2] == (4, "4:  Nombre · Teléfono · Correo")
    boss.importing.read(header_row=5)
    boss.rest()
    assert boss.importing.mapping is not None
    assert boss.importing.mapping.columns == ["Ana", "8811-0016", "a@example.com"]
    boss.importing.read(header_row=4)
    boss.rest()
    boss.reach(Step.CHECK)
    assert boss.importing.report is not None
    labels = [line.label for line in list_figures(boss.importing.report, boss.tools.speech, is_dry=True)]
    assert "Rows above the names of the columns, not read" in labels


def test_the_sheets_of_a_workbook_are_named_and_one_is_chosen(desk: Desks) -> None:
    boss = desk()
    boss.choose(TRIED / "second_sheet.xlsx")
    reading = boss.importing.reading
    assert (reading.sheet, reading.sheets()) == (
        "Clientes",
        [("Instrucciones", "Instrucciones (rows: 2)"), ("Clientes", "Clientes (rows: 2)")],
    )
    boss.importing.read(sheet="Instrucciones")
    boss.rest()
    assert reading.sheet == "Instrucciones"


def test_the_encoding_shows_some_words_and_can_be_said(desk: Desks) -> None:
    boss = desk()
    boss.choose(TRIED / "macroman.csv")
    reading = boss.importing.reading
    assert reading.encoding == "mac_roman"
    assert reading.words_text().endswith("Muñoz Peña  ·  Ramírez")
    boss.importing.read(encoding="cp1252")
    boss.rest()
    assert (reading.encoding, "Muñoz" in reading.words_text()) == ("cp1252", False)


def test_strange_statuses_get_a_meaning_that_is_saved_with_the_columns(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "vici.csv"
    path.write_text("telefono,nombre,status\n+34622000001,Ana,busy\n+34622000002,Luis,new\n+34622000003,Eva,busy\n")
    boss.choose(path)
    boss.reach(Step.CHECK)
    words = boss.importing.words
    assert [(line.text, line.status) for line in words.lines] == [
        ("“busy” (rows: 2) means", None),
        ("“new” (rows: 1) means", None),
    ]
    boss.importing.put_meaning("busy", "OCUPADO")
    assert boss.importing.report is None, "what would happen is another thing now"
    boss.importing.go_on()
    boss.until(lambda: boss.importing.report is not None)
    assert boss.importing.report is not None
    assert boss.importing.report["unknown_statuses"] == 1
    assert [line.status for line in words.lines] == ["OCUPADO", None]
    boss.importing.save_mapping("De otro sistema")
    boss.until(lambda: boss.importing.saved.choices)
    boss.choose(path)
    assert words.meanings == {}
    boss.importing.apply_saved(boss.importing.saved.choices[0][0])
    assert words.meanings == {"busy": "OCUPADO"}
    boss.importing.saved.drop(boss.importing.saved.choices[0][0])
    boss.until(lambda: not boss.importing.saved.choices)


def test_what_separates_the_cells_can_be_said(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "barras.csv"
    path.write_text("telefono|nombre;apodo\n+34622000021|Ana;Anita\n")
    boss.choose(path)
    reading = boss.importing.reading
    boss.importing.read(separator=";")
    boss.rest()
    assert (reading.separator, boss.importing.mapping.columns) == (";", ["telefono|nombre", "apodo"])  # type: ignore[union-attr]
    boss.importing.read(separator="|")
    boss.rest()
    assert (reading.separator, boss.importing.mapping.columns) == ("|", ["telefono", "nombre;apodo"])  # type: ignore[union-attr]
    assert [name for name, _words in reading.separators()] == [",", ";", "tab", "|"]


def test_a_list_of_one_column_without_phones_says_what_may_be_wrong(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "puntos.csv"
    path.write_text("nombre:telefono\nAna:+34622000031\n")
    boss.choose(path)
    boss.importing.go_on()
    assert boss.importing.problem is not None
    assert boss.importing.problem.code == "file_one_column"


def test_a_list_without_rows_says_so_before_anything_is_imported(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "solo encabezado.csv"
    path.write_text("nombre;telefono\n")
    boss.choose(path)
    boss.importing.go_on()
    boss.rest()
    assert boss.importing.problem is not None
    assert (boss.importing.problem.code, boss.importing.step) == ("file_only_header", Step.COLUMNS)


def test_what_is_left_out_is_told_in_words_before_the_import(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "repetida.csv"
    rows = [f"+34622000041,Luis {number},l{number}@example.com" for number in range(3)]
    path.write_text("\n".join(["telefono,nombre,correo", "+34622000041,Ana,a@example.com", *rows, ""]))
    boss.choose(path)
    boss.reach(Step.CHECK)
    assert boss.importing.report is not None
    (doubt,) = list_doubts(boss.importing.report)
    assert (doubt.count, doubt.rows, doubt.values) == (6, (3, 4, 5), ("Luis 0", "l0@example.com", "Luis 1"))
    assert say_doubt(doubt, boss.tools.speech).endswith("Rows 3, 4, 5: Luis 0  ·  l0@example.com  ·  Luis 1\u00a0…")


def test_what_was_left_out_is_saved_as_a_table(desk: Desks, tmp_path: Path) -> None:
    boss = desk()
    path = tmp_path / "repetida.csv"
    path.write_text("telefono,nombre\n+34622000011,Ana\n+34622000011,Luis\n")
    record = boss.bring(path)
    assert record["remarked"] == 1
    target = tmp_path / "fuera.csv"
    boss.importing.rejected.save_remarks(record["import_id"], target)
    boss.until(target.exists)
    assert "Luis" in target.read_text("utf-8-sig")
