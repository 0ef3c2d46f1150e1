"""How a table looks: ttk's style made from the theme's values, which CustomTkinter neither colours nor scales."""

from __future__ import annotations

import tkinter
from collections.abc import Mapping
from tkinter import font, ttk
from typing import Any

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour

MARK_WIDTH = 26
DOT = 10
STYLE = "Contacts.Treeview"


class TableLook:
    """The values of one appearance (`is_dark`) at one `scale`. A root window has to exist."""

    def __init__(
        self, master: tkinter.Misc, *, is_dark: bool, scale: float = 1.0, marks: Mapping[str, Colour] | None = None
    ) -> None:
        self.scale = scale
        self._index = int(is_dark)
        self.surface, self.text = self.pick(theme.SURFACE), self.pick(theme.TEXT)
        self.quiet, self.raised = self.pick(theme.QUIET), self.pick(theme.RAISED)
        self.padding = round(6 * scale)
        self.row_height = round(theme.ROW_HEIGHT * scale)
        family = font.nametofont("TkDefaultFont", root=master).actual("family")
        self.font = font.Font(root=master, family=family, size=-round(theme.TEXT_SIZE * scale))
        self.heading_font = font.Font(root=master, family=family, size=-round(theme.SMALL_SIZE * scale), weight="bold")
        self.heading_height = self.heading_font.metrics("linespace") + 2 * self.padding
        self.bar_style, self.side_bar_style = "Contacts.Vertical.TScrollbar", "Contacts.Horizontal.TScrollbar"
        self.tags = {"quiet": self.quiet, "caution": self.pick(theme.CAUTION), "bad": self.pick(theme.BAD)}
        self._dots = {"": self._draw_dot(master, "")}
        for name, colour in (marks or {}).items():
            self._dots[name] = self._draw_dot(master, self.pick(colour))

    def pick(self, colour: Colour) -> str:
        """The value of a colour in this appearance."""
        return colour[self._index]

    def dot(self, name: str) -> tkinter.PhotoImage:
        """The dot of a mark; an empty one for a mark that is not known."""
        return self._dots.get(name, self._dots[""])

    def apply(self, master: tkinter.Misc) -> str:
        """Set up the style; returns its name."""
        style = ttk.Style(master)
        style.theme_use("clam")  # the themes of the system take no colours
        line, selection = self.pick(theme.LINE), self.pick(theme.SELECTION)
        flat: dict[str, Any] = {"borderwidth": 0, "relief": "flat", "lightcolor": self.surface, "darkcolor": self.surface}
        style.layout(STYLE, [("Treeview.treearea", {"sticky": "nswe"})])
        style.configure(
            STYLE, background=self.surface, fieldbackground=self.surface, foreground=self.text, font=self.font,
            rowheight=self.row_height, indent=0, **flat,
        )  # fmt: skip
        style.map(STYLE, background=[("selected", selection)], foreground=[("selected", self.text)])
        heading = f"{STYLE}.Heading"
        style.configure(
            heading, background=self.raised, foreground=self.text, font=self.heading_font,
            padding=(self.padding, self.padding), bordercolor=line, **{**flat, "lightcolor": line, "darkcolor": line},
        )  # fmt: skip
        style.map(heading, background=[("active", line)], foreground=[("active", self.text)])
        self._item_layout(style)
        for name in (self.bar_style, self.side_bar_style):
            self._apply_bar(style, name, line)
        return STYLE

    def _item_layout(self, style: ttk.Style) -> None:
        """No room for the little triangle of a tree: these rows have no children."""
        image: Any = ("Treeitem.image", {"side": "left", "sticky": ""})
        padding: Any = ("Treeitem.padding", {"sticky": "nswe", "children": [image]})
        style.layout(f"{STYLE}.Item", [padding])
        style.configure(f"{STYLE}.Item", padding=(round(8 * self.scale), 0, 0, 0))
        style.configure(f"{STYLE}.Cell", padding=(self.padding, 0))

    def _apply_bar(self, style: ttk.Style, name: str, line: str) -> None:
        style.configure(
            name, background=line, troughcolor=self.surface, bordercolor=self.surface, lightcolor=line,
            darkcolor=line, arrowcolor=self.quiet, arrowsize=round(13 * self.scale), gripcount=0, relief="flat",
        )  # fmt: skip
        style.map(name, background=[("disabled", self.surface), ("active", self.quiet)])

    def _draw_dot(self, master: tkinter.Misc, colour: str) -> tkinter.PhotoImage:
        size = round(DOT * self.scale)
        image = tkinter.PhotoImage(master=master, width=size, height=size)
        if colour:
            middle = (size - 1) / 2
            for y in range(size):
                half = max(0.0, (size / 2) ** 2 - (y - middle) ** 2) ** 0.5
                image.put(colour, to=(round(middle - half + 0.5), y, round(middle + half + 0.5), y + 1))
        return image
