"""Knows files that are no list by their first bytes, and says what each is and what to do with it."""

from __future__ import annotations

import codecs
from copy import copy

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

HEAD_BYTES = 1024

_WEB_PAGE = Invalid(
    "file_web_page",
    N_("This is a web page that was saved as a list. Open it in Excel and save it as Excel workbook (.xlsx)."),
)
_OLD_XML = Invalid(
    "file_xml",
    N_("This is an XML file. If Excel opens it, save it there as Excel workbook (.xlsx)."),
)
_CARDS = Invalid(
    "file_vcard",
    N_("This is an address book in vCard format (.vcf). Export it as CSV: Google Contacts and Outlook offer that."),
)
_PDF = Invalid("file_pdf", N_("This is a PDF. Ask for the list as Excel workbook (.xlsx) or as CSV."))
_LETTER = Invalid("file_rtf", N_("This is a text document (.rtf). Copy its table into Excel and save it as .xlsx."))
_PACKED = Invalid("file_packed", N_("This is a packed file. Unpack it and import the list that is in it."))
_PICTURE = Invalid("file_picture", N_("This is a picture. Ask for the list as Excel workbook (.xlsx) or as CSV."))

_BY_BYTES = (
    (b"%PDF", _PDF),
    (b"{\\rtf", _LETTER),
    (b"\x1f\x8b", _PACKED),
    (b"Rar!", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
)
_BY_TEXT = (
    ("begin:vcard", _CARDS),
    ("<!doctype html", _WEB_PAGE),
    ("<html", _WEB_PAGE),
    ("<head", _WEB_PAGE),
    ("<body", _WEB_PAGE),
    ("<table", _WEB_PAGE),
    ("<meta", _WEB_PAGE),
    ("<style", _WEB_PAGE),
    ("<div", _WEB_PAGE),
    ("<?xml", _OLD_XML),
    ("<workbook", _OLD_XML),
)


def check_not_foreign(head: bytes) -> None:
    """Raises Invalid when a file that begins with `head` is none that could hold a list."""
    found = next((error for start, error in _BY_BYTES if head.startswith(start)), None)
    if found is None:
        text = _text(head).lstrip().lower()
        found = next((error for start, error in _BY_TEXT if text.startswith(start)), None)
        if found is _OLD_XML and "<html" in text:
            found = _WEB_PAGE
    if found is not None:
        raise copy(found)  # each its own: whoever passes it on may add to it


def _text(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")
