"""A small window over the main one that has to be answered first. It never waits by itself: the answer calls back."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.observing import Signal
from callmanager.desktop.widgets.buttons import Button, Kind
from callmanager.desktop.widgets.focusing import focus_on, may_hold_focus
from callmanager.desktop.widgets.scrolling import ScrollFrame
from callmanager.desktop.widgets.styling import now, pixels

WIDTH = 460
EDGE = 2 * theme.GRID
LEAST_HEIGHT = 480
"""Pixels. What is higher than the window scrolls."""


TRY_MILLISECONDS = 5


class OneDialog:
    """One question at a time: whatever a window does until a dialog is answered, it does not ask again."""

    def __init__(self) -> None:
        self._dialog: Dialog | None = None
        self._is_coming = False

    @property
    def is_open(self) -> bool:
        """Whether a dialog is there, or comes."""
        return self._is_coming or (self._dialog is not None and bool(self._dialog.winfo_exists()))

    def show(self, make: Callable[[], Dialog]) -> None:
        """Open a dialog, unless one is open."""
        if self.is_open:
            return
        self._is_coming = True
        try:
            self._dialog = make()
        finally:
            self._is_coming = False

    def close(self) -> None:
        """Close the one that is open."""
        if self._dialog is not None and self._dialog.winfo_exists():
            self._dialog.close()


class Dialog(tkinter.Toplevel):
    """Put content into `body`, add buttons, then `open`. Enter presses the main button, Esc closes.

    The focus returns to where it was. `closed` is emitted once, whatever closed it.
    """

    def __init__(self, master: tkinter.Misc, title: str, *, width: int = WIDTH) -> None:
        super().__init__(master)
        self.withdraw()
        self.title(title)
        self.configure(bg=now(theme.SURFACE))
        self._before = _focused(master)
        self._main: Button | None = None
        self._is_closed = False
        self._width = width
        self.closed: Signal[[]] = Signal()
        frame = customtkinter.CTkFrame(
            self, fg_color=theme.SURFACE, corner_radius=0, border_width=1, border_color=theme.QUIET
        )
        frame.pack(fill="both", expand=True)
        frame.grid_columnconfigure(0, weight=1)
        frame.grid_rowconfigure(1, weight=1)
        self._heading(frame, title)
        self._scroll = ScrollFrame(frame, is_fitting=True)
        self._scroll.grid(row=1, column=0, sticky="nsew", padx=(EDGE, EDGE - theme.BAR_WIDTH))
        self.body = self._scroll.inside
        self._buttons = customtkinter.CTkFrame(frame, fg_color="transparent", width=1, height=1)
        self._buttons.grid(row=2, column=0, sticky="e", padx=EDGE, pady=EDGE)
        self.protocol("WM_DELETE_WINDOW", self.close)
        self.bind("<Escape>", lambda _event: self.close())
        self.bind("<Return>", self._press_main)
        self.bind("<KP_Enter>", self._press_main)
        self.bind("<Destroy>", self._forget, add="+")

    def add_text(self, text: str) -> None:
        """A paragraph, folded to the width of the dialog."""
        label = customtkinter.CTkLabel(
            self.body, text=text, justify="left", anchor="w", wraplength=self._width - 2 * EDGE
        )
        label.pack(fill="x", pady=(0, theme.GRID))

    def add_button(self, text: str, press: Callable[[], object], *, kind: Kind = "plain") -> Button:
        """A button; they stand from left to right. The first `main` one answers Enter."""
        button = Button(self._buttons, text, press, kind=kind)
        button.pack(side="left", padx=(theme.GRID, 0))
        if kind == "main" and self._main is None:
            self._main = button
        return button

    def open(self, focus: tkinter.Misc | None = None) -> None:
        """Show it in the middle of the main window, with the focus on `focus` or the main button.

        It returns at once: waiting here would let the window work on, which may be minimised for an hour. The dialog
        takes the input when it is on the screen.
        """
        self.transient(self.master.winfo_toplevel())
        self.fit()
        self.bind("<Map>", lambda event: self._come(event, focus or self._main or self))
        self.deiconify()
        self.lift()

    def fit(self) -> None:
        """As large as its content asks for, in the middle of the main window."""
        owner = self.master.winfo_toplevel()
        self.update_idletasks()
        width = min(max(pixels(self)(self._width), self.winfo_reqwidth()), owner.winfo_width())
        highest = max(owner.winfo_height(), LEAST_HEIGHT) - 2 * EDGE
        self.geometry(f"{width}x{min(self.winfo_reqheight(), highest)}")
        self.update_idletasks()  # text folds to that width
        self._scroll.measure()
        self.update_idletasks()
        height = min(self.winfo_reqheight(), highest)
        left = owner.winfo_rootx() + (owner.winfo_width() - width) // 2
        top = owner.winfo_rooty() + max(0, owner.winfo_height() - height) // 3
        self.geometry(f"{width}x{height}+{max(0, left)}+{max(0, top)}")

    def close(self) -> None:
        """Give the focus back and close it.

        In this order: of a window that goes with the focus in it Tk keeps a pointer, and reads it when the focus is
        taken the next time (docs/decisions/0094).
        """
        if self._is_closed:
            return
        self._is_closed = True
        self.grab_release()
        below = self.master.winfo_toplevel()
        if isinstance(below, Dialog) and below.winfo_exists():
            below.grab_set()  # a question over a dialog gives back what it took
        below.focus_force()
        focus_on(self._before if self._before is not None and may_hold_focus(self._before) else below)
        self.destroy()
        self.closed.emit()

    def block_update_dimensions_event(self) -> None:
        """CustomTkinter asks this of every window when the density of the screen changes."""

    def unblock_update_dimensions_event(self) -> None:
        """As above."""

    def _heading(self, frame: tkinter.Misc, title: str) -> None:
        font = customtkinter.CTkFont(size=theme.TITLE_SIZE - 4, weight="bold")
        label = customtkinter.CTkLabel(
            frame, text=title, font=font, anchor="w", justify="left", wraplength=self._width - 2 * EDGE
        )
        label.grid(row=0, column=0, sticky="ew", padx=EDGE, pady=(EDGE, theme.GRID))

    def _press_main(self, event: tkinter.Event[tkinter.Misc]) -> str | None:
        if self._main is None or event.widget.winfo_class() == "Text":
            return None
        self._main.invoke()
        return "break"

    def _come(self, event: tkinter.Event[tkinter.Misc], focus: tkinter.Misc) -> None:
        if event.widget is self:
            self.unbind("<Map>")
            self._take_input(focus)

    def _take_input(self, focus: tkinter.Misc) -> None:
        if self._is_closed:
            return
        if not self.winfo_viewable():
            self.after(TRY_MILLISECONDS, self._take_input, focus)
            return
        self.grab_set()
        self.focus_force()
        focus_on(focus if focus.winfo_exists() else self)

    def _forget(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.widget is self:
            tracker = customtkinter.ScalingTracker
            tracker.remove_window(None, self)
            tracker.window_dpi_scaling_dict.pop(self, None)


def ask(
    master: tkinter.Misc,
    title: str,
    text: str,
    *,
    yes: str,
    no: str,
    then: Callable[[], object],
    otherwise: Callable[[], object] | None = None,
    is_dangerous: bool = False,
) -> Dialog:
    """Ask for a decision. Enter answers `yes`, but `no` when it is dangerous; Esc and closing are `no`."""
    dialog = Dialog(master, title)
    dialog.add_text(text)
    is_yes = False

    def agree() -> None:
        nonlocal is_yes
        is_yes = True
        dialog.close()

    def settle() -> None:
        answer = then if is_yes else otherwise
        if answer is not None:
            answer()

    dialog.closed.connect(settle)
    if is_dangerous:
        dialog.add_button(yes, agree, kind="danger")
        dialog.add_button(no, dialog.close, kind="main")
    else:
        dialog.add_button(no, dialog.close)
        dialog.add_button(yes, agree, kind="main")
    dialog.open()
    return dialog


def _focused(widget: tkinter.Misc) -> tkinter.Misc | None:
    try:
        return widget.focus_get()
    except KeyError:  # in a popup of Tk's own, which Python does not know
        return None
