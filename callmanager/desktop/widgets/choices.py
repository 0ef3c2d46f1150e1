"""A choice among several values, with its label above, for mouse and keyboard. It keeps no rules."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.widgets.fields import HEIGHT, Field
from callmanager.desktop.widgets.focusing import set_reachable


class ChoiceField(Field):
    """One of several values, shown by their names. Space or Down opens the list."""

    def __init__(
        self,
        master: tkinter.Misc,
        label: str,
        choices: Mapping[Any, str] | Sequence[tuple[Any, str]],
        value: Any,
        on_change: Callable[[Any], object] | None = None,
    ) -> None:
        super().__init__(master, label)
        self._on_change = on_change
        self._choices: list[tuple[Any, str]] = []
        self.field = Choice(self, [], self._chosen)
        self.place_field()
        self.offer(choices, value)

    @property
    def value(self) -> Any:
        """What is chosen; None when nothing of the choices is."""
        shown = self.field.get()
        return next((value for value, name in self._choices if name == shown), None)

    def offer(self, choices: Mapping[Any, str] | Sequence[tuple[Any, str]], value: Any) -> None:
        """Give other choices, without telling of it."""
        self._choices = list(choices.items()) if isinstance(choices, Mapping) else list(choices)
        self.field.configure(values=[name for _value, name in self._choices])
        self.put(value)

    def put(self, value: Any) -> None:
        """Choose without telling of it."""
        self.field.set(next((name for known, name in self._choices if known == value), ""))

    def complain(self, problem: str) -> None:
        """Show what is wrong under the field; "" when nothing is."""
        self._problem.configure(text=problem)
        self._problem.grid(row=2, column=0, sticky="ew") if problem else self._problem.grid_remove()

    def enable(self, *, is_enabled: bool) -> None:
        """Let it be changed, or only read."""
        self._is_enabled = is_enabled
        self.field.configure(state="normal" if is_enabled else "disabled")
        set_reachable(self.field, is_reachable=is_enabled)

    def _chosen(self, _name: str) -> None:
        if self._on_change is not None:
            self._on_change(self.value)


class Choice(customtkinter.CTkOptionMenu):
    """CustomTkinter's option menu with the keyboard: it has no border, so that its ground shows the focus."""

    def __init__(
        self, master: tkinter.Misc, names: Sequence[str], command: Callable[[str], object], **options: Any
    ) -> None:
        super().__init__(master, values=list(names), command=command, **{"height": HEIGHT, "anchor": "w", **options})
        tkinter.Misc.bind(self, "<FocusIn>", lambda _event: self.configure(fg_color=theme.SELECTION))
        tkinter.Misc.bind(self, "<FocusOut>", lambda _event: self.configure(fg_color=theme.RAISED))
        set_reachable(self, is_reachable=True)
        for key in ("space", "Down", "Return"):
            tkinter.Misc.bind(self, f"<{key}>", self._open)

    def _open(self, _event: object) -> str:
        if self.cget("state") != "disabled":
            self._open_dropdown_menu()
        return "break"
