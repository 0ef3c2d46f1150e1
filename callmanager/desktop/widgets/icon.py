"""The program's icon, drawn point by point, so that no picture has to be found beside a frozen program."""

from __future__ import annotations

import tkinter
from collections.abc import Iterator
from typing import Any

from callmanager.desktop import theme

SIZE = 64
_CORNER = 14


def set_icon(root: Any) -> None:
    """Give it to a root window and all that it opens. CustomTkinter would put its own there on Windows."""
    picture = draw_icon(root)
    root._iconbitmap_method_called = True
    root.wm_iconphoto(True, picture)
    root._callmanager_icon = picture  # Tk forgets a picture that nobody holds


def draw_icon(master: tkinter.Misc, size: int = SIZE) -> tkinter.PhotoImage:
    """A white speech bubble with three points on the accent colour."""
    picture = tkinter.PhotoImage(master=master, width=size, height=size)
    for x, y, colour in icon_points(size):
        picture.put(colour, (x, y))
    return picture


def icon_points(size: int) -> Iterator[tuple[int, int, str]]:
    """Column, row and colour (#rrggbb) of every point that is not clear, row by row."""
    colours = {"ground": theme.ACCENT[0], "bubble": "#ffffff"}
    for y in range(size):
        for x in range(size):
            part = _part(x * SIZE / size, y * SIZE / size)
            if part:
                yield x, y, colours[part]


def _part(x: float, y: float) -> str:
    if not _in_rounded(x, y, (0, 0, SIZE - 1, SIZE - 1), _CORNER):
        return ""
    in_tail = 42 <= y <= 53 and 20 <= x <= 20 + (53 - y)
    in_bubble = _in_rounded(x, y, (11, 14, 52, 43), 9) or in_tail
    in_point = any((x - centre) ** 2 + (y - 28.5) ** 2 <= 11 for centre in (21.5, 31.5, 41.5))
    return "bubble" if in_bubble and not in_point else "ground"


def _in_rounded(x: float, y: float, box: tuple[int, int, int, int], radius: int) -> bool:
    left, top, right, bottom = box
    if not (left <= x <= right and top <= y <= bottom):
        return False
    near_x = min(max(x, left + radius), right - radius)
    near_y = min(max(y, top + radius), bottom - radius)
    return (x - near_x) ** 2 + (y - near_y) ** 2 <= radius**2
