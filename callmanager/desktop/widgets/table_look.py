"""How a table looks: ttk's style made from the theme's values, at the present theme and scale."""

from __future__ import annotations

import tkinter
from collections.abc import Mapping
from tkinter import font, ttk
from typing import Any

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour
from callmanager.desktop.widgets.styling import font_of, now, pixels

MARK_WIDTH = 26
DOT = 10
STYLE = "Contacts.Treeview"


class TableLook:
    """`marks` are colours by name, drawn as dots. Made anew when theme or scale change."""

    def __init__(self, master: tkinter.Misc, marks: Mapping[str, Colour] | None = None) -> None:
        self.pixels = pixels(master)
        self.scale = self.pixels(1000) / 1000
        self.surface, self.text = now(theme.SURFACE), now(theme.TEXT)
        self.quiet, self.raised, self.line = now(theme.QUIET), now(theme.RAISED), now(theme.LINE)
        self.focus = now(theme.LINK)
        self.padding = self.pixels(6)
        self.font = font.Font(root=master, font=font_of(master, theme.TEXT_SIZE))
        self.heading_font = font.Font(root=master, font=font_of(master, theme.SMALL_SIZE, "bold"))
        self.row_height = max(self.pixels(theme.ROW_HEIGHT), self.font.metrics("linespace") + 4)
        self.heading_height = self.heading_font.metrics("linespace") + 2 * self.padding
        self.tags = {"quiet": self.quiet, "caution": now(theme.CAUTION), "bad": now(theme.BAD)}
        self._dots = {"": self._draw_dot(master, "")}
        for name, colour in (marks or {}).items():
            self._dots[name] = self._draw_dot(master, now(colour))

    def dot(self, name: str) -> tkinter.PhotoImage:
        """The dot of a mark; an empty one for a mark that is not known."""
        return self._dots.get(name, self._dots[""])

    def apply(self, master: tkinter.Misc) -> str:
        """Set up the style; returns its name."""
        style = ttk.Style(master)
        flat: dict[str, Any] = {"borderwidth": 0, "lightcolor": self.surface, "darkcolor": self.surface}
        style.layout(STYLE, [("Treeview.treearea", {"sticky": "nswe"})])
        style.configure(
            STYLE, background=self.surface, fieldbackground=self.surface, foreground=self.text, font=self.font,
            rowheight=self.row_height, indent=0, **flat,
        )  # fmt: skip
        style.map(STYLE, background=[("selected", now(theme.SELECTION))], foreground=[("selected", self.text)])
        style.configure(
            f"{STYLE}.Heading", background=self.raised, foreground=self.text, font=self.heading_font, relief="flat",
            padding=(self.padding, self.padding), borderwidth=1, bordercolor=self.line, lightcolor=self.raised,
            darkcolor=self.line,
        )  # fmt: skip
        style.map(f"{STYLE}.Heading", background=[("active", self.line)], foreground=[("active", self.text)])
        self._lay_out_items(style)
        return STYLE

    def _lay_out_items(self, style: ttk.Style) -> None:
        """No room for the little triangle of a tree: these rows have no children."""
        image: Any = ("Treeitem.image", {"side": "left", "sticky": ""})
        padding: Any = ("Treeitem.padding", {"sticky": "nswe", "children": [image]})
        style.layout(f"{STYLE}.Item", [padding])
        style.configure(f"{STYLE}.Item", padding=(self.pixels(8), 0, 0, 0))
        style.configure(f"{STYLE}.Cell", padding=(self.padding, 0))

    def _draw_dot(self, master: tkinter.Misc, colour: str) -> tkinter.PhotoImage:
        size = self.pixels(DOT)
        image = tkinter.PhotoImage(master=master, width=size, height=size)
        if colour:
            middle = (size - 1) / 2
            for y in range(size):
                half = max(0.0, (size / 2) ** 2 - (y - middle) ** 2) ** 0.5
                image.put(colour, to=(round(middle - half + 0.5), y, round(middle + half + 0.5), y + 1))
        return image
