"""A2: a quotation mark that is not closed swallows nobody, and the report says which row it is."""

from __future__ import annotations

import io
import time

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from tests.server.lists_in import figures
from tests.trial.lists_tried import people, sample, table, tried
from tests.web import Web

HEADER = "nombre;telefono;nota\n"


def read(text: str) -> list[tuple[int, str, str]]:
    source = read_list(io.BytesIO(text.encode()), kind=None, limits=Limits())
    rows = [(row.number, row.cells.get("nombre", ""), row.error.code if row.error else "") for row in source]
    assert source.total == len(rows)
    return rows


def test_the_row_is_refused_with_its_line_and_the_others_are_people(web: Web) -> None:
    report = tried(web, sample("open_quote.csv"))
    assert figures(report) == (3, 2, 0, 0, 0, 1)
    assert people(web) == {"Luis": ["+50688500007"], "Eva": ["+50688500008"]}
    (error,) = report["errors"]
    assert (error["row"], error["code"]) == (2, "row_open_quote")
    assert "línea 2" in error["detail"] or "line 2" in error["detail"]
    (refused,) = table(web, f"/imports/{report['import_id']}/rejected.csv")
    assert (refused["nombre"], refused["telefono"], refused["nota"].strip()) == ("Ana", "8850-0006", "sin cerrar")


def test_a_mark_that_a_later_one_closes_by_chance_swallows_nobody() -> None:
    text = HEADER + 'Ana;8850-0001;"sin cerrar\nLuis;8850-0002;x\nEva;8850-0003;"otra"\nLeo;8850-0004;\n'
    assert read(text) == [(2, "Ana", "row_open_quote"), (3, "Luis", ""), (4, "Eva", ""), (5, "Leo", "")]


def test_a_mark_that_opens_another_cell_does_not_close_the_one_above() -> None:
    """Luis has no number by which his line would be known as a row."""
    text = HEADER + 'Ana;8850-0001;"sin cerrar\nLuis;12;x\nEva;"8850-0003\n8850-0004";otra\n'
    assert read(text) == [(2, "Ana", "row_open_quote"), (3, "Luis", ""), (4, "Eva", "")]


def test_words_in_marks_within_a_cell_of_several_lines_cut_no_row() -> None:
    text = HEADER + 'Ana;8850-0001;"primera\nsegunda "y" tercera"\nLuis;8850-0002;x\n'
    assert [row[1:] for row in read(text)] == [("Ana", ""), ("Luis", "")]


def test_two_open_marks_are_two_refused_rows() -> None:
    text = HEADER + 'Ana;8850-0001;"a\nLuis;8850-0002;"b\nEva;8850-0003;c\n'
    assert [row[2] for row in read(text)] == ["row_open_quote", "row_open_quote", ""]


def test_lines_that_are_no_rows_stay_with_the_row_that_is_refused() -> None:
    text = HEADER + 'Ana;8850-0001;"llamar\na la tarde\nLuis;8850-0002;x\n'
    assert read(text) == [(2, "Ana", "row_open_quote"), (3, "Luis", "")]


def test_an_open_mark_in_the_last_row_refuses_that_row() -> None:
    assert read(HEADER + 'Ana;8850-0001;x\nLuis;8850-0002;"fin\n') == [(2, "Ana", ""), (3, "Luis", "row_open_quote")]


def test_an_open_mark_in_the_header_costs_nobody() -> None:
    assert read('nombre;telefono;"nota\nAna;8850-0001;x\nLuis;8850-0002;y\n') == [(2, "Ana", ""), (3, "Luis", "")]


def test_an_open_mark_before_the_first_cell_refuses_its_row() -> None:
    text = HEADER + '"Ana;8850-0001;x\nLuis;8850-0002;y\n'
    assert read(text) == [(2, "Ana;8850-0001;x\n", "row_open_quote"), (3, "Luis", "")]


