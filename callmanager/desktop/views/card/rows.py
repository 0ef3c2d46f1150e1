"""Fields of several rows: the phones of a contact, and its other fields."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from functools import partial
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.models.card.words import HOME_REGION, is_valid_phone
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.focusing import focus_on
from callmanager.domain.contacts import PHONES
from callmanager.domain.texts import N_

HEIGHT = 32
WARNING = "⚠"


class Rows(customtkinter.CTkFrame):
    """Two entries and buttons a row. `put` shows rows; `on_change(rows)` is called when the user changes one."""

    columns: tuple[str, str]
    add_label: str
    most: int

    def __init__(self, master: tkinter.Misc, kit: Kit, label: str, on_change: Callable[[Any], object]) -> None:
        super().__init__(master, fg_color="transparent")
        self._kit, self._on_change = kit, on_change
        self._pairs: list[tuple[str, str]] = []
        self._lines: list[CardLine] = []
        self._is_enabled = True
        self.grid_columnconfigure(0, weight=1)
        customtkinter.CTkLabel(self, text=label, anchor="w", height=18).grid(row=0, column=0, sticky="ew")
        self._box = customtkinter.CTkFrame(self, fg_color="transparent", height=1)
        self._box.grid(row=1, column=0, sticky="ew")
        self._box.grid_columnconfigure(0, weight=1)
        self._add = Button(self, kit.say(self.add_label), self._add_row, kind="quiet")
        self._add.grid(row=2, column=0, sticky="w")
        self._problem = customtkinter.CTkLabel(
            self, text="", anchor="w", justify="left", text_color=theme.BAD, height=18, wraplength=320
        )

    def put(self, value: Any) -> None:
        """Show rows without telling of it; what is typed in stays as it is when it is the same."""
        pairs = [self.pair_of(row) for row in value]
        if pairs == self._pairs and len(self._lines) == len(pairs):
            return
        self._pairs = pairs
        while len(self._lines) > len(pairs):
            self._lines.pop().destroy()
        while len(self._lines) < len(pairs):
            self._lines.append(CardLine(self, self._box, self._kit, len(self._lines)))
        for line, pair in zip(self._lines, pairs, strict=True):
            line.put(pair)
        self._look()

    def enable(self, *, is_enabled: bool) -> None:
        """Let it be changed, or only read."""
        if is_enabled != self._is_enabled:
            self._is_enabled = is_enabled
            self._look()

    def complain(self, problem: str) -> None:
        """Show what is wrong under the rows; "" when nothing is."""
        self._problem.configure(text=problem)
        self._problem.grid(row=3, column=0, sticky="ew") if problem else self._problem.grid_remove()

    def typed(self, index: int, pair: tuple[str, str]) -> None:
        """A row says something else now."""
        if self._pairs[index] != pair:
            self._pairs[index] = pair
            self._lines[index].mark()
            self._tell()

    def hand_over(self) -> None:
        """Tell now what was typed, also in an entry whose last key is still down."""
        for line in tuple(self._lines):
            line.hand_over()

    def remove(self, index: int) -> None:
        """Take a row away."""
        self._change([pair for at, pair in enumerate(self._pairs) if at != index])

    def put_first(self, index: int) -> None:
        """Make a row the first one."""
        self._change([self._pairs[index], *(pair for at, pair in enumerate(self._pairs) if at != index)])

    def pair_of(self, row: Any) -> tuple[str, str]:
        """A row of the model as the texts of the two entries."""
        raise NotImplementedError

    def row_of(self, pair: tuple[str, str]) -> Any:
        """The row of the model that the two texts mean."""
        raise NotImplementedError

    def marks(self, index: int, pair: tuple[str, str]) -> str:
        """What is said beside a row."""
        raise NotImplementedError

    def _add_row(self) -> None:
        self._change([*self._pairs, ("", "")])
        if self._lines:
            self._lines[-1].focus()

    def _change(self, pairs: list[tuple[str, str]]) -> None:
        self.put([self.row_of(pair) for pair in pairs])
        self._tell()

    def _tell(self) -> None:
        self._on_change([self.row_of(pair) for pair in self._pairs])

    def _look(self) -> None:
        for line in self._lines:
            line.enable(is_enabled=self._is_enabled, is_first=line is self._lines[0], is_only=len(self._lines) == 1)
        self._add.allow(self._is_enabled and len(self._lines) < self.most)


class CardLine(customtkinter.CTkFrame):
    """One row."""

    def __init__(self, rows: Rows, master: tkinter.Misc, kit: Kit, index: int) -> None:
        super().__init__(master, fg_color="transparent")
        self._rows, self._kit, self._index = rows, kit, index
        self.grid(row=index, column=0, sticky="ew", pady=(2, 0))
        self.grid_columnconfigure((0, 1), weight=1, uniform="entry")
        self._entries = [self._entry(column) for column in (0, 1)]
        self._first = Button(self, "↑", partial(rows.put_first, index), kind="quiet", width=30)
        if isinstance(rows, PhoneRows):
            self._first.grid(row=0, column=2)
        self._remove = Button(self, "✕", partial(rows.remove, index), kind="quiet", width=30)
        self._remove.grid(row=0, column=3)
        self._mark = customtkinter.CTkLabel(
            self, text="", anchor="w", height=16, font=kit.fonts.small, text_color=theme.CAUTION
        )

    def put(self, pair: tuple[str, str]) -> None:
        """Show two texts."""
        for entry, text in zip(self._entries, pair, strict=True):
            if entry.get() != text:
                state = entry.cget("state")
                entry.configure(state="normal")
                entry.delete(0, "end")
                entry.insert(0, text)
                entry.configure(state=state)
        self.mark()

    def mark(self) -> None:
        """Say beside the row what there is to say."""
        text = self._rows.marks(self._index, self._texts())
        self._mark.configure(text=text, text_color=theme.CAUTION if WARNING in text else theme.QUIET)
        self._mark.grid(row=1, column=0, columnspan=4, sticky="w") if text else self._mark.grid_remove()

    def enable(self, *, is_enabled: bool, is_first: bool, is_only: bool) -> None:
        """Let it be changed, or only read; what is first cannot be made first."""
        for entry in self._entries:
            entry.configure(state="normal" if is_enabled else "readonly")
        self._first.allow(is_enabled and not is_first)
        self._remove.allow(is_enabled and not (is_only and isinstance(self._rows, PhoneRows)))

    def focus(self) -> None:
        """The cursor into the first entry."""
        focus_on(self._entries[0])

    def _entry(self, column: int) -> customtkinter.CTkEntry:
        entry = customtkinter.CTkEntry(
            self, height=HEIGHT, placeholder_text=self._kit.say(self._rows.columns[column]), width=80
        )
        entry.grid(row=0, column=column, sticky="ew", padx=(0, theme.GRID // 2))
        for event in ("<KeyRelease>", "<FocusOut>"):
            entry.bind(event, lambda _event: self.hand_over(), add="+")
        return entry

    def hand_over(self) -> None:
        """Tell the rows what stands here."""
        self._rows.typed(self._index, self._texts())

    def _texts(self) -> tuple[str, str]:
        first, second = (str(entry.get()) for entry in self._entries)
        return first, second


class PhoneRows(Rows):
    """Numbers with a label; the first is the main one."""

    columns = (N_("Number"), N_("Label: home, work…"))
    add_label = N_("+ Another phone")
    most = PHONES
    region = HOME_REGION
    """Whose numbers are written without their country."""

    def pair_of(self, row: Any) -> tuple[str, str]:
        return row["number"], row["label"]

    def row_of(self, pair: tuple[str, str]) -> Any:
        return {"number": pair[0], "label": pair[1]}

    def marks(self, index: int, pair: tuple[str, str]) -> str:
        said = [self._kit.say(N_("Main phone"))] if index == 0 else []
        if pair[0].strip() and not is_valid_phone(pair[0], self.region):
            said.append(f"{WARNING} " + self._kit.say(N_("not a valid number")))
        return "  ·  ".join(said)


class ExtraRows(Rows):
    """Names and texts of one's own."""

    columns = (N_("Name of the field"), N_("Text"))
    add_label = N_("+ Another field")
    most = 100

    def pair_of(self, row: Any) -> tuple[str, str]:
        return row[0], row[1]

    def row_of(self, pair: tuple[str, str]) -> Any:
        return [*pair]

    def marks(self, index: int, pair: tuple[str, str]) -> str:
        del index, pair
        return ""
