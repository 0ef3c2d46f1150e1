"""A field to search in, with a button that empties it. It tells each change of the text and keeps no rules."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.focusing import focus_on, is_held

HEIGHT = 36


class SearchBar(customtkinter.CTkFrame):
    """`on_text(text)` at each change; `on_leave()` when Down or Enter goes on to what was found."""

    def __init__(
        self,
        master: tkinter.Misc,
        placeholder: str,
        on_text: Callable[[str], object],
        on_leave: Callable[[], object],
    ) -> None:
        super().__init__(master, fg_color="transparent")
        self._on_text, self._on_leave = on_text, on_leave
        self._text = ""
        self.columnconfigure(0, weight=1)
        self.entry = customtkinter.CTkEntry(self, height=HEIGHT, placeholder_text=placeholder)
        self.entry._is_focused = False  # CustomTkinter believes that it is, and would not show the placeholder again
        self.entry.grid(row=0, column=0, sticky="ew")
        self.empty_button = Button(self, "✕", self.clear, kind="quiet", width=HEIGHT, height=HEIGHT)
        self._bind_keys()

    @property
    def text(self) -> str:
        """What stands in it."""
        return str(self.entry.get())

    def put(self, text: str) -> None:
        """Show another text without telling of it."""
        if text != self.text:
            self.entry.delete(0, "end")
            if text:
                self.entry.insert(0, text)
        self._text = text
        self._offer_to_empty()

    def add(self, letters: str) -> None:
        """Come here and write, as after letters that were typed elsewhere."""
        focus_on(self.entry)
        self.entry.select_clear()  # what was chosen in it before would give way to the next letter
        self.entry.icursor("end")
        self.entry.insert("end", letters)
        self._look()

    def clear(self) -> None:
        """Empty it, tell so, and stay in it."""
        self.entry.delete(0, "end")
        self._look()
        self.focus_field()

    def focus_field(self) -> None:
        """Bring the cursor here, with the text chosen, so that typing replaces it."""
        focus_on(self.entry)
        self.entry.select_range(0, "end")

    def _bind_keys(self) -> None:
        self.entry.bind("<KeyRelease>", self._look)
        for change in ("<<Paste>>", "<<Cut>>"):
            self.entry.bind(change, lambda _event: self.after_idle(self._look))
        for key in ("<Down>", "<Return>", "<KP_Enter>"):
            self.entry.bind(key, self._go_on)
        self.entry.bind("<Escape>", self._escape)
        self.entry.bind("<FocusIn>", lambda _event: self.entry.configure(border_color=theme.LINK), add="+")
        self.entry.bind("<FocusOut>", lambda _event: self.entry.configure(border_color=theme.LINE), add="+")

    def _look(self, _event: object = None) -> None:
        if self.winfo_exists() and self.text != self._text:
            self._text = self.text
            self._offer_to_empty()
            self._on_text(self._text)

    def _offer_to_empty(self) -> None:
        if self._text:
            self.empty_button.grid(row=0, column=1, padx=(4, 0))
        else:
            self.empty_button.grid_remove()

    def _go_on(self, event: tkinter.Event[Any]) -> str | None:
        if is_held(event):
            return None
        self._look()
        self._on_leave()
        return "break"

    def _escape(self, _event: tkinter.Event[Any]) -> str | None:
        """The first Esc empties the field; the next one means what it means elsewhere."""
        if not self.text:
            return None
        self.clear()
        return "break"
