"""The focus for pressed keys: on a screen without a window manager nobody gives it to a window, so it is taken."""

from __future__ import annotations

import time
import tkinter
from typing import Any

WAIT_SECONDS = 10.0


def focused(widget: Any) -> Any:
    """The widget, once its window has the screen's focus; which part of the window has it is not changed."""
    end = time.monotonic() + WAIT_SECONDS
    while not widget.tk.call("focus", "-displayof", widget):
        assert time.monotonic() < end, "the window gets no focus"
        root: tkinter.Misc = widget.winfo_toplevel()
        (root.focus_lastfor() or root).focus_force()
        root.update()
    return widget


def take_focus(widget: tkinter.Misc) -> None:
    """Give the focus to the widget itself: a view that has just come may still take it for its own first field."""
    end = time.monotonic() + WAIT_SECONDS
    while widget.focus_get() is not widget:
        assert time.monotonic() < end, "the widget gets no focus"
        tkinter.Misc.focus_force(widget)
        widget.update()
