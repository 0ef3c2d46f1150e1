"""The system's own windows for choosing a file to read, or a place to write one. They return None when cancelled."""

from __future__ import annotations

import tkinter
from collections.abc import Sequence
from pathlib import Path
from tkinter import filedialog

Kind = tuple[str, tuple[str, ...]]
"""What a kind of file is called, and the ends of its names."""


def choose_file(master: tkinter.Misc, title: str, kinds: Sequence[Kind], beside: str = "") -> Path | None:
    """A file that exists. `beside`: begin in the folder of this one."""
    folder = Path(beside).expanduser().parent if beside else None
    start = str(folder) if folder is not None and folder.is_dir() else None
    chosen = filedialog.askopenfilename(parent=master, title=title, filetypes=_spread(kinds), initialdir=start)
    return Path(chosen) if isinstance(chosen, str) and chosen else None


def choose_place(master: tkinter.Misc, title: str, kind: Kind, name: str) -> Path | None:
    """Where a file is to be written; the system asks before one that exists is replaced."""
    chosen = filedialog.asksaveasfilename(
        parent=master, title=title, filetypes=_spread([kind]), initialfile=name, defaultextension=kind[1][0]
    )
    return Path(chosen) if isinstance(chosen, str) and chosen else None


def _spread(kinds: Sequence[Kind]) -> list[tuple[str, tuple[str, ...]]]:
    return [(name, tuple(f"*{ending}" for ending in endings)) for name, endings in kinds]
