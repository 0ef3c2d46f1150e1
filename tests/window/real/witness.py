"""Runs the agents' program as `client/call_manager_app.py` does, and tells on its terminal what stands on its screen.

`python -m tests.window.real.witness ARGUMENTS`. One question a line comes in, one line of JSON goes out: `look` (texts
with their places), `rows` (every row that the list draws, from the first to the last), `shown` (those in sight).
It answers in Tk's thread, and acts on nothing but the scroll bar of the list.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import tkinter
from collections.abc import Iterator
from tkinter import ttk
from typing import Any

from callmanager.desktop.app import run
from callmanager.desktop.pc.fonts import load_customtkinter
from callmanager.desktop.widgets.focusing import is_typing
from callmanager.desktop.widgets.virtual_table import VirtualTable

load_customtkinter()
import customtkinter  # noqa: E402

POLL_MILLISECONDS = 5


class Witness:
    """Answers what its thread reads."""

    def __init__(self, root: tkinter.Tk) -> None:
        self._root = root
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self._poll()

    def _read(self) -> None:
        for line in sys.stdin:
            self._asked.put(line.strip())

    def _poll(self) -> None:
        while not self._asked.empty():
            answer = {"look": self.look, "rows": self.rows, "shown": self.shown}[self._asked.get()]()
            print(json.dumps(answer), flush=True)
        self._root.after(POLL_MILLISECONDS, self._poll)

    def look(self) -> dict[str, Any]:
        """What can be read now, in the order of the widgets, and whether letters would go into a field."""
        seen = [_described(widget) for widget in _visible(self._root) if _text_of(widget)]
        return {"title": self._root.title(), "seen": seen, "is_typing": is_typing(self._focused())}

    def _focused(self) -> tkinter.Misc | None:
        name = str(self._root.tk.call("focus"))
        return self._root.nametowidget(name) if name else None

    def shown(self) -> list[dict[str, Any]]:
        """The rows on the screen."""
        return _drawn(self._table())

    def _table(self) -> VirtualTable:
        return next(widget for widget in _visible(self._root) if isinstance(widget, VirtualTable))

    def rows(self) -> list[dict[str, Any]]:
        """Each row with its id, as the table draws it page by page."""
        table = self._table()
        found: dict[int, dict[str, Any]] = {}
        before, top = table.top, -1
        table.scroll_to(0)
        while table.top != top:
            top = table.top
            table.draw()
            found |= {row["id"]: row for row in _drawn(table)}
            table.scroll(table.page_size)
        table.scroll_to(before)
        return list(found.values())


def _drawn(table: VirtualTable) -> list[dict[str, Any]]:
    cells = [table.tree.set(slot) for slot in table.tree.get_children()]
    return [{"id": row.id, **said} for row, said in zip(table.shown, cells, strict=True)]


def _visible(widget: tkinter.Misc) -> Iterator[tkinter.Misc]:
    for child in widget.winfo_children():
        if child.winfo_viewable():
            yield child
            yield from _visible(child)


def _text_of(widget: tkinter.Misc) -> str:
    if isinstance(widget, tkinter.Text):
        return widget.get("1.0", "end-1c")
    if isinstance(widget, tkinter.Entry):
        return widget.get()
    if isinstance(widget, tkinter.Label | tkinter.Menubutton | ttk.Label):
        return str(widget.cget("text"))
    return ""


def _described(widget: tkinter.Misc) -> dict[str, Any]:
    place = (widget.winfo_rootx(), widget.winfo_rooty(), widget.winfo_width(), widget.winfo_height())
    return {"text": _text_of(widget), "place": place, "is_off": _is_off(widget), "kind": widget.winfo_class()}


def _is_off(widget: tkinter.Misc) -> bool:
    owner = widget.master
    return isinstance(owner, customtkinter.CTkButton) and owner.cget("state") == "disabled"


def main() -> int:
    live = customtkinter.CTk.mainloop

    def mainloop(root: customtkinter.CTk, *arguments: Any, **options: Any) -> None:
        Witness(root)
        live(root, *arguments, **options)

    customtkinter.CTk.mainloop = mainloop  # type: ignore[method-assign]
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
