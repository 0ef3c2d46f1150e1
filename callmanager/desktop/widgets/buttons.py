"""Buttons that the keyboard reaches: the plain ones and those of a command, with its key beside the label."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any, Literal

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.widgets.focusing import set_reachable, take_focus

Kind = Literal["main", "plain", "danger", "quiet"]
BORDER = 2
HEIGHT = 32

_COLOURS: dict[Kind, dict[str, Any]] = {
    "main": {"fg_color": theme.ACCENT, "hover_color": theme.ACCENT_HOVER, "text_color": theme.ON_ACCENT},
    "plain": {"fg_color": theme.RAISED, "hover_color": theme.LINE, "text_color": theme.TEXT},
    "danger": {"fg_color": theme.DANGER, "hover_color": theme.BAD, "text_color": theme.ON_ACCENT},
    "quiet": {"fg_color": "transparent", "hover_color": theme.RAISED, "text_color": theme.TEXT},
}
_OFF: dict[str, Any] = {"fg_color": theme.RAISED}


class Button(customtkinter.CTkButton):
    """`press` is called by a click, Space or Enter, never while it is off. A `quiet` one has no ground of its own."""

    def __init__(
        self, master: tkinter.Misc, text: str, press: Callable[[], object], *, kind: Kind = "plain", **options: Any
    ) -> None:
        self._kind: Kind = kind
        colours = _COLOURS[kind]
        self._resting = border = self._border_of(colours, master)
        super().__init__(
            master,
            text=text,
            command=press,
            **{"width": 0, "height": HEIGHT, "border_width": BORDER, "border_color": border, **colours, **options},
        )
        take_focus(self, self.invoke, resting=lambda: self._resting)

    def allow(self, is_allowed: bool) -> None:
        """Switch it on or off."""
        state = "normal" if is_allowed else "disabled"
        if state != self.cget("state"):
            colours = _COLOURS[self._kind] if is_allowed or self._kind == "quiet" else {**_COLOURS[self._kind], **_OFF}
            self._resting = self._border_of(colours, self.master)
            self.configure(state=state, fg_color=colours["fg_color"], border_color=self._resting)
            set_reachable(self, is_reachable=is_allowed)

    def fill(self, ground: theme.Colour, hover: theme.Colour) -> None:
        """Give it another ground, as one of several that is chosen, or not any more."""
        self._resting = ground
        border = theme.TEXT if str(self.tk.call("focus")) == str(self) else ground
        self.configure(fg_color=ground, hover_color=hover, border_color=border)

    @staticmethod
    def _border_of(colours: dict[str, Any], master: tkinter.Misc) -> Any:
        if colours["fg_color"] != "transparent":
            return colours["fg_color"]
        return _ground_of(master)


def key_label(label: str, key: str) -> str:
    """The label of a command with its key: `Guardar (Ctrl+S)`."""
    return f"{label}  ({key})" if key else label


def _ground_of(widget: tkinter.Misc | None) -> Any:
    while widget is not None:
        try:
            colour = widget.cget("fg_color")
        except (ValueError, tkinter.TclError):
            colour = None
        if colour and colour != "transparent":
            return colour
        widget = widget.master
    return theme.SURFACE
