"""Lets CustomTkinter's widgets be used with the keyboard: Tab comes to them, a ring shows it, Space presses them."""

from __future__ import annotations

import sys
import tkinter
from collections.abc import Callable, Iterable
from typing import Any

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour

TYPING_CLASSES = frozenset({"Entry", "Text", "TEntry", "TCombobox", "Spinbox", "TSpinbox"})

CONTROL, ALT = 0x4, 0x20000 if sys.platform == "win32" else 0x8
"""Of the keys held down, as Tk counts them."""


def take_focus(
    widget: Any,
    press: Callable[[], object],
    keys: Iterable[str] = ("space", "Return"),
    resting: Callable[[], Colour | str] | None = None,
) -> None:
    """Make a CustomTkinter widget with a border answer the keyboard. `resting` is its border without the focus."""
    own = widget.cget("border_color")
    frame: tkinter.Frame = widget
    set_reachable(widget, is_reachable=True)

    def on_press(event: tkinter.Event[Any]) -> str | None:
        if is_held(event):
            return None
        press()
        return "break"

    def show(colour: Colour | str) -> None:
        if frame.winfo_exists():
            widget.configure(border_color=colour)

    for key in keys:
        tkinter.Misc.bind(frame, f"<{key}>", on_press)
    tkinter.Misc.bind(frame, "<FocusIn>", lambda _event: show(theme.TEXT))
    tkinter.Misc.bind(frame, "<FocusOut>", lambda _event: show(own if resting is None else resting()))


def is_held(event: tkinter.Event[Any]) -> bool:
    """Whether Ctrl or Alt is down: Tk takes Ctrl+Enter for an Enter, too, but it is the key of a command, which is
    heard further up."""
    return bool(int(event.state) & (CONTROL | ALT))


def set_reachable(widget: Any, *, is_reachable: bool) -> None:
    """Whether Tab comes to a CustomTkinter widget."""
    frame: tkinter.Frame = widget
    tkinter.Frame.configure(frame, takefocus=is_reachable)


def focus_on(widget: tkinter.Misc) -> None:
    """Give the focus to a widget itself: CustomTkinter's own `focus` names a part that takes no keys.

    What is only about to be shown is shown first: Tk would keep the focus where it was until then, and the keys that
    are pressed meanwhile would go there.
    """
    part = getattr(widget, "_entry", None) or getattr(widget, "_textbox", None) or widget
    if not _is_shown(part):
        part.update_idletasks()
    tkinter.Misc.focus_set(part)


def may_hold_focus(widget: tkinter.Misc) -> bool:
    """THE rule which widget may have the focus: one that is there, that is shown, and that is not switched off."""
    return bool(widget.winfo_exists()) and _is_shown(widget) and _state(widget) != "disabled"


def is_typing(widget: tkinter.Misc | None) -> bool:
    """Whether what has the focus takes letters."""
    if widget is None or widget.winfo_class() not in TYPING_CLASSES:
        return False
    return _state(widget) == "normal" and _is_shown(widget)


def is_taken(widget: tkinter.Misc) -> bool:
    """Whether a dialog or a menu over its window has the keyboard."""
    try:
        taken: tkinter.Misc | None = widget.grab_current()  # type: ignore[no-untyped-call]
    except KeyError:  # a popup of Tk's own
        return True
    return taken is not None and taken.winfo_toplevel() is not widget.winfo_toplevel()


def _is_shown(widget: tkinter.Misc) -> bool:
    """Whether it and all around it stand in their window, which itself may be minimised."""
    window = widget.winfo_toplevel()
    part: Any = widget
    while part is not None and part is not window:
        if not part.winfo_ismapped():
            return False
        part = part.master
    return True


def _state(widget: tkinter.Misc) -> str:
    try:
        return str(widget.cget("state"))
    except (tkinter.TclError, ValueError):  # a frame has none
        return ""
