"""A main part of the window and, at times, another at its right, with a sash between them for mouse and keyboard."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from callmanager.desktop import theme
from callmanager.desktop.widgets.styling import now, pixels

MAIN_LEAST, SIDE_LEAST = 420, 400
"""At 100 %. A window with less room than for both shows the side in the place of the main part."""
SASH = 6
USUAL_SHARE = 0.42
LEAST_SHARE, MOST_SHARE = 0.1, 0.9


class SidePanes(tkinter.PanedWindow):
    """`share` is the part of the width that the side has; `on_share` is told when the user has chosen another."""

    def __init__(self, master: tkinter.Misc, share: object, on_share: Callable[[float], object]) -> None:
        super().__init__(master, orient="horizontal", borderwidth=0, sashrelief="flat")
        self._on_share = on_share
        is_share = isinstance(share, float) and LEAST_SHARE < share < MOST_SHARE
        self._share = share if is_share and isinstance(share, float) else USUAL_SHARE
        self._is_wanted = self._is_shown = self._is_alone = False
        self.configure(background=now(theme.LINE), sashwidth=pixels(self)(SASH))
        self.bind("<Configure>", lambda _event: self._arrange())
        self.bind("<ButtonRelease-1>", lambda _event: self._note_share())

    def fill(self, main: tkinter.Widget, side: tkinter.Widget) -> None:
        """Say what its parts are; both are children of it."""
        self._main, self._side = main, side
        self.add(main, minsize=pixels(self)(MAIN_LEAST), stretch="always")

    @property
    def is_side_alone(self) -> bool:
        """Whether there is no room for both."""
        return self._is_alone

    @property
    def share(self) -> float:
        return self._share

    def show_side(self, *, is_wanted: bool) -> None:
        """Show the side beside the main part, or in its place when there is no room for both, or not at all."""
        self._is_wanted = is_wanted
        self._arrange()

    def move_sash(self, step: float) -> None:
        """Give the side so much more of the width, or less."""
        if self._is_shown and not self._is_alone:
            self._share = min(MOST_SHARE, max(LEAST_SHARE, self._share + step))
            self._place_sash()
            self._note_share()

    def _arrange(self) -> None:
        least = pixels(self)(MAIN_LEAST + SIDE_LEAST + SASH)
        is_alone = self._is_wanted and self.winfo_width() < least
        if self.winfo_width() <= 1 or (self._is_wanted, is_alone) == (self._is_shown, self._is_alone):
            return
        self._is_shown, self._is_alone = self._is_wanted, is_alone
        self.tk.call(self, "paneconfigure", self._main, "-hide", is_alone)
        if not self._is_shown:
            self.forget(self._side)
            return
        if str(self._side) not in self.tk.splitlist(self.tk.call(self, "panes")):
            self.add(self._side, minsize=pixels(self)(SIDE_LEAST), stretch="always")
        if not is_alone:
            self._place_sash()

    def _place_sash(self) -> None:
        self.update_idletasks()
        self.sash_place(0, round(self.winfo_width() * (1 - self._share)), 0)

    def _note_share(self) -> None:
        if self._is_shown and not self._is_alone:
            left, _top = self.sash_coord(0)
            self._share = round(1 - left / max(1, self.winfo_width()), 3)
            self._on_share(self._share)
