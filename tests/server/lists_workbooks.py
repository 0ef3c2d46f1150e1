"""Builds workbooks part by part, so that tests can write what no program writes."""

from __future__ import annotations

import io
import zipfile

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def sheet_xml(rows: str) -> str:
    return f'{_HEAD}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def texts_xml(*texts: str) -> str:
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return f'{_HEAD}<sst xmlns="{MAIN}">{items}</sst>'


def parts(rows: str, **more: str | bytes) -> dict[str, str | bytes]:
    """The parts of a workbook with one sheet; `more` replaces or adds parts by their path."""
    workbook = (
        f'{_HEAD}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="Hoja1" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>"
    )
    kinds = [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
    inner = "".join(
        f'<Relationship Id="rId{number}" Type="{REL}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(kinds, 1)
    )
    outer = f'<Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": f"{_HEAD}<Types/>",
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{PACKAGE}">{outer}</Relationships>',
        "xl/workbook.xml": workbook,
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{PACKAGE}">{inner}</Relationships>',
        SHEET: sheet_xml(rows),
        **more,
    }


def zipped(contents: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(rows: str, **more: str | bytes) -> bytes:
    return zipped(parts(rows, **more))


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER = f'<row r="1">{inline("A1", "Teléfono")}{inline("B1", "Nombre")}</row>'
