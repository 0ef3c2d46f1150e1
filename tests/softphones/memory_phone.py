"""A phone's window that is only remembered: the port without a screen, and everything that can be odd about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from callmanager.softphones.interphone.windows import (
    Control,
    ControlKind,
    Program,
    View,
    Window,
    window_gone,
)

PATH = r"C:\Users\ana\AppData\Local\InterPhone\InterPhone.exe"
FIELD = Control(1, ControlKind.EDIT, "Edit", "1001", "")
CALL = Control(2, ControlKind.BUTTON, "Button", "1002", "&Llamar")
HANG_UP = Control(3, ControlKind.BUTTON, "Button", "1003", "Colgar", enabled=False)
STATUS = Control(4, ControlKind.TEXT, "Static", "1004", "Listo")
PARTS = (FIELD, CALL, HANG_UP, STATUS)
WINDOW = Window(7, "InterPhone - Extensión 101", PATH, 70)


@dataclass
class MemoryPhone:
    """One phone. `took` says what the field makes of a text; `pressed` holds the field's text at each press of Call."""

    windows: list[Window] = field(default_factory=lambda: [WINDOW])
    controls: list[Control] = field(default_factory=lambda: list(PARTS))
    took: Callable[[str], str] = str
    on_press: Callable[[MemoryPhone], None] = lambda phone: phone.show_call()
    locked: bool = False
    pressed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    name: str = "memory"

    def is_locked(self) -> bool:
        return self.locked

    def list_windows(self) -> Sequence[Window]:
        return list(self.windows)

    def look(self, window: Window) -> View:
        self.asked.append("look")
        if window.handle not in {one.handle for one in self.windows}:
            raise window_gone()
        return View(window.title, window.minimised, tuple(self.controls))

    def read_text(self, window: Window, control: Control) -> str:
        self.asked.append("read")
        return next(one.text for one in self.look(window).controls if one.ref == control.ref)

    def set_text(self, window: Window, control: Control, text: str) -> None:
        self.asked.append("set")
        self.look(window)
        self.change(control.ref, text=self.took(text))

    def press(self, window: Window, control: Control) -> None:
        self.asked.append("press")
        self.look(window)
        if control.ref == HANG_UP.ref:
            self.show_no_call()
        else:
            self.pressed.append(self.text_of(FIELD))
            self.on_press(self)

    def describe(self, window: Window) -> Program:
        return Program(window.executable, "1.2.3.4", 32, elevated=False)

    def close(self) -> None:
        return

    def change(self, ref: int, **changes: object) -> None:
        self.controls = [replace(one, **changes) if one.ref == ref else one for one in self.controls]  # type: ignore[arg-type]

    def without(self, control: Control) -> None:
        self.controls = [one for one in self.controls if one.ref != control.ref]

    def text_of(self, control: Control) -> str:
        return next((one.text for one in self.controls if one.ref == control.ref), "")

    def show_call(self, status: str = "00:01") -> None:
        self.change(CALL.ref, enabled=False)
        self.change(HANG_UP.ref, enabled=True)
        self.change(STATUS.ref, text=status)

    def show_no_call(self, status: str = "Listo") -> None:
        self.change(CALL.ref, enabled=True)
        self.change(HANG_UP.ref, enabled=False)
        self.change(STATUS.ref, text=status)
