"""Shows the whole text of what is cut off, beside the mouse. Never takes the focus."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callmanager.desktop.widgets.table_look import TableLook

WAIT_MILLISECONDS = 400
MOST_WIDTH = 520


class Tooltip:
    """`text_at(x, y)` says what belongs there; empty: nothing."""

    def __init__(self, widget: tkinter.Misc, text_at: Callable[[int, int], str], look: TableLook) -> None:
        self._widget, self._text_at, self._look = widget, text_at, look
        self._planned: str | None = None
        self._window: tkinter.Toplevel | None = None
        widget.bind("<Motion>", self._on_motion, add="+")
        for sequence in ("<Leave>", "<Button>", "<Key>", "<MouseWheel>", "<Destroy>"):
            widget.bind(sequence, lambda _event: self.hide(), add="+")

    def hide(self) -> None:
        """Take it away."""
        if self._planned is not None:
            self._widget.after_cancel(self._planned)
            self._planned = None
        if self._window is not None:
            self._window.destroy()
            self._window = None

    def _on_motion(self, event: tkinter.Event[Any]) -> None:
        self.hide()
        self._planned = self._widget.after(WAIT_MILLISECONDS, lambda: self._show(event.x, event.y))

    def _show(self, x: int, y: int) -> None:
        self._planned = None
        text = self._text_at(x, y)
        if not text:
            return
        look = self._look
        self._window = window = tkinter.Toplevel(self._widget, background=look.quiet)
        window.wm_overrideredirect(boolean=True)
        label = tkinter.Label(
            window, text=text, background=look.raised, foreground=look.text, font=look.font, justify="left",
            wraplength=round(MOST_WIDTH * look.scale), padx=look.padding, pady=look.padding // 2,
        )  # fmt: skip
        label.pack(padx=1, pady=1)
        window.update_idletasks()
        left = min(self._widget.winfo_rootx() + x, window.winfo_screenwidth() - window.winfo_reqwidth())
        window.wm_geometry(f"+{left}+{self._widget.winfo_rooty() + y + look.row_height // 2}")
