"""Finds out how a CSV was written: its encoding and its separator. Reads bounded pieces only."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.headers import is_known
from callmanager.server.lists.old_encodings import guess_old_encoding
from callmanager.server.lists.sources import CHUNK_BYTES, Opener

SEPARATORS = ",;\t|"
_WIDEST = 200  # columns looked at to tell a header

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def check_encoding(open_file: Opener, said: str) -> str:
    """The encoding that somebody says the file has. The whole file is checked against it, as in `detect_encoding`."""
    encoding = "utf-8-sig" if said == "utf-8" else said
    _check_text(open_file, encoding)
    return encoding


def detect_encoding(open_file: Opener) -> str:
    """`utf-8`, `utf-8-sig`, `utf-16`, `cp1252`, which latin-1 is part of, `mac_roman` or `cp850`. The whole file is
    checked against it: raises Invalid with the line of the first bytes that are no text, or of the first NUL."""
    with open_file() as stream:
        head = stream.read(4)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            _check_text(open_file, encoding)
            return encoding
    encoding = _without_bom(open_file)
    _check_text(open_file, encoding)
    return encoding


def detect_separator(sample: str) -> str:
    """The separator under which the lines of `sample` best make a table; a comma when there is only one column."""
    declared = sample[:5].lower()
    if declared.startswith("sep=") and declared[4:] in SEPARATORS and len(declared) == 5:
        return declared[4]
    return max(SEPARATORS, key=lambda separator: _fitness(sample, separator))


def _without_bom(open_file: Opener) -> str:
    """UTF-8 unless most of what is not ASCII is no UTF-8: one damaged byte does not turn a file into an older one."""
    right = wrong = 0
    with open_file() as stream:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for chunk in _chunks(stream):
            text = decoder.decode(chunk)
            if not text.isascii():
                broken = text.count("\ufffd")
                wrong += broken
                right += len(text) - len(text.encode("ascii", "ignore")) - broken
    if right >= wrong:
        return "utf-8"
    with open_file() as stream:
        return guess_old_encoding(_chunks(stream))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(CHUNK_BYTES), b"")


def _check_text(open_file: Opener, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
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
