"""How the file is to be read: its sheet, the row that names the columns, its encoding and separator. No network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.speech import Speech
from callmanager.domain.texts import N_

ENCODINGS: dict[str, str] = {
    "utf-8": N_("Unicode (UTF-8)"),
    "cp1252": N_("Windows (1252)"),
    "mac_roman": N_("Old Mac"),
    "cp850": N_("DOS (850)"),
    "utf-16": N_("Unicode (UTF-16)"),
}
SEPARATORS: dict[str, str] = {
    ",": N_("Comma  ,"),
    ";": N_("Semicolon  ;"),
    "tab": N_("Tabulator"),
    "|": N_("Bar  |"),
}
NO_HEADER = 0
ROW_CHARS = 44


class FileReading:
    """What the server found out of a file, and what the user says instead. Nothing is said before `put`."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._said: dict[str, Any] = {}
        self._found: Mapping[str, Any] = {}

    @property
    def query(self) -> dict[str, Any]:
        """As the API takes it."""
        return dict(self._said)

    def forget(self) -> None:
        """It is another file."""
        self._said, self._found = {}, {}

    def put(self, **said: Any) -> None:
        """Say `sheet`, `header_row`, `encoding`, `separator` or `skip_hidden`. Another sheet has another header, and so
        have other cells."""
        if {"sheet", "separator"} & said.keys():
            self._said.pop("header_row", None)
        self._said.update(said)

    def take(self, preview: Mapping[str, Any]) -> None:
        """What the server says of the file as it was read."""
        self._found = preview

    @property
    def sheet(self) -> str | None:
        """The sheet that is read."""
        return self._found.get("sheet")

    @property
    def header_row(self) -> int:
        """The row that names the columns."""
        return int(self._found.get("header_row", NO_HEADER))

    @property
    def encoding(self) -> str:
        """The encoding of a CSV."""
        found = str(self._found.get("encoding") or "")
        return found.removesuffix("-sig").removesuffix("-le").removesuffix("-be")

    @property
    def separator(self) -> str:
        """What separates the cells of a CSV."""
        return str(self._found.get("separator") or "").replace("\t", "tab")

    @property
    def skips_hidden(self) -> bool:
        """Whether hidden rows are left out."""
        return bool(self._said.get("skip_hidden"))

    def sheets(self) -> list[tuple[str, str]]:
        """The sheets of a workbook that hold something, with their rows."""
        return [(one["name"], self._sheet_text(one)) for one in self._found.get("sheets", ()) if one["rows"]]

    def hidden_rows(self) -> int:
        """How many rows of the sheet are hidden."""
        return sum(int(one["hidden_rows"]) for one in self._found.get("sheets", ()) if one["is_read"])

    def hidden_choices(self) -> list[tuple[bool, str]]:
        """What can be done with them."""
        count = show_number(self.hidden_rows(), self._speech)
        return [
            (False, self._speech.say(N_("Import them, too (%(count)s)"), count=count)),
            (True, self._speech.say(N_("Leave them out (%(count)s)"), count=count)),
        ]

    def header_rows(self) -> list[tuple[int, str]]:
        """The first rows of the file, and that none of them names the columns."""
        none = (NO_HEADER, self._speech.say(N_("None: every row is a contact")))
        rows = [(int(row["row"]), self._row_text(row)) for row in self._found.get("head", ())]
        if self.header_row and self.header_row not in dict(rows):
            rows.append((self.header_row, self._speech.say(N_("Row %(number)s"), number=self.header_row)))
        return [*rows, none]

    def encodings(self) -> list[tuple[str, str]]:
        """How the bytes of a CSV can be read as letters."""
        return [(name, self._speech.say(label)) for name, label in ENCODINGS.items()] if self.encoding else []

    def separators(self) -> list[tuple[str, str]]:
        """What may separate the cells of a CSV."""
        return [(name, self._speech.say(label)) for name, label in SEPARATORS.items()] if self.separator else []

    def words_text(self) -> str:
        """Some words in which a wrong encoding shows; "" when there are none."""
        words = self._found.get("words", ())
        return self._speech.say(N_("Are these well written?  %(words)s"), words="  ·  ".join(words)) if words else ""

    def _sheet_text(self, sheet: Mapping[str, Any]) -> str:
        rows = show_number(sheet["rows"], self._speech)
        message = N_("%(name)s (rows: %(count)s)") if sheet["is_visible"] else N_("%(name)s (hidden, rows: %(count)s)")
        return self._speech.say(message, name=sheet["name"], count=rows)

    def _row_text(self, row: Mapping[str, Any]) -> str:
        cells = " · ".join(" ".join(cell.split()) for cell in row["cells"] if cell.strip())
        short = cells if len(cells) <= ROW_CHARS else f"{cells[: ROW_CHARS - 1]}…"
        return f"{row['row']}:  {short}"
