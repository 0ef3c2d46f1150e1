"""Reading workbooks: the values that Excel stores, as text, and the sheet that is meant."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from pathlib import Path

import pytest
import python_calamine
from xlsxwriter import Workbook

from callmanager.domain.errors import Invalid
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits, Reading, RowSource
from tests.server.lists_workbooks import HEADER, STYLES, TEXTS, inline, parts, texts_xml, workbook, zipped


def read(content: bytes, *, sheet: str | None = None, limits: Limits | None = None) -> RowSource:
    return read_list(io.BytesIO(content), kind=None, limits=limits or Limits(), how=Reading(sheet=sheet))


def refusal(content: bytes, **options: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read(content, **options)  # type: ignore[arg-type]
    str(caught.value)
    return caught.value


def value(cell: str, **more: str | bytes) -> str:
    source = read(workbook(f'{HEADER}<row r="2">{cell}{inline("B2", "Ana")}</row>', **more))
    return next(iter(source)).cells["Teléfono"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A2"><v>88123456</v></c>', "88123456"),
        ('<c r="A2"><v>88123456.0</v></c>', "88123456"),
        ('<c r="A2"><v>5.0688123456E10</v></c>', "50688123456"),
        ('<c r="A2"><v>1.5</v></c>', "1.5"),
        ('<c r="A2"><v>1e20</v></c>', "1e+20"),
        ('<c r="A2" t="str"><f>A1</f><v>+506 8888</v></c>', "+506 8888"),
        ('<c r="A2" t="inlineStr"><is><r><t>88</t></r><r><t>99</t></r></is></c>', "8899"),
        ('<c r="A2" t="b"><v>1</v></c>', "true"),
        ('<c r="A2" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A2"><f>A1&amp;B1</f></c>', "=?"),
        ('<c r="A2" t="d"><v>2026-11-22</v></c>', "2026-11-22"),
        ('<c r="A2" t="s"><v>1</v></c>', "dos 2"),
        ('<c r="A2"/>', ""),
        ('<c r="A2" t="inlineStr"><is><t>a_x000A_b_x005F_x0041_</t></is></c>', "a\nb_x0041_"),
    ],
)
def test_cell_becomes_text(cell: str, text: str) -> None:
    assert value(cell, **{TEXTS: texts_xml("uno", "dos<!-- --> 2")}) == text


def test_phonetic_hints_are_no_text() -> None:
    texts = texts_xml("x").replace("<t>x</t>", '<t>東</t><rPh sb="0" eb="1"><t>ヒガシ</t></rPh><r><t>京</t></r>')
    assert value('<c r="A2" t="s"><v>0</v></c>', **{TEXTS: texts}) == "東京"


def test_number_shown_with_leading_zeros_keeps_them() -> None:
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="00000000"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    assert value('<c r="A2" s="1"><v>8123456</v></c>', **{STYLES: styles}) == "08123456"


def test_cells_without_a_reference_stand_one_after_another() -> None:
    row = "<row><c><v>88887777</v></c><c><v>1</v></c></row>"
    assert next(iter(read(workbook(HEADER + row)))).cells == {"Teléfono": "88887777", "Nombre": "1"}


def test_rows_are_numbered_as_in_the_sheet_and_empty_ones_are_no_rows() -> None:
    rows = f'{HEADER}<row r="3"><c r="A3" s="1"/></row><row r="7">{inline("A7", "88887777")}</row>'
    source = read(workbook(rows))
    assert [(row.number, row.cells) for row in source] == [(7, {"Teléfono": "88887777"})]
    assert source.total == 1


def test_cell_beyond_the_header_is_a_field_of_its_own() -> None:
    row = f'<row r="2">{inline("A2", "88887777")}{inline("F2", "x")}</row>'
    assert [(row.error, row.extra, row.strays) for row in read(workbook(HEADER + row))] == [
        (None, {"columna 6": "x"}, 1)
    ]


def test_prefixed_names_are_understood() -> None:
    contents = parts(HEADER + f'<row r="2">{inline("A2", "88887777")}</row>')
    sheet = str(contents["xl/worksheets/sheet1.xml"])
    for tag in ("worksheet", "sheetData", "row", "is", "c ", "c>", "t>"):
        sheet = sheet.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}", f"</x:{tag}")
    contents["xl/worksheets/sheet1.xml"] = sheet.replace("xmlns=", "xmlns:x=")
    assert next(iter(read(zipped(contents)))).cells == {"Teléfono": "88887777"}


def test_first_visible_sheet_with_cells_is_read_or_the_one_named(tmp_path: Path) -> None:
    path = tmp_path / "hojas.xlsx"
    book = Workbook(path)
    book.add_worksheet("Vacía")
    hidden = book.add_worksheet("Oculta")
    hidden.hide()
    hidden.write_string(0, 0, "secreto")
    for name in ("Uno", "Dos"):
        sheet = book.add_worksheet(name)
        sheet.write_column(0, 0, ["tel", name])
    book.close()
    content = path.read_bytes()
    assert (read(content).dialect.sheet, [row.cells["tel"] for row in read(content)]) == ("Uno", ["Uno"])
    assert [row.cells["tel"] for row in read(content, sheet=" dos ")] == ["Dos"]
    error = refusal(content, sheet="Tres")
    assert (error.code, error.fields["sheets"]) == ("sheet_missing", ["Vacía", "Oculta", "Uno", "Dos"])


def test_values_agree_with_an_independent_reader(tmp_path: Path) -> None:
    path = tmp_path / "valores.xlsx"
    book = Workbook(path)
    sheet = book.add_worksheet()
    rows = [
        ("tel", None, None),
        (date(2026, 11, 22), "dd/mm/yyyy", "2026-11-22"),
        (datetime(2026, 11, 22, 10, 30), 'd "de" mmm yyyy hh:mm', "2026-11-22T10:30:00"),  # noqa: DTZ001
        (time(10, 30), "hh:mm", "10:30:00"),
        (date(1900, 1, 15), 14, "1900-01-15"),
        (88887777, "0", "88887777"),
        (1234.5, "#,##0.00 [$₡-es-CR]", "1234.5"),
        (0.25, "0.00E+00", "0.25"),
        ("Íñigo & <Ana>", None, "Íñigo & <Ana>"),
        (True, None, "true"),
    ]
    for number, (content, code, _) in enumerate(rows):
        sheet.write(number, 0, content, book.add_format({"num_format": code} if code is not None else {}))
    book.close()
    ours = [row.cells["tel"] for row in read_list(path, kind=None, limits=Limits())]
    theirs = [row[0] for row in python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()[1:]]
    assert ours == [text for _, _, text in rows[1:]]
    assert ours == [_text(cell) for cell in theirs]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def test_dates_since_1904_are_understood() -> None:
    styles = '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
    contents = parts(f'{HEADER}<row r="2"><c r="A2" s="0"><v>44886</v></c></row>', **{STYLES: styles})
    book = str(contents["xl/workbook.xml"]).replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    source = read(zipped({**contents, "xl/workbook.xml": book}))
    assert next(iter(source)).cells["Teléfono"] == "2026-11-22"


def test_empty_workbook_and_header_alone() -> None:
    assert refusal(workbook("")).code == "file_no_rows"
    assert read(workbook(HEADER)).total == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04" + b"x" * 100, "file_damaged"),
        (b"PK\x05\x06" + b"\0" * 18, "file_not_workbook"),
        (zipped({"word/document.xml": "<x/>"}), "file_not_workbook"),
        (zipped({**parts(HEADER), "xl/workbook.xml": "<document/>"}), "file_not_workbook"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "file_not_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_old_excel"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 65_530 + "EncryptedPackage".encode("utf-16-le"),
            "file_password",
        ),
    ],
)
def test_what_is_no_workbook_says_what_to_do(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_csv_given_as_a_workbook_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        read_list(io.BytesIO(b"telefono,nombre\n88887777,Ana\n"), kind="xlsx", limits=Limits())
    assert caught.value.code == "file_damaged"


def test_workbook_given_as_csv_is_read_as_what_it_is() -> None:
    content = workbook(f'{HEADER}<row r="2">{inline("A2", "88887777")}</row>')
    assert read_list(io.BytesIO(content), kind="csv", limits=Limits()).kind == "xlsx"
