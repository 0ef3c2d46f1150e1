"""A12: what is wrong with a file or a cell is said as it is, with what to do about it."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.server.lists_in import figures
from tests.server.lists_workbooks import inline
from tests.server.lists_workbooks import workbook as raw_workbook
from tests.trial.lists_tried import fields, refusal, sample, table, tried
from tests.web import Web

RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.bin"/></Relationships>'
)
HEADER = f'<row r="1">{inline("A1", "Nombre")}{inline("B1", "Teléfono")}{inline("C1", "Celular")}</row>'


def zipped(*names: str) -> bytes:
    """A zip file with parts of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, RELATIONS if name == "_rels/.rels" else "x")
    return out.getvalue()


def test_a_cell_beside_the_table_refuses_nobody(web: Web) -> None:
    report = tried(web, sample("stray_cell.xlsx"))
    assert (figures(report), report["stray_cells"]) == ((2, 2, 0, 0, 0, 0), 1)
    assert list(fields(web, "Luis")["extra"].values()) == ["revisar"]


def test_a_row_of_a_csv_with_too_many_cells_comes_back_whole(web: Web) -> None:
    report = tried(web, b"telefono,nombre\n88110001,Mora, Ana\n88110002,Luis\n")
    assert [error["code"] for error in report["errors"]] == ["row_too_many_cells"]
    (row,) = table(web, f"/imports/{report['import_id']}/rejected.csv")
    assert (row["nombre"], row["columna 3"]) == ("Mora", " Ana")


def test_formulas_that_failed_are_named(web: Web) -> None:
    rows = (
        f'<row r="2">{inline("A2", "Ana")}<c r="B2" t="e"><v>#N/A</v></c></row>'
        f'<row r="3">{inline("A3", "Luis")}<c r="B3"><f>VLOOKUP(A3,X,1)</f></c></row>'
        f'<row r="4"><c r="A4" t="e"><v>#REF!</v></c>{inline("B4", "8811-0001")}<c r="C4" t="e"><v>#N/A</v></c></row>'
    )
    report = tried(web, raw_workbook(HEADER + rows))
    assert [error["code"] for error in report["errors"]] == ["phone_excel_error", "phone_not_calculated"]
    assert (report["inserted"], report["broken_cells"]) == (1, 2)
    told = {(one["row"], one["field"], one["value"]) for one in report["remarks"]}
    assert told == {(4, "Nombre", "#REF!"), (4, "phone Celular", "#N/A")}


def test_an_error_of_excel_in_a_csv_is_no_name(web: Web) -> None:
    report = tried(web, "Nombre;Teléfono\n#N/D;8811-0001\n#Ana;8811-0002\n".encode())
    assert report["broken_cells"] == 1
    assert fields(web, "#Ana")["phones"][0]["e164"] == "+50688110002"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><table><tr><td>Nombre</td></tr></table></html>", "file_web_page"),
        (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>", "file_web_page"),
        (b'<?xml version="1.0"?>\n<html xmlns="x">', "file_web_page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>', "file_xml"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEND:VCARD\r\n", "file_vcard"),
        (b"%PDF-1.7\n", "file_pdf"),
        (b"{\\rtf1\\ansi Nombre}", "file_rtf"),
        (b"\x1f\x8b\x08\x00", "file_packed"),
        (b"\x89PNG\r\n\x1a\n", "file_picture"),
        (b"<center>Lista</center>\n<table><tr><th>Nombre</th></tr></table>", "file_web_page"),
        (b"<!-- guardado -->\n<html><body></body></html>", "file_web_page"),
        ("<html><table></table></html>".encode("utf-16"), "file_web_page"),
        (b"MIME-Version: 1.0\nX-Document-Type: Workbook\n", "file_web_page"),
        (b"<contactos><contacto/></contactos>", "file_xml"),
        (b"dn: cn=Ana Mora\nobjectclass: person\n", "file_ldif"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "file_old_excel"),
        (zipped("lista.csv"), "file_packed"),
        (zipped("carpeta/Lista.XLSX"), "file_packed"),
        (zipped("_rels/.rels", "xl/workbook.bin"), "file_binary_excel"),
        (zipped("mimetype", "content.xml"), "file_not_workbook"),
        (zipped(), "file_not_workbook"),
        ("Nombre:Teléfono\nAna:8811-0001\n".encode(), "file_one_column"),
        ("Nombre;Teléfono\n\n".encode(), "file_only_header"),
    ],
)
def test_a_file_that_is_no_list_is_named(web: Web, content: bytes, code: str) -> None:
    assert refusal(web, content) == code


def test_a_long_note_of_a_refused_row_comes_back_whole(web: Web) -> None:
    report = tried(web, f"telefono;nota\n12;{'x' * 15_000}\n".encode())
    (row,) = table(web, f"/imports/{report['import_id']}/rejected.csv")
    assert len(row["nota"]) == 15_000
