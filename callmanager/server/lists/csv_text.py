"""Finds out how a CSV was written: its encoding and its separator. Reads bounded pieces only."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.headers import is_known
from callmanager.server.lists.old_encodings import guess_old_encoding
from callmanager.server.lists.sources import CHUNK_BYTES, Opener

SEPARATORS = ",;\t|"
_HEAD_BYTES = 1_024
_WIDEST = 200  # columns looked at to tell a header

MIXED = "surrogateescape"
_STRANGE = re.compile("[\udc80-\udcff]")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def check_encoding(open_file: Opener, said: str) -> str:
    """The encoding that somebody says the file has. The whole file is checked against it, as in `detect_encoding`."""
    encoding = {"utf-8": "utf-8-sig", "utf-16": _unmarked_utf16(open_file) or "utf-16"}.get(said, said)
    _check_text(open_file, encoding)
    return encoding


def detect_encoding(open_file: Opener) -> tuple[str, str]:
    """The encoding, and how its decoder treats what is wrong: `surrogateescape` where some rows of a file in UTF-8 are
    in another one, else `strict`.

    It is `utf-8`, `utf-8-sig`, `utf-16` (or that with `-le` or `-be` where no mark tells), `cp1252`, which latin-1 is
    part of, `mac_roman` or `cp850`. The whole file is checked against it: raises Invalid with the line of the first
    bytes that are no text, or of the first NUL."""
    with open_file() as stream:
        head = stream.read(4)
    marked = next((encoding for bom, encoding in _BOMS if head.startswith(bom)), None)
    encoding = marked or _unmarked_utf16(open_file)
    if encoding in ("utf-8-sig", None):
        right, wrong = _letters(open_file)
        encoding = encoding or ("utf-8" if right >= wrong else _old_encoding(open_file))
        if wrong and encoding.startswith("utf-8"):
            _check_text(open_file, encoding, MIXED)
            return encoding, MIXED
    _check_text(open_file, encoding)
    return encoding, "strict"


def mend_letters(cells: list[str]) -> list[str] | None:
    """The cells of a row whose bytes are no UTF-8 as an older encoding reads them; None where there are no such."""
    if not _STRANGE.search("".join(cells)):
        return None
    raw = [cell.encode("utf-8", MIXED) for cell in cells]
    encoding = guess_old_encoding(raw)
    return [cell.decode(encoding, "replace") for cell in raw]


def other_letters(row: int) -> Invalid:
    """The reason of such a row."""
    return Invalid(
        "row_other_encoding",
        N_(
            "The letters of this row are not written like those of the file. Save the rows that were not taken, look "
            "whether their letters are right there, and import that file."
        ),
        fields={"row": row},
    )


def detect_separator(sample: str) -> str:
    """The separator under which the lines of `sample` best make a table; a comma when there is only one column."""
    declared = sample[:5].lower()
    if declared.startswith("sep=") and declared[4:] in SEPARATORS and len(declared) == 5:
        return declared[4]
    return max(SEPARATORS, key=lambda separator: _fitness(sample, separator))


def _unmarked_utf16(open_file: Opener) -> str | None:
    """UTF-16 whose mark of the byte order is missing: every other byte of plain letters is a NUL."""
    with open_file() as stream:
        head = stream.read(_HEAD_BYTES)
    if len(head) < 4 or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    first, second = head[::2].count(0), head[1::2].count(0)
    if 2 * max(first, second) <= len(head) // 2 or min(first, second):
        return None
    return "utf-16-be" if first else "utf-16-le"


def _letters(open_file: Opener) -> tuple[int, int]:
    """How many letters beyond ASCII are UTF-8, and how many are none: one damaged byte does not turn a file into an
    older one."""
    right = wrong = 0
    with open_file() as stream:
        decoder = codecs.getincrementaldecoder("utf-8")(MIXED)
        for chunk in chain(_chunks(stream), [b""]):
            text = decoder.decode(chunk, final=not chunk)
            if not text.isascii():
                broken = len(_STRANGE.findall(text))
                wrong += broken
                right += len(text) - len(text.encode("ascii", "ignore")) - broken
    return right, wrong


def _old_encoding(open_file: Opener) -> str:
    with open_file() as stream:
        return guess_old_encoding(_chunks(stream))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(CHUNK_BYTES), b"")


def _check_text(open_file: Opener, encoding: str, errors: str = "strict") -> None:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    line = 1
    with open_file() as stream:
        try:
            for chunk in _chunks(stream):
                line += _lines(decoder.decode(chunk), line)
            _lines(decoder.decode(b"", final=True), line)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise Invalid(
                "file_encoding",
                N_("Line %(row)s holds bytes that are no text. Save the file again as CSV UTF-8."),
                fields={"row": line},
                row=line,
            ) from None


def _lines(text: str, line: int) -> int:
    if "\0" in text:
        row = line + text[: text.index("\0")].count("\n")
        raise Invalid(
            "file_nul",
            N_("Line %(row)s holds a NUL character: this is not a text file. Save it again as CSV UTF-8."),
            fields={"row": row},
            row=row,
        )
    return text.count("\n")


def _fitness(sample: str, separator: str) -> tuple[int, float, int]:
    records = _records(sample, separator)
    if not records:
        return (0, 0.0, 0)
    known = max(sum(map(is_known, record[:_WIDEST])) for record in records[:20])
    widths = Counter(map(len, records))
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    agreement = times / len(records) if width > 1 else 0.0
    return (known, agreement, width)


def _records(sample: str, separator: str) -> Sequence[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(sample.splitlines(keepends=True), delimiter=separator):
            if record:
                records.append(record)
            if len(records) == 100:
                break
    except csv.Error:
        pass
    return records
