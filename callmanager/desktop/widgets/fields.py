"""Fields with their label above and what is wrong below: one line of text, or several. They keep no rules."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Any

import customtkinter

from callmanager.desktop import theme
from callmanager.desktop.widgets.focusing import focus_on, is_held

HEIGHT = 32
Changed = Callable[[str], object]


class Field(customtkinter.CTkFrame):
    """Label, the field itself (`field`, made by the child) and the line for what is wrong."""

    field: Any

    def __init__(self, master: tkinter.Misc, label: str) -> None:
        super().__init__(master, fg_color="transparent")
        self.grid_columnconfigure(0, weight=1)
        self._label = customtkinter.CTkLabel(self, text=label, anchor="w", height=18)
        self._label.grid(row=0, column=0, sticky="ew")
        self._problem = customtkinter.CTkLabel(
            self, text="", anchor="w", justify="left", text_color=theme.BAD, height=18
        )
        self._is_enabled = True
        self._is_wrong = self._has_focus = False
        tkinter.Misc.bind(self, "<Configure>", self._fold_problem, add="+")

    def place_field(self) -> None:
        """Put `field` between label and problem; the child calls it when it has made it."""
        self.grid_rowconfigure(1, weight=1)
        self.field.grid(row=1, column=0, sticky="nsew", pady=(2, 0))

    def show_focus(self) -> None:
        """Give the field a coloured border while one writes in it; the child calls it once."""

        def note(has_focus: bool) -> None:
            self._has_focus = has_focus
            self._paint()

        self.field.bind("<FocusIn>", lambda _event: note(True), add="+")
        self.field.bind("<FocusOut>", lambda _event: note(False), add="+")
        self._paint()

    def complain(self, problem: str) -> None:
        """Show what is wrong under the field; "" when nothing is."""
        self._problem.configure(text=problem)
        if problem:
            self._problem.grid(row=2, column=0, sticky="ew")
        else:
            self._problem.grid_remove()
        self._is_wrong = bool(problem)
        self._paint()

    def name(self, label: str) -> None:
        """Put another label above it."""
        if self._label.cget("text") != label:
            self._label.configure(text=label)

    def focus_field(self) -> None:
        """Bring the cursor here."""
        focus_on(self.field)

    def _paint(self) -> None:
        wanted = theme.LINK if self._has_focus else theme.BAD if self._is_wrong else theme.LINE
        if self.winfo_exists() and self.field.cget("border_color") != wanted:
            self.field.configure(border_color=wanted)

    def _fold_problem(self, event: tkinter.Event[tkinter.Misc]) -> None:
        scale: float = customtkinter.ScalingTracker.get_widget_scaling(self)
        self._problem.configure(wraplength=max(80, round(event.width / scale) - 8))


class TextField(Field):
    """One line of text. `show`: what stands for each sign of a secret."""

    def __init__(
        self, master: tkinter.Misc, label: str, text: str = "", on_change: Changed | None = None, *, show: str = ""
    ) -> None:
        super().__init__(master, label)
        self._on_change, self._show, self._text = on_change, show, text
        self._value = tkinter.StringVar(self, text)
        self.field = customtkinter.CTkEntry(self, height=HEIGHT, show=show, textvariable=self._value)
        self.place_field()
        self._value.trace_add("write", lambda *_names: self._look())
        self.show_focus()

    @property
    def text(self) -> str:
        """What stands in it."""
        return self._value.get()

    def put(self, text: str) -> None:
        """Show another text without telling of it; the cursor stays when it is the same."""
        self._text = text
        if text != self.text:
            self._value.set(text)

    def enable(self, *, is_enabled: bool) -> None:
        """Let it be changed, or only read and copied."""
        self._is_enabled = is_enabled
        self.field.configure(state="normal" if is_enabled else "readonly")

    def reveal(self, *, is_shown: bool) -> None:
        """Show a secret in clear, or not."""
        self.field.configure(show="" if is_shown else self._show)

    def on_enter(self, work: Callable[[], object]) -> None:
        """Do `work` when Enter is pressed in it."""
        for key in ("<Return>", "<KP_Enter>"):
            self.field.bind(key, lambda event: None if is_held(event) else work())

    def _look(self) -> None:
        text = self.text
        if text != self._text:
            self._text = text
            if self._on_change is not None:
                self._on_change(text)


class _Textbox(customtkinter.CTkTextbox):
    """CustomTkinter's looks for its scrollbars for ever, also when it is gone; this one stops then."""

    _planned = ""

    def after(self, ms: Any, func: Any = None, *args: Any) -> str:
        """Remember what is planned."""
        self._planned = str(super().after(ms, func, *args))
        return self._planned

    def destroy(self) -> None:
        """Nothing is planned any more."""
        if self._planned:
            self.after_cancel(self._planned)
        super().destroy()


class LongTextField(Field):
    """Several lines. Tab leaves it; Ctrl+Tab writes a tab."""

    def __init__(
        self, master: tkinter.Misc, label: str, text: str = "", on_change: Changed | None = None, *, height: int = 96
    ) -> None:
        super().__init__(master, label)
        self.field = _Textbox(self, height=height, wrap="word", undo=True, activate_scrollbars=True)
        self.place_field()
        self._on_change = on_change
        self._text = ""
        self.put(text)
        self.field.bind("<<Modified>>", self._notice)
        self.field.bind("<Tab>", lambda event: _leave(event.widget.tk_focusNext()))
        self.field.bind("<Shift-Tab>", lambda event: _leave(event.widget.tk_focusPrev()))
        self.show_focus()

    @property
    def text(self) -> str:
        """What stands in it."""
        return str(self.field.get("1.0", "end-1c"))

    def put(self, text: str) -> None:
        """Show another text without telling of it; the cursor stays when it is the same."""
        if text != self.text:
            self._text = text
            is_enabled = self._is_enabled
            self.field.configure(state="normal")
            self.field.delete("1.0", "end")
            self.field.insert("1.0", text)
            self.field.edit_reset()
            self.field.configure(state="normal" if is_enabled else "disabled")
        self._text = text

    def enable(self, *, is_enabled: bool) -> None:
        """Let it be changed, or only read."""
        self._is_enabled = is_enabled
        self.field.configure(state="normal" if is_enabled else "disabled")

    def focus_end(self) -> None:
        """Bring the cursor here, behind what is written."""
        self.focus_field()
        self.field.tag_remove("sel", "1.0", "end")
        self.field.mark_set("insert", "end-1c")
        self.field.see("insert")

    def hand_over(self) -> None:
        """Tell now what was typed: Tk says that a text was changed only after the keys that wait already."""
        if self.text != self._text:
            self._text = self.text
            if self._on_change is not None:
                self._on_change(self._text)

    def _notice(self, _event: object) -> None:
        self.field.edit_modified(False)
        self.hand_over()


def _leave(widget: tkinter.Misc | None) -> str:
    if widget is not None:
        widget.focus_set()
    return "break"
