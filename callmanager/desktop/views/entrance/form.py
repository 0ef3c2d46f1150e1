"""The sheet in the middle of the window on which the entrance's screens stand. No models."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.fields import TextField
from callmanager.desktop.widgets.focusing import is_taken
from callmanager.desktop.widgets.scrolling import ScrollFrame

WIDTH = 440
GAP = theme.GRID
MARGIN = 4 * theme.GRID


class FormSheet(customtkinter.CTkFrame):
    """Lines one under the other; `add` places the next one. In a dialog it is as wide as that."""

    _above = -1

    def __init__(self, master: tkinter.Misc, kit: Kit, *, is_in_dialog: bool = False) -> None:
        super().__init__(master, fg_color=theme.SURFACE if is_in_dialog else theme.GROUND, corner_radius=0)
        self.kit, self.is_in_dialog = kit, is_in_dialog
        if is_in_dialog:
            self.inside = customtkinter.CTkFrame(self, fg_color=theme.SURFACE)
            self.inside.pack(fill="both", expand=True)
            return
        self._scroll = ScrollFrame(self, ground=theme.GROUND)
        self._scroll.pack(fill="both", expand=True)
        self.sheet = customtkinter.CTkFrame(self._scroll.inside, fg_color=theme.SURFACE, corner_radius=GAP)
        self.sheet.pack()
        self.inside = customtkinter.CTkFrame(self.sheet, fg_color=theme.SURFACE, width=WIDTH)
        self.inside.pack(padx=MARGIN, pady=MARGIN - GAP)
        customtkinter.CTkFrame(self.inside, width=WIDTH, height=1, fg_color=theme.SURFACE).pack()
        for widget in (self, self.sheet):
            tkinter.Misc.bind(widget, "<Configure>", lambda _event: self._centre(), add="+")

    def _centre(self) -> None:
        """In the middle of the window, or from its top when it is higher: then it scrolls."""
        above = max(0, (self.winfo_height() - self.sheet.winfo_reqheight()) // 2)
        if above != self._above:
            self._above = above
            tkinter.Pack.pack_configure(self.sheet, pady=(above, 0))

    def add(self, widget: tkinter.Widget, above: int = GAP) -> None:
        """The next line, as wide as the sheet."""
        widget.pack(fill="x", pady=(above, 0))

    def title(self, text: str) -> None:
        """What it is about; a dialog has said it already."""
        if not self.is_in_dialog:
            self.add(customtkinter.CTkLabel(self.inside, text=text, font=self.kit.fonts.title, anchor="w"))

    def begin_at(self, field: TextField) -> None:
        """Bring the cursor to a field in a moment, unless a question has come over the sheet by then."""

        def begin() -> None:
            if not is_taken(self):
                field.focus_field()

        self.kit.after(self, 50, begin)

    def text(self, text: str = "", colour: Colour = theme.QUIET, *, above: int = GAP // 2) -> FormLine:
        """A sentence, wrapped."""
        line = FormLine(self.inside, self.kit, text, colour, above)
        line.show(text)
        return line

    def entry(self, label: str, value: str, typed: Callable[[str], object], *, is_secret: bool = False) -> TextField:
        """A field under its label."""
        field = TextField(self.inside, label, value, typed, show="•" if is_secret else "")
        self.add(field, 2 * GAP)
        return field


class FormLine(customtkinter.CTkFrame):
    """A sentence that takes no place while it is empty."""

    def __init__(self, master: tkinter.Misc, kit: Kit, text: str, colour: Colour, above: int) -> None:
        super().__init__(master, fg_color="transparent", height=1, width=WIDTH)
        self._label = customtkinter.CTkLabel(
            self, text=text, font=kit.fonts.text, text_color=colour, wraplength=WIDTH, justify="left", anchor="w"
        )
        self._above = above
        self._shown = ""
        self.pack(fill="x")

    def show(self, text: str) -> None:
        """Another sentence, or none."""
        if text == self._shown:
            return
        self._shown = text
        self._label.configure(text=text)
        if text:
            self._label.pack(fill="x", pady=(self._above, 0))
        else:
            self._label.pack_forget()
            self.configure(height=1)
