"""A table of any number of rows that holds only those on the screen. It knows Tk, and nothing of contacts.

Rows are asked for by position (`fetch`) and known by id: the selection stays with its row when rows move.
"""

from __future__ import annotations

import time
import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk

from callmanager.desktop.widgets.table_keys import bind_keys
from callmanager.desktop.widgets.table_look import MARK_WIDTH, TableLook
from callmanager.desktop.widgets.tooltip import Tooltip

FRAME_MILLISECONDS = 16
LEAST_ROWS = 1


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` are by column id; `mark` names a colour of the look, drawn as a dot at the left; `tags` too."""

    id: int
    cells: dict[str, str]
    mark: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in pixels at 100 %."""

    id: str
    title: str
    width: int
    is_sortable: bool = True


Fetch = Callable[[int, int], list[Row]]


PositionOf = Callable[[int], int | None]


def _nowhere(_row_id: int) -> int | None:
    return None


def _ignore(*_anything: object) -> None:
    return None


class VirtualTable(tkinter.Frame):
    """Give it `columns`, then `show(count)` whenever rows may be others.

    `fetch(offset, limit)` is called in Tk's thread when it draws and has to be quick. Callbacks:
    `on_select(id | None)`, `on_open(id)`, `on_sort(column)`, `on_resize({column: width})`, `on_type(letters)`.
    """

    def __init__(self, master: tkinter.Misc, fetch: Fetch, look: TableLook) -> None:
        super().__init__(
            master,
            background=look.surface,
            borderwidth=0,
            highlightthickness=1,
            highlightbackground=look.line,
            highlightcolor=look.focus,
        )
        self._fetch, self._look = fetch, look
        self.on_select: Callable[[int | None], object] = _ignore
        self.on_open: Callable[[int], object] = _ignore
        self.on_sort: Callable[[str], object] = _ignore
        self.on_resize: Callable[[dict[str, int]], object] = _ignore
        self.on_type: Callable[[str], object] = _ignore
        self._columns: list[Column] = []
        self._rows: list[Row] = []
        self._count = self._top = 0
        self._selected: int | None = None
        self._position: int | None = None
        self._planned: str | None = None
        self._drawn_at = 0.0
        self._spread_width = 0
        self._build()

    @property
    def selected(self) -> int | None:
        """The id of the chosen row; it may be out of sight."""
        return self._selected

    @property
    def top(self) -> int:
        """The position of the first row on the screen."""
        return self._top

    @property
    def page_size(self) -> int:
        """How many rows fit."""
        return max(LEAST_ROWS, (self.tree.winfo_height() - self._look.heading_height) // self._look.row_height)

    @property
    def shown(self) -> list[Row]:
        """The rows on the screen, as they were last drawn."""
        return list(self._rows)

    @property
    def is_drawn(self) -> bool:
        """Whether nothing waits to be drawn."""
        return self._planned is None

    @property
    def notice(self) -> str:
        """What stands over the empty table."""
        return str(self._notice.cget("text"))

    def set_columns(self, columns: Sequence[Column], *, sort: str = "", descending: bool = False) -> None:
        """Show these columns, in this order. `sort` is the one whose heading bears the arrow."""
        self._columns = list(columns)
        self.tree.configure(columns=[column.id for column in columns])
        for column in columns:
            arrow = (" ▼" if descending else " ▲") if column.id == sort else ""
            command = (lambda name=column.id: self.on_sort(name)) if column.is_sortable else ""
            self.tree.heading(column.id, text=column.title + arrow, anchor="w", command=command)
            width = round(column.width * self._look.scale)
            self.tree.column(column.id, width=width, minwidth=round(40 * self._look.scale), stretch=False, anchor="w")
        self._spread()
        self._drawn.clear()
        self.redraw()

    def show(self, count: int, *, position_of: PositionOf = _nowhere, restart: bool = False) -> None:
        """There are `count` rows now, perhaps others. What is in sight stays in its place on the screen, wherever
        its rows have moved (`position_of(id)`); with `restart` the table begins at its first row."""
        anchor = self._find_anchor()
        self._count = count
        self._position = None if self._selected is None else position_of(self._selected)
        if restart:
            self._top = 0
        elif anchor is not None and (moved := position_of(anchor[0])) is not None:
            self._top = moved - anchor[1]
        self._top = self._clamp(self._top)
        self.redraw()

    def select(self, row_id: int | None, position: int | None = None, *, see: bool = True) -> None:
        """Choose a row; it is brought into sight when its position is known."""
        changed = row_id != self._selected
        self._selected, self._position = row_id, position
        if see and position is not None:
            self._bring_into_sight(position)
        self._mark()
        self.redraw()
        if changed:
            self.on_select(row_id)

    def move(self, step: int) -> None:
        """Choose the row `step` after the chosen one; the first in sight when none is."""
        if self._count == 0:
            return
        here = self._position
        wanted = self._top if here is None else here + step
        self.go_to(wanted)

    def go_to(self, position: int) -> None:
        """Choose the row at a position, or the nearest there is."""
        position = max(0, min(self._count - 1, position))
        found = self._fetch(position, 1)
        if found:
            self.select(found[0].id, position)

    def scroll(self, rows: int) -> None:
        """Move what is in sight."""
        self.scroll_to(self._top + rows)

    def scroll_to(self, top: int) -> None:
        """Bring a position to the top."""
        top = self._clamp(top)
        if top != self._top:
            self._top = top
            self.redraw()

    def open_selected(self) -> None:
        """As a double click on the chosen row does."""
        if self._selected is not None:
            self.on_open(self._selected)

    def redraw(self) -> None:
        """Draw soon, once a frame at most, however often it is asked for."""
        if self._planned is None:
            passed = round((time.monotonic() - self._drawn_at) * 1000)
            self._planned = self.after(max(0, FRAME_MILLISECONDS - passed), self.draw)

    def draw(self) -> None:
        """Draw now."""
        if self._planned is not None:
            self.after_cancel(self._planned)
            self._planned = None
        self._spread()
        self._top = self._clamp(self._top)
        self._rows = self._fetch(self._top, self.page_size) if self._count else []
        self._fill()
        self._choose()
        self._place_bar()
        self._drawn_at = time.monotonic()

    def destroy(self) -> None:
        """What was to be drawn is not drawn any more."""
        if self._planned is not None:
            self.after_cancel(self._planned)
            self._planned = None
        super().destroy()

    def say(self, text: str, hint: str = "") -> None:
        """Show a sentence over the empty table; without text, take it away."""
        self._notice.configure(text=text + (f"\n\n{hint}" if hint else ""))
        if text:
            self._notice.place(relx=0.5, rely=0.4, anchor="center", relwidth=0.8)
        else:
            self._notice.place_forget()

    def focus_table(self) -> None:
        """Give it the keyboard, with a row chosen."""
        self.tree.focus_set()
        if self._selected is None:
            self.move(0)

    def _build(self) -> None:
        look = self._look
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.tree = ttk.Treeview(self, style=look.apply(self), selectmode="browse", show=("tree", "headings"))
        self.tree.column("#0", width=round(MARK_WIDTH * look.scale), minwidth=1, stretch=False)
        self.tree.grid(row=0, column=0, sticky="nsew")
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._drag)
        self._bar.grid(row=0, column=1, sticky="ns")
        side = ttk.Scrollbar(self, orient="horizontal", command=self.tree.xview)
        self.tree.configure(xscrollcommand=lambda first, last: self._place_side(side, first, last))
        self._notice = tkinter.Label(
            self, background=look.surface, foreground=look.quiet, font=look.font, justify="center", wraplength=640
        )
        self._slots: list[str] = []
        self._drawn: dict[str, Row] = {}
        for tag, colour in look.tags.items():
            self.tree.tag_configure(tag, foreground=colour)
        self._tooltip = Tooltip(self.tree, self.cut_text, look)
        bind_keys(self)

    def _fill(self) -> None:
        while len(self._slots) < len(self._rows):
            self._slots.append(self.tree.insert("", "end"))
        while len(self._slots) > len(self._rows):
            slot = self._slots.pop()
            self._drawn.pop(slot, None)
            self.tree.delete(slot)
        for slot, row in zip(self._slots, self._rows, strict=True):
            if self._drawn.get(slot) != row:
                values = [row.cells.get(column.id, "") for column in self._columns]
                self.tree.item(slot, values=values, tags=row.tags, image=self._look.dot(row.mark))
                self._drawn[slot] = row

    def _choose(self) -> None:
        """Mark the chosen row, when it is in sight."""
        slot = self._mark()
        if slot is not None:
            self._position = self._top + self._slots.index(slot)

    def _mark(self) -> str | None:
        """Have Tk choose what is chosen, among the rows that are drawn. At once: Tk tells of each of its choices later
        (`take_selection`), and must not be found with one that has been given up."""
        drawn = zip(self._slots, self._rows, strict=True)
        slot = next((slot for slot, row in drawn if row.id == self._selected), None)
        wanted = () if slot is None else (slot,)
        if self.tree.selection() != wanted:
            self.tree.selection_set(wanted)
            if slot is not None:
                self.tree.focus(slot)
        return slot

    def take_selection(self) -> None:
        """The user has chosen a row in the widget itself."""
        chosen = self.tree.selection()
        if chosen and chosen[0] in self._slots:
            index = self._slots.index(chosen[0])
            if self._rows[index].id != self._selected:
                self.select(self._rows[index].id, self._top + index, see=False)

    def note_widths(self) -> None:
        """A heading was dragged."""
        widths = {x.id: self._own_width(x) for x in self._columns}
        changed = {x.id: widths[x.id] for x in self._columns if abs(x.width - widths[x.id]) > 1}
        if changed:
            self._columns = [Column(x.id, x.title, widths[x.id], x.is_sortable) for x in self._columns]
            self.on_resize(widths)
        self._spread()

    def _own_width(self, column: Column) -> int:
        """As it was set or dragged, in pixels at 100 %: what the last column has by spreading is not its own."""
        width = int(self.tree.column(column.id, "width"))
        is_spread = column is self._columns[-1] and width == self._spread_width
        return column.width if is_spread else round(width / self._look.scale)

    def _spread(self) -> None:
        """Let the last column take what the others leave free, and give it back."""
        if not self._columns:
            return
        *others, last = self._columns
        taken = sum(int(self.tree.column(name, "width")) for name in ("#0", *(column.id for column in others)))
        own, room = round(last.width * self._look.scale), self.tree.winfo_width() - taken
        self._spread_width = room if room > own else 0
        if (width := max(own, room)) != int(self.tree.column(last.id, "width")):
            self.tree.column(last.id, width=width)

    def _find_anchor(self) -> tuple[int, int] | None:
        """A row in sight, the chosen one if it is, and how far from the top it stands; none at the very top."""
        if self._top == 0:
            return None
        for index, row in enumerate(self._rows):
            if row.id == self._selected:
                return row.id, index
        return (self._rows[0].id, 0) if self._rows else None

    def _clamp(self, top: int) -> int:
        return max(0, min(top, self._count - self.page_size))

    def _bring_into_sight(self, position: int) -> None:
        size = self.page_size
        if position < self._top:
            self._top = position
        elif position >= self._top + size:
            self._top = self._clamp(position - size + 1)

    def _place_bar(self) -> None:
        if self._count == 0:
            self._bar.set(0.0, 1.0)
            return
        first, last = self._top / self._count, (self._top + self.page_size) / self._count
        self._bar.set(first, min(1.0, last))

    def _place_side(self, side: ttk.Scrollbar, first: float, last: float) -> None:
        side.set(float(first), float(last))
        if float(first) <= 0.0 and float(last) >= 1.0:
            side.grid_remove()
        else:
            side.grid(row=1, column=0, sticky="ew")

    def _drag(self, kind: str, amount: str, unit: str = "") -> None:
        if kind == "moveto":
            self.scroll_to(round(float(amount) * self._count))
        else:
            self.scroll(int(amount) * (self.page_size if unit == "pages" else 1))

    def cut_text(self, x: int, y: int) -> str:
        """The whole text of the cell at a point, when it does not fit there."""
        slot, column = self.tree.identify_row(y), self.tree.identify_column(x)
        if slot not in self._drawn or column in ("", "#0"):
            return ""
        shown = self._columns[int(column[1:]) - 1]
        text = self._drawn[slot].cells.get(shown.id, "")
        room = int(self.tree.column(shown.id, "width")) - 2 * self._look.padding
        return text if self._look.font.measure(text) > room else ""
