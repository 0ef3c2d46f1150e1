"""Short messages at the lower right edge of the window. They never take the focus."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.widgets.buttons import Button
from callmanager.desktop.widgets.focusing import set_reachable

MOST = 4
WIDTH = 360
PLAIN_SECONDS, ACTION_SECONDS = 5, 8
TICK_MILLISECONDS = 1_000


class ToastStack:
    """The newest is the lowest. An error stays until it is closed; the oldest leaves when there are more than MOST."""

    def __init__(self, root: tkinter.Misc, *, above: Callable[[], int] = lambda: 0) -> None:
        """`above`: how many pixels at the lower edge belong to something else."""
        self._root, self._above = root, above
        self._toasts: list[Toast] = []

    @property
    def count(self) -> int:
        return len(self._toasts)

    def show(
        self,
        text: str,
        *,
        action_label: str | None = None,
        action: Callable[[], object] | None = None,
        is_error: bool = False,
        about: str = "",
    ) -> Toast:
        """Show one; its action can be pressed for ACTION_SECONDS. It takes the place of one that is about the same."""
        for old in [toast for toast in self._toasts if about and toast.about == about]:
            old.close()
        seconds = None if is_error else ACTION_SECONDS if action else PLAIN_SECONDS
        toast = Toast(self._root, text, seconds, self._leave, is_error=is_error)
        toast.about = about
        if action_label is not None and action is not None:
            toast.offer(action_label, action)
        self._toasts.append(toast)
        for old in self._toasts[:-MOST]:
            old.close()
        self._place()
        return toast

    def reword(self, about: str, text: str) -> None:
        """Say something else of what one is about, where that one still stands."""
        for toast in self._toasts:
            if toast.about == about:
                toast.reword(text)
        self._place()

    def close_all(self) -> None:
        """Close what is shown."""
        for toast in tuple(self._toasts):
            toast.close()

    def raise_all(self) -> None:
        """Over views that came after them."""
        self._place()

    def _leave(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._place()

    def _place(self) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self._root)
        lower = self._above() / scale + theme.GRID
        if not self._root.winfo_exists():
            return
        for toast in reversed(self._toasts):
            toast.place(relx=1.0, rely=1.0, anchor="se", x=-2 * theme.GRID, y=-lower)
            toast.lift()
            toast.update_idletasks()
            lower += toast.winfo_reqheight() / scale + theme.GRID


class Toast(customtkinter.CTkFrame):
    """One message, with its seconds running while it offers something."""

    def __init__(
        self,
        master: tkinter.Misc,
        text: str,
        seconds: int | None,
        leave: Callable[[Toast], object],
        *,
        is_error: bool,
    ) -> None:
        colour = theme.BAD if is_error else theme.LINE
        super().__init__(master, fg_color=theme.RAISED, border_width=1, border_color=colour, corner_radius=8)
        self._leave, self._seconds = leave, seconds
        self._label = self.about = ""
        self._action: Button | None = None
        self.grid_columnconfigure(0, weight=1)
        self._message = customtkinter.CTkLabel(
            self, text=text, justify="left", anchor="w", wraplength=WIDTH - 64, width=WIDTH - 64
        )
        self._message.grid(row=0, column=0, sticky="ew", padx=(12, 4), pady=8)
        close = Button(self, "✕", self.close, kind="quiet", width=28)
        close.configure(text_color=theme.QUIET)
        set_reachable(close, is_reachable=False)
        close.grid(row=0, column=1, sticky="ne", padx=4, pady=4)
        self._timer = "" if seconds is None else self.after(TICK_MILLISECONDS, self._tick)

    def reword(self, text: str) -> None:
        """Say this instead; what it offers stays."""
        self._message.configure(text=text)

    def offer(self, label: str, action: Callable[[], object]) -> None:
        """Add the button; its command has a key, so that Tab need not come here."""

        def press() -> None:
            self.close()
            action()

        self._label = label
        self._action = Button(self, self._counted(), press, kind="main")
        set_reachable(self._action, is_reachable=False)
        self._action.grid(row=1, column=0, columnspan=2, sticky="e", padx=12, pady=(0, 10))

    def destroy(self) -> None:
        """Its seconds end with it."""
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""
        super().destroy()
        self._leave(self)

    def close(self) -> None:
        """Take it away."""
        if self.winfo_exists():
            self.destroy()

    def _tick(self) -> None:
        if self._seconds is None:
            return
        self._seconds -= 1
        if self._seconds <= 0:
            self.close()
            return
        if self._action is not None:
            self._action.configure(text=self._counted())
        self._timer = self.after(TICK_MILLISECONDS, self._tick)

    def _counted(self) -> str:
        return f"{self._label} · {self._seconds} s" if self._seconds is not None else self._label
