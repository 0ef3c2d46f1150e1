"""Writing lists, and that what was written reads back as it was."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callmanager.domain.errors import Invalid
from callmanager.server.lists import writing
from callmanager.server.lists.formulas import guard, is_formula, restore
from callmanager.server.lists.headers import guess_mapping
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits, Row
from callmanager.server.lists.writing import csv_chunks, rejected_chunks, write_xlsx

UNHURRIED = settings(deadline=None)
COLUMNS = ["Teléfono", "Nombre", "Nota", "=plan"]

FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "=1+1",
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\tAna",
    "  =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "＝1",
    "＋A1",
    "－A1",
    "＠SUM(1)",
    "+506 8888-7777 ext",
    "+",
    "=",
]
INSIDE = {
    "x;=1+1;": "x;'=1+1;",
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    "a,b\n=1": "a,b\n'=1",
    "a\r\n- b": "a\r\n'- b",
    'x;"=1+1"': 'x;\'"=1+1"',
    "x; =1": "x;' =1",
    "x;'=1": "x;''=1",
    "x|@SUM(1)": "x|'@SUM(1)",
    "-5\t-": "'-5\t'-",
}
"""Texts that hold a formula where another separator would begin a cell, and how they leave."""
HARMLESS = [
    "",
    "Ana",
    "+506 8888-7777",
    "+34 612 345 678",
    "-5",
    "-5.25",
    "+(506) 22.22/33-33",
    "+506 8888-7777; +506 2222-3333",
    "8888-7777,+506 2222-3333|+34 612 345 678",
    "a;b,c|d\te\nf",
    "a=1",
    "'88123457",
    "1-2",
    "*31#",
]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
tricky = st.one_of(
    texts,
    st.sampled_from(
        [*FORMULAS, *INSIDE, *HARMLESS, "'=1", "''=1", "'", "_x0041_", "a\r\nb", "a\rb", "a\nb", '"', ";;|\t,"]
    ),
    st.builds(str.__add__, st.sampled_from(["'", "''", "=", "+", "-", " ", "\t", '"']), texts),
)
visible = tricky.filter(lambda text: bool(text.strip()))
rows = st.lists(
    st.builds(
        lambda phone, rest: {"Teléfono": phone, **rest}, visible, st.dictionaries(st.sampled_from(COLUMNS[1:]), tricky)
    ),
    max_size=8,
)


def read_back(content: bytes | Path) -> list[dict[str, str]]:
    source = read_list(io.BytesIO(content) if isinstance(content, bytes) else content, kind=None, limits=Limits())
    assert source.columns == COLUMNS or source.kind == "json"
    return [{name: text for name, text in row.cells.items() if text} for row in source]


def filled(written: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: text for name, text in row.items() if text} for row in written]


@pytest.mark.parametrize("text", FORMULAS)
def test_formula_is_guarded_and_restored(text: str) -> None:
    assert guard(text) == "'" + text
    assert restore(guard(text)) == text


@pytest.mark.parametrize(("text", "guarded"), INSIDE.items())
def test_formula_behind_any_separator_is_guarded_and_restored(text: str, guarded: str) -> None:
    assert guard(text) == guarded
    assert restore(guarded) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_phones_and_plain_texts_stay_intact(text: str) -> None:
    assert guard(text) == text
    assert restore(text) == text


@UNHURRIED
@given(tricky)
@example("'=1")
def test_every_text_is_restored_and_nothing_guarded_is_a_formula(text: str) -> None:
    assert restore(guard(text)) == text
    assert not is_formula(guard(text))


@UNHURRIED
@given(st.sampled_from(["+", "-", ""]), st.text("-()./ 0123456789\xa0", max_size=20))
def test_no_phone_is_ever_guarded(sign: str, text: str) -> None:
    phone = f"{sign}{text}8"
    assert guard(phone) == phone


@UNHURRIED
@given(rows, st.sampled_from(",;\t|"))
def test_csv_reads_back_as_written(written: list[dict[str, str]], separator: str) -> None:
    content = b"".join(csv_chunks(written, COLUMNS, separator=separator))
    assert content.startswith(b"\xef\xbb\xbf")
    assert read_back(content) == filled(written)


@UNHURRIED
@given(rows)
def test_no_cell_of_a_csv_is_a_formula(written: list[dict[str, str]]) -> None:
    text = b"".join(csv_chunks(written, COLUMNS)).decode("utf-8-sig")
    for record in csv.reader(io.StringIO(text, newline="")):
        assert not any(map(is_formula, record))


@UNHURRIED
@given(rows)
def test_workbook_reads_back_as_written(written: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lista.xlsx"
        write_xlsx(written, COLUMNS, path)
        assert read_back(path) == filled(written)


def test_characters_that_no_file_can_hold_are_left_out(tmp_path: Path) -> None:
    contact = {"Teléfono": "8888\ud800", "Nombre": "A\0na"}
    content = b"".join(csv_chunks([contact], COLUMNS))
    assert read_back(content) == [{"Teléfono": "8888", "Nombre": "Ana"}]
    write_xlsx([contact], COLUMNS, tmp_path / "lista.xlsx")
    assert read_back(tmp_path / "lista.xlsx")[0]["Teléfono"] == "8888"


def test_csv_is_written_while_rows_arrive() -> None:
    taken = 0

    def many() -> Iterator[Mapping[str, str]]:
        nonlocal taken
        while taken < 100_000:
            taken += 1
            yield {"Teléfono": "+506 8888-7777", "Nombre": "Ana"}

    chunks = csv_chunks(many(), COLUMNS)
    assert len(next(chunks)) < 80_000
    assert 0 < taken < 5_000
    assert max(map(len, chunks)) < 80_000


def test_missing_cells_are_empty_and_further_ones_left_out() -> None:
    written = csv_chunks([{"a": "1", "x": "2"}, {"b": None}], ["a", "b"], separator=";")
    assert b"".join(written) == b"\xef\xbb\xbfa;b\r\n1;\r\n;\r\n"


def test_workbook_holds_texts_only_and_a_frozen_bold_header(tmp_path: Path) -> None:
    path = tmp_path / "lista.xlsx"
    write_xlsx([{"Teléfono": "+506 8888-7777", "Nombre": "=1+1", "Nota": "http://x.cr"}], COLUMNS, path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not any("hyperlink" in name or "rels/sheet" in name for name in archive.namelist())
    assert "<f>" not in sheet
    assert "<v>" not in sheet
    assert 'state="frozen"' in sheet
    assert '<c r="A1" s="1"' in sheet


def test_more_rows_than_a_sheet_holds_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_SHEET_ROWS", 3)
    path = tmp_path / "lista.xlsx"
    write_xlsx([{"Nombre": "Ana"}] * 2, COLUMNS, path)
    path.unlink()
    with pytest.raises(Invalid) as caught:
        write_xlsx([{"Nombre": "Ana"}] * 3, COLUMNS, path)
    assert caught.value.code == "export_too_many_rows"
    assert not path.exists()


def test_text_too_long_for_excel_is_refused_and_not_cut(tmp_path: Path) -> None:
    write_xlsx([{"Nota": "x" * 32_767}], COLUMNS, tmp_path / "cabe.xlsx")
    with pytest.raises(Invalid) as caught:
        write_xlsx([{"Nota": "x" * 32_768}], COLUMNS, tmp_path / "no.xlsx")
    assert caught.value.code == "export_cell_too_long"


def test_rejected_rows_are_mended_and_imported_again() -> None:
    columns = ["Teléfono", "Nombre", "fila"]
    rejected = [(Row(7, {"Teléfono": "no tiene", "Nombre": "=1", "fila": "3"}), "No es un teléfono.")]
    content = b"".join(rejected_chunks(rejected, columns))
    source = read_list(io.BytesIO(content), kind=None, limits=Limits())
    assert source.columns == ["Teléfono", "Nombre", "fila", "motivo"]
    assert next(iter(source)).cells == {
        "Teléfono": "no tiene",
        "Nombre": "=1",
        "fila": "7",
        "motivo": "No es un teléfono.",
    }
    assert guess_mapping(source.columns, []) == {
        "Teléfono": "phone",
        "Nombre": "name",
        "fila": "skip",
        "motivo": "skip",
    }
