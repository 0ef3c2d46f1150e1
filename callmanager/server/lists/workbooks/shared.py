"""Reads what the sheets of a workbook share: their list, their texts and their number formats."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.foreign_files import binary_excel, packed
from callmanager.server.lists.rows import Limits
from callmanager.server.lists.tables import cell_too_long
from callmanager.server.lists.workbooks.archives import Archive, damaged
from callmanager.server.lists.workbooks.elements import Visitor, walk
from callmanager.server.lists.workbooks.values import is_date_format, number_format

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MAX_KEPT_BYTES = 16 * 2**20

_OFFICE_DOCUMENT = "/officeDocument"


def unescaped(text: str) -> str:
    """`_x000D_` and its like stand for characters that XML cannot hold."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


@dataclass(slots=True)
class Sheet:
    name: str
    part: str
    visible: bool


@dataclass(slots=True)
class Workbook:
    """What is known of a workbook before a sheet is read."""

    sheets: list[Sheet]
    texts: Texts
    formats: list[str]
    since_1904: bool


class Texts:
    """The shared texts in one block of bytes, which takes no more memory than their XML did."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def append(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise damaged()
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode("utf-8", "surrogatepass")


def open_workbook(archive: Archive, limits: Limits) -> Workbook:
    """Raises Invalid when the archive is no workbook."""
    main = _main_part(archive)
    targets = _relations(archive, main)
    listing = _SheetList()
    _visit(archive, main, listing)
    if not listing.sheets:
        raise _not_workbook(archive)
    return Workbook(
        sheets=[_sheet(name, targets.get(rid), visible=visible) for name, rid, visible in listing.sheets],
        texts=_texts(archive, _of_type(targets, "/sharedStrings"), limits),
        formats=_formats(archive, _of_type(targets, "/styles")),
        since_1904=listing.since_1904,
    )


def _main_part(archive: Archive) -> str:
    main = _of_type(_relations(archive, ""), _OFFICE_DOCUMENT) if "_rels/.rels" in archive else None
    if main is None or main not in archive or not main.casefold().endswith(".xml"):
        raise _not_workbook(archive)
    return main


def _not_workbook(archive: Archive) -> Invalid:
    if "xl/workbook.bin" in archive:
        return binary_excel()
    if archive.holds_any(".csv", ".xlsx", ".xls", ".vcf", ".txt", ".json", ".pdf"):
        return packed()
    return Invalid("file_not_workbook", N_("This is not an Excel workbook. Save it as .xlsx or as CSV."))


def _sheet(name: str, relation: tuple[str, str] | None, *, visible: bool) -> Sheet:
    """Sheets of charts and macros have no part that could be read."""
    kind, part = relation or ("", "")
    return Sheet(name, part if kind.endswith("/worksheet") else "", visible)


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """The parts that `part` refers to: their type and path by id. Nothing outside the archive is ever opened."""
    path = PurePosixPath(part)
    name = str(path.parent / "_rels" / f"{path.name}.rels") if part else "_rels/.rels"
    visitor = _Relations(str(path.parent) if part else "")
    if name in archive:
        _visit(archive, name, visitor)
    return visitor.targets


def _of_type(targets: dict[str, tuple[str, str]], ending: str) -> str | None:
    return next((path for kind, path in targets.values() if kind.endswith(ending)), None)


def _visit(archive: Archive, part: str, visitor: Visitor[str]) -> None:
    """What these parts say is kept, so they are bounded more tightly than sheets and texts."""
    for _ in walk(archive.unpack(part, at_most=MAX_KEPT_BYTES), visitor):
        pass


class _Relations(Visitor[str]):
    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self.targets: dict[str, tuple[str, str]] = {}

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target if target.startswith("/") else f"{self._folder}/{target}"
            self.targets[attributes.get("Id", "")] = (attributes.get("Type", ""), _resolved(path))


def _resolved(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


class _SheetList(Visitor[str]):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.since_1904 = False

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in {"1", "true"}
        elif name == "sheet":
            rid = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), rid, attributes.get("state", "visible") == "visible"))


def _texts(archive: Archive, part: str | None, limits: Limits) -> Texts:
    texts = Texts()
    if part is not None and part in archive:
        for text in walk(archive.unpack(part), _SharedTexts(limits)):
            texts.append(unescaped(text))
    return texts


class _SharedTexts(Visitor[str]):
    """Texts with formatted runs are joined; phonetic hints (rPh) are left out."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._pieces: list[str] = []
        self._length = 0
        self._inside = False
        self._hints = 0

    def on_start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "si":
            self._pieces, self._length = [], 0
        elif name == "rPh":
            self._hints += 1
        self._inside = name == "t" and not self._hints

    def on_text(self, text: str) -> None:
        if self._inside:
            self._length += len(text)
            if self._length > self._limits.max_cell_chars:
                raise cell_too_long(0, self._limits)
            self._pieces.append(text)

    def on_end(self, name: str) -> None:
        self._inside = False
        if name == "si":
            self.found.append("".join(self._pieces))
        elif name == "rPh":
            self._hints -= 1


@dataclass
class _Styles(Visitor[str]):
    codes: dict[int, str] = field(default_factory=dict)
    used: list[int] = field(default_factory=list)
    _in_cells: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self.used.append(_number(attributes.get("numFmtId")))

    def on_end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def _formats(archive: Archive, part: str | None) -> list[str]:
    """For each cell style `date`, the form of a number format such as `00000000` or `+0`, or an empty text."""
    styles = _Styles()
    if part is not None and part in archive:
        _visit(archive, part, styles)
    return [_format(number, styles.codes.get(number)) for number in styles.used]


def _format(number: int, code: str | None) -> str:
    if is_date_format(number, code):
        return "date"
    return number_format(code) if code else ""
