"""Reads a file of contacts whatever its format: says which it is and hands it to the reader of that format."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from callmanager.domain.errors import Invalid
from callmanager.server.lists.csv_rows import read_csv
from callmanager.server.lists.foreign_files import HEAD_BYTES, check_not_foreign, head_text, old_excel
from callmanager.server.lists.json_rows import read_json
from callmanager.server.lists.rows import FOUND_OUT, Kind, Limits, Reading, RowSource
from callmanager.server.lists.sources import CHUNK_BYTES, Opener, check_size, opener
from callmanager.server.lists.workbooks.archives import password
from callmanager.server.lists.workbooks.sheets import read_xlsx

_ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def read_list(source: BinaryIO | Path, *, kind: Kind | None, limits: Limits, how: Reading = FOUND_OUT) -> RowSource:
    """The rows of a CSV, workbook (.xlsx) or JSON array; `kind` None tells them apart by their first bytes.

    The whole file is checked first: what makes it unusable (its size, bytes that are no text, a bomb, too many rows
    or columns, one huge cell) raises Invalid here, and what is wrong with one row is that row's `error`. `source` is
    a path or a seekable stream, which must stay open and unread by others while rows are taken. Memory is bounded by
    `limits`: a CSV by one record, a workbook by its texts, JSON by a multiple of its size.
    """
    open_file = opener(source)
    check_size(open_file, limits)
    with open_file() as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith(_OLE):
        raise _ole_error(open_file)
    check_not_foreign(head)
    found = kind or detect_kind(head)
    if found == "xlsx" or head.startswith((_ZIP + b"\x03\x04", _ZIP + b"\x05\x06")):
        return read_xlsx(open_file, limits, how)
    return read_json(open_file, limits) if found == "json" else read_csv(open_file, limits, how)


def detect_kind(head: bytes) -> Kind:
    """`xlsx` for a zip archive, `json` for a text that begins like an array or object, else `csv`."""
    if head.startswith(_ZIP):
        return "xlsx"
    return "json" if head_text(head).lstrip()[:1] in ("[", "{") else "csv"


def _ole_error(open_file: Opener) -> Invalid:
    """A workbook with a password and one of the old format (.xls) begin with the same bytes."""
    before = b""
    with open_file() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if _ENCRYPTED_PACKAGE in before + chunk:
                return password()
            before = chunk[-len(_ENCRYPTED_PACKAGE) :]
    return old_excel()