@pytest.mark.parametrize("rest", ["8850-0003\n8850-0004\n", '8850-0003\n"8850-0004"\n'])
def test_an_open_mark_in_a_list_of_one_column_swallows_nobody(rest: str) -> None:
    source = read_list(io.BytesIO(b'telefono\n8850-0001\n"8850-0002\n' + rest.encode()), kind=None, limits=Limits())
    errors = [row.error.code if row.error else "" for row in source]
    assert errors == ["", "row_open_quote", "", ""]


def test_words_below_an_open_mark_in_a_list_of_one_column_are_no_row() -> None:
    content = b'telefono\n8850-0001\n"8850-0002\nllamar\n8850-0003\n'
    source = read_list(io.BytesIO(content), kind=None, limits=Limits())
    assert [(row.number, row.error is None) for row in source] == [(2, True), (3, False), (4, True)]


def test_what_stands_above_the_table_does_not_hide_where_its_phones_are() -> None:
    text = 'Lista;de prueba\ntelefono;nombre\n8850-0001 / 28;Ana\n#N/A;"Luis\n'
    text += '8850-0003;Eva\n8850-0004;Leo\n8850-0005";Mia\n'
    assert [row[2] for row in read(text)] == ["", "row_open_quote", "", "", ""]


def test_blanks_before_quotation_marks_cut_no_row() -> None:
    text = 'nombre, telefono, nota\n"Mora, Ana", "8850-0001", "uno, dos"\n'
    text += 'Luis, "8850-0002", "sin cerrar\nEva, 8850-0003, x\n'
    assert read(text) == [(2, "Mora, Ana", ""), (3, "Luis", "row_open_quote"), (4, "Eva", "")]


@pytest.mark.parametrize(
    "rows",
    [
        'Ana;8850-0001;"uno\ndos; tres\n8850-0009"\nLuis;8850-0002;x\n',
        '"Ana\nMora";8850-0001;nota\nLuis;8850-0002;x\n',
        'Ana;"8850-0001\n8850-0002";x\nLuis;8850-0003;"5"" y 6"\n',
        'Ana;8850-0001;"\n";\nLuis;8850-0003;""\n',
        'Ana;8850-0001;"dijo, "" y ""\ny fin"\nLuis;8850-0003;x\n',
        'Ana;8850-0001;"uno\nllamar; tarde; o nunca\nfin"\nLuis;8850-0003;x\n',
    ],
)
def test_cells_of_several_lines_are_read_as_ever(rows: str) -> None:
    assert [row[2] for row in read(HEADER + rows)] == ["", ""]


def test_a_sentence_with_as_many_commas_as_the_table_is_no_row() -> None:
    rows = 'Ana,8850-0001,Norte,"uno\nllamar, tarde, o, nunca\nfin"\nLuis,8850-0002,Sur,x\n'
    assert [row[2] for row in read("nombre,telefono,grupo,nota\n" + rows)] == ["", ""]


def test_a_phone_in_a_sentence_makes_a_row_only_where_the_others_have_theirs() -> None:
    rows = 'Ana,8850-0001,"uno\n8850-0009, el de casa, tarde\nfin"\nLuis,8850-0002,x\n'
    assert [row[2] for row in read("nombre,telefono,nota\n" + rows)] == ["", ""]


def test_lines_that_are_read_again_and_again_refuse_the_file() -> None:
    """Each open mark swallows all that a record may hold, and none of the lines below it is a row for certain."""
    text = "nombre,telefono,nota\nAna,8850-0001,x\n" + ('a,b,"""c\n' + "a,b,c\n" * 400) * 20
    with pytest.raises(Invalid) as refused:
        read_list(io.BytesIO(text.encode()), kind="csv", limits=Limits(max_record_chars=2_000))
    assert refused.value.code == "file_line_too_long"


def test_marks_that_never_close_cost_a_bounded_time() -> None:
    """Each line opens a cell that none closes: to look for its end anew each time would be a square of the lines."""
    line = 'Ana;8850-0001;"sin cerrar\n'

    def seconds(lines: int) -> float:
        begun = time.perf_counter()
        assert [row[2] for row in read(HEADER + line * lines)] == ["row_open_quote"] * lines
        return time.perf_counter() - begun

    assert seconds(32_000) < 8 * seconds(8_000) + 1
