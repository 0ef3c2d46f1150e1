"""Menu buttons of the window's head. Tk's own, so that Alt with a letter, F10, arrows and Esc work as everywhere."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callmanager.desktop import theme
from callmanager.desktop.theme import Colour
from callmanager.desktop.widgets.styling import dress_menu, font_of, now, pixels


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu: `is_allowed` is asked whenever the menu opens."""

    name: str
    label: str
    key: str
    press: Callable[[], object]
    is_allowed: Callable[[], bool]


class MenuButton(tkinter.Menubutton):
    """A button that opens a menu. `underline` is the place of the letter that opens it with Alt; -1 for none."""

    def __init__(
        self,
        master: tkinter.Misc,
        label: str,
        entries: Sequence[Entry],
        *,
        underline: int = -1,
        ground: Colour = theme.SURFACE,
    ) -> None:
        super().__init__(master, text=label, underline=underline, takefocus=True, borderwidth=0)
        self._ground = ground
        self._entries = tuple(entries)
        self.menu = tkinter.Menu(self, tearoff=False, postcommand=self.refresh)
        for entry in entries:
            self.menu.add_command(label=entry.label, accelerator=entry.key, command=entry.press)
        self.configure(menu=self.menu)
        self.dress()
        self.refresh()

    def refresh(self) -> None:
        """Switch off what makes no sense now."""
        for place, entry in enumerate(self._entries):
            self.menu.entryconfigure(place, state="normal" if entry.is_allowed() else "disabled")

    def dress(self) -> None:
        """Colours and sizes of the moment."""
        size = pixels(self)
        self.configure(
            background=now(self._ground),
            foreground=now(theme.TEXT),
            activebackground=now(theme.SELECTION),
            activeforeground=now(theme.TEXT),
            highlightbackground=now(self._ground),
            highlightcolor=now(theme.TEXT),
            highlightthickness=2,
            font=font_of(self, theme.TEXT_SIZE),
            padx=size(8),
            pady=size(4),
        )
        dress_menu(self.menu)


def underlines(labels: Sequence[str]) -> list[int]:
    """For each label the place of a letter that no earlier one has taken; -1 when all are taken."""
    taken: set[str] = set()
    places = []
    for label in labels:
        free = (place for place, letter in enumerate(label.lower()) if letter.isalpha() and letter not in taken)
        place = next(free, -1)
        if place >= 0:
            taken.add(label[place].lower())
        places.append(place)
    return places


def open_first_menu(window: tkinter.Misc) -> None:
    """What F10 does on every system."""
    window.tk.call("tk::FirstMenu", str(window.winfo_toplevel()))


def open_menu_by_letter(widget: tkinter.Misc, letter: str) -> None:
    """What Alt with a letter does."""
    widget.tk.call("tk::TraverseToMenu", str(widget), letter)
