"""Knows files that are no list by their first bytes, and says what each is and what to do with it."""

from __future__ import annotations

import codecs

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


def _pdf() -> Invalid:
    return Invalid("file_pdf", N_("This is a PDF. Ask for the list as Excel workbook (.xlsx) or as CSV."))


def _letter() -> Invalid:
    return Invalid("file_rtf", N_("This is a text document (.rtf). Copy its table into Excel and save it as .xlsx."))


def _packed() -> Invalid:
    return Invalid("file_packed", N_("This is a packed file. Unpack it and import the list that is in it."))


def _picture() -> Invalid:
    return Invalid("file_picture", N_("This is a picture. Ask for the list as Excel workbook (.xlsx) or as CSV."))


_BY_BYTES = (
    (b"%PDF", _pdf),
    (b"{\\rtf", _letter),
    (b"\x1f\x8b", _packed),
    (b"Rar!", _packed),
    (b"7z\xbc\xaf\x27\x1c", _packed),
    (b"\x89PNG", _picture),
    (b"\xff\xd8\xff", _picture),
    (b"GIF8", _picture),
)
_BY_TEXT = (
    ("begin:vcard", _cards),
    ("<!doctype html", _web_page),
    ("<html", _web_page),
    ("<head", _web_page),
    ("<body", _web_page),
    ("<table", _web_page),
    ("<meta", _web_page),
    ("<style", _web_page),
    ("<div", _web_page),
    ("<?xml", _old_xml),
    ("<workbook", _old_xml),
)


def check_not_foreign(head: bytes) -> None:
    """Raises Invalid when a file that begins with `head` is none that could hold a list."""
    found = next((reason for start, reason in _BY_BYTES if head.startswith(start)), None)
    if found is None:
        text = head_text(head).lstrip().lower()
        found = next((reason for start, reason in _BY_TEXT if text.startswith(start)), None)
        if found is _old_xml and "<html" in text:
            found = _web_page
    if found is not None:
        raise found()


def head_text(head: bytes) -> str:
    """The beginning of a file as a text, whatever it is."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")
