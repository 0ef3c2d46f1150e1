"""Knows files that are no list by their first bytes, and says what each is and what to do with it."""

from __future__ import annotations

import codecs
import re

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

HEAD_BYTES = 1024


def _web_page() -> Invalid:
    return Invalid(
        "file_web_page",
        N_("This is a web page that was saved as a list. Open it in Excel and save it as Excel workbook (.xlsx)."),
    )


def _old_xml() -> Invalid:
    return Invalid("file_xml", N_("This is an XML file. If Excel opens it, save it there as Excel workbook (.xlsx)."))


def _cards() -> Invalid:
    return Invalid(
        "file_vcard",
        N_("This is an address book in vCard format (.vcf). Export it as CSV: Google Contacts and Outlook offer that."),
    )


def _directory() -> Invalid:
    return Invalid(
        "file_ldif", N_("This is an address book in LDIF format. Export it as CSV: Thunderbird offers that.")
    )


def old_excel() -> Invalid:
    """The reason of a workbook from before .xlsx."""
    return Invalid("file_old_excel", N_("This is an old Excel file (.xls). Save it as .xlsx or as CSV."))


def binary_excel() -> Invalid:
    """The reason of a workbook in Excel's binary format."""
    return Invalid("file_binary_excel", N_("This is a binary Excel workbook (.xlsb). Save it as .xlsx or as CSV."))


def _pdf() -> Invalid:
    return Invalid("file_pdf", N_("This is a PDF. Ask for the list as Excel workbook (.xlsx) or as CSV."))


def _letter() -> Invalid:
    return Invalid("file_rtf", N_("This is a text document (.rtf). Copy its table into Excel and save it as .xlsx."))


def packed() -> Invalid:
    """The reason of an archive that holds a list."""
    return Invalid("file_packed", N_("This is a packed file. Unpack it and import the list that is in it."))


def _picture() -> Invalid:
    return Invalid("file_picture", N_("This is a picture. Ask for the list as Excel workbook (.xlsx) or as CSV."))


_BY_BYTES = (
    (b"%PDF", _pdf),
    (b"{\\rtf", _letter),
    (b"\x09\x08\x10\x00", old_excel),
    (b"\x09\x04\x06\x00", old_excel),
    (b"\x09\x02\x06\x00", old_excel),
    (b"\x1f\x8b", packed),
    (b"Rar!", packed),
    (b"7z\xbc\xaf\x27\x1c", packed),
    (b"\x89PNG", _picture),
    (b"\xff\xd8\xff", _picture),
    (b"GIF8", _picture),
)
_BY_TEXT = (
    ("begin:vcard", _cards),
    ("mime-version:", _web_page),  # Excel's "single file web page"
    ("dn: ", _directory),
)
_TAG = re.compile(r"<[!?/]?[a-z-]")
_PAGE_TAG = re.compile(
    r"<(?:!doctype html|html|head|body|table|tr|td|th|meta|style|div|script|title|center|font|p|b|br)\b"
)


def check_not_foreign(head: bytes) -> None:
    """Raises Invalid when a file that begins with `head` is none that could hold a list."""
    found = next((reason for start, reason in _BY_BYTES if head.startswith(start)), None)
    if found is None:
        text = head_text(head).lstrip().lower()
        found = next((reason for start, reason in _BY_TEXT if text.startswith(start)), None)
        if found is None and _TAG.match(text):
            found = _web_page if _PAGE_TAG.search(text) else _old_xml
    if found is not None:
        raise found()


def head_text(head: bytes) -> str:
    """The beginning of a file as a text, whatever it is."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")
