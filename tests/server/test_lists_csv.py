"""Reading CSV as people's programs really write it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits, RowSource

SAMPLES = Path(__file__).parents[1] / "samples"
SPANISH = 'Teléfono;Nombre\r\n8888-7777;"Peña; ""Chepe"""\r\n\r\n8888-6666;Íñigo\r\n'


def read(content: bytes | str, limits: Limits | None = None) -> RowSource:
    body = content.encode() if isinstance(content, str) else content
    return read_list(io.BytesIO(body), kind=None, limits=limits or Limits())


def refusal(content: bytes | str, limits: Limits | None = None) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read(content, limits)
    str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_encoding_is_detected_and_reported(encoding: str, reported: str) -> None:
    source = read(SPANISH.encode(encoding))
    assert source.dialect.encoding == reported
    assert [row.cells["Nombre"] for row in source] == ['Peña; "Chepe"', "Íñigo"]


def test_utf_16_of_either_byte_order_is_read() -> None:
    assert read(b"\xfe\xff" + SPANISH.encode("utf-16-be")).columns == ["Teléfono", "Nombre"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_detected(separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(
        [["telefono", "nombre", "nota"], ["8888-7777", "Ana", "a, b; c | d"], ["88886666", "Leo", "1,5; 2,5"]]
    )
    source = read(text.getvalue())
    assert source.dialect.separator == separator
    assert [row.cells["nota"] for row in source] == ["a, b; c | d", "1,5; 2,5"]


def test_separator_line_of_excel_is_obeyed() -> None:
    source = read("sep=;\r\ntelefono;nombre\r\n88887777;Ana, la de Leo\r\n")
    assert source.columns == ["telefono", "nombre"]
    assert [(row.number, row.cells["nombre"]) for row in source] == [(3, "Ana, la de Leo")]


def test_rows_are_numbered_as_in_the_file_and_blank_lines_are_no_rows() -> None:
    source = read("telefono,nombre\n\n88887777,Ana\n , \n,,\n88886666,Leo\n")
    assert [(row.number, row.cells["nombre"]) for row in source] == [(3, "Ana"), (6, "Leo")]
    assert source.total == 2


def test_source_may_be_read_twice() -> None:
    source = read(SPANISH)
    assert list(source) == list(source)


def test_path_is_read_and_left_closed(tmp_path: Path) -> None:
    path = tmp_path / "lista.csv"
    path.write_text(SPANISH, encoding="utf-8")
    assert len(list(read_list(path, kind=None, limits=Limits()))) == 2
    path.unlink()


def test_list_without_header_gets_numbered_columns() -> None:
    source = read("8888-7777,Ana\n8888-6666,Leo\n")
    assert (source.columns, source.dialect.has_header) == (["1", "2"], False)
    assert [row.cells["2"] for row in source] == ["Ana", "Leo"]


def test_known_heading_makes_a_header_even_beside_digits() -> None:
    assert read("telefono,88887777\n8888-6666,x\n").columns == ["telefono", "88887777"]


def test_title_above_the_header_is_passed_over() -> None:
    source = read("Clientes de noviembre,\n,\nNombre,Teléfono\nAna,88887777\n")
    assert source.columns == ["Nombre", "Teléfono"]
    assert [row.number for row in source] == [4]


def test_repeated_and_empty_headings_stay_apart() -> None:
    source = read("tel,tel,,nombre\n1,2,3,Ana\n")
    assert source.columns == ["tel", "tel (2)", "3", "nombre"]


def test_row_with_too_many_cells_is_an_error_of_that_row_alone() -> None:
    rows = list(read("telefono,nombre\n88887777,Peña, Ana\n88886666,Leo,\n"))
    assert [row.error.code if row.error else None for row in rows] == ["row_too_many_cells", None]
    assert rows[0].cells == {"telefono": "88887777", "nombre": "Peña", "columna 3": " Ana"}


def test_short_row_has_only_its_cells() -> None:
    assert next(iter(read("telefono,nombre,nota\n88887777,Ana\n"))).cells == {"telefono": "88887777", "nombre": "Ana"}


def test_cell_may_hold_line_ends() -> None:
    rows = list(read('telefono,nota\n88887777,"uno\r\ndos"\n88886666,tres\n'))
    assert [(row.number, row.cells["nota"]) for row in rows] == [(2, "uno\r\ndos"), (3, "tres")]


def test_bytes_that_are_no_text_refuse_their_row_only() -> None:
    rows = list(read("telefono,nombre\n88887777,Peña é í ó\n88886666,".encode() + b"\xff\xfe\n88885555,\xc3\xb1\n"))
    assert [row.number for row in rows] == [2, 3, 4]
    assert [row.error.code if row.error else "" for row in rows] == ["", "row_other_encoding", ""]
    assert [row.cells["telefono"] for row in rows] == ["88887777", "88886666", "88885555"]


def test_bytes_that_no_encoding_knows_are_refused() -> None:
    error = refusal(b"telefono,nombre\n88887777,\x81\x8d\x8f\x90\n")
    assert (error.code, error.fields["row"]) == ("file_encoding", 2)


def test_cut_utf_16_is_refused() -> None:
    assert refusal(SPANISH.encode("utf-16")[:-1]).code == "file_encoding"


def test_accents_after_the_first_megabyte_still_decide_the_encoding() -> None:
    body = "telefono,nombre\n" + "88887777,Ana\n" * 100_000 + "88886666,Íñigo\n"
    source = read(body.encode("cp1252"))
    assert source.dialect.encoding == "cp1252"
    assert list(source)[-1].cells["nombre"] == "Íñigo"


def test_nul_is_refused_with_its_line() -> None:
    error = refusal(b"telefono,nombre\n88887777,A\0na\n")
    assert (error.code, error.fields["row"]) == ("file_nul", 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"\n\n , \n", "file_no_rows"), (b"\xef\xbb\xbf", "file_no_rows")],
)
def test_file_without_anything_is_refused(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_header_alone_is_a_list_without_rows() -> None:
    source = read("telefono,nombre\n")
    assert (source.columns, source.total, list(source)) == (["telefono", "nombre"], 0, [])


def test_lists_past_their_bounds_are_refused() -> None:
    assert refusal("telefono\n" + "88887777\n" * 11, Limits(max_rows=10)).code == "file_too_many_rows"
    assert refusal("telefono" + ",x" * 10_000 + "\n88887777\n").code == "file_too_many_columns"
    assert refusal("telefono,nombre\n8," + "," * 10_000 + "\n").code == "file_too_many_columns"
    assert refusal("telefono,nota\n8," + "x" * 70_000 + "\n").code == "file_cell_too_long"
    assert refusal('telefono,nota\n8,"' + "x\n" * 100_000).code == "file_cell_too_long"
    assert refusal("telefono,nota\n8," + "x," * 600_000 + "\n").code == "file_line_too_long"
    assert refusal("telefono\n", Limits(max_bytes=5)).code == "file_too_large"


def test_list_at_its_bounds_is_read() -> None:
    assert read("telefono\n" + "88887777\n" * 10, Limits(max_rows=10)).total == 10
    assert read("telefono,nota\n8," + "x" * 65_536 + "\n").total == 1


def test_reading_leaves_the_csv_module_as_it_was() -> None:
    before = csv.field_size_limit()
    refusal("telefono,nota\n8," + "x" * 200_000 + "\n")
    assert csv.field_size_limit() == before


def test_apostrophe_of_excel_before_a_phone_stays() -> None:
    assert next(iter(read("telefono,nombre\n'88123457,'=A1\n"))).cells == {"telefono": "'88123457", "nombre": "=A1"}


@pytest.mark.parametrize(
    ("name", "encoding", "separator", "total"),
    [
        ("contactos_cr.csv", "utf-8", ",", 5_200),
        ("excel_es.csv", "cp1252", ";", 309),
        ("paises.csv", "utf-8-sig", ",", 12),
    ],
)
def test_samples_are_understood(name: str, encoding: str, separator: str, total: int) -> None:
    source = read_list(SAMPLES / name, kind=None, limits=Limits())
    assert (source.dialect.encoding, source.dialect.separator, source.total) == (encoding, separator, total)
    assert all(row.error is None for row in source)


def test_damaged_cells_of_the_excel_sample_come_through_as_text() -> None:
    rows = list(read_list(SAMPLES / "excel_es.csv", kind=None, limits=Limits()))
    phones = [row.cells["Teléfono móvil"] for row in rows[300:]]
    assert phones[:5] == ["5,06889E+10", "50688123456.0", "'88123457", "=SUMA(1;2)", "88123458"]
    assert rows[304].cells["Nombre completo"] == '=HYPERLINK("x")'


def test_stream_closed_while_a_reader_is_abandoned_harms_nothing() -> None:
    stream = io.BytesIO(SPANISH.encode())
    rows = iter(read_list(stream, kind=None, limits=Limits()))
    next(rows)
    stream.close()
    del rows
