"""The port for programs whose parts are windows themselves (Win32, WinForms, VCL, MFC): messages by pywinauto.

Windows only, and in the bridge's process only. A window is asked whether it answers before anything is asked of it.
"""

from __future__ import annotations

import sys

assert sys.platform == "win32"

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pywintypes
import win32con
import win32gui
import win32process
from pywinauto.controls.hwndwrapper import HwndWrapper, InvalidWindowHandle
from pywinauto.timings import Timings

from callmanager.softphones.interphone import win32_programs
from callmanager.softphones.interphone.windows import (
    Control,
    ControlKind,
    Program,
    View,
    Window,
    control_gone,
    window_denied,
    window_gone,
    window_hung,
)

_MILLISECONDS = 1_000
_NOT_HUNG = 0x0002  # SMTO_ABORTIFHUNG
_ACCESS_DENIED = 5
_GONE = frozenset({1400, 1401})  # ERROR_INVALID_WINDOW_HANDLE, ERROR_INVALID_MENU_HANDLE
_KINDS = {"Edit": ControlKind.EDIT, "Button": ControlKind.BUTTON, "Static": ControlKind.TEXT}
_CLASS_WORDS = {"edit": ControlKind.EDIT, "button": ControlKind.BUTTON, "static": ControlKind.TEXT}


class Win32Windows:
    """The windows of this desktop."""

    name = "win32"

    def __init__(self) -> None:
        Timings.fast()

    def is_locked(self) -> bool:
        return win32_programs.is_desktop_locked()

    def list_windows(self) -> Sequence[Window]:
        return list_top_windows()

    def look(self, window: Window) -> View:
        check_answers(window.handle)
        controls = tuple(_control(handle, window.handle) for handle in _children(window.handle))
        return View(win32gui.GetWindowText(window.handle), bool(win32gui.IsIconic(window.handle)), controls)

    def read_text(self, window: Window, control: Control) -> str:
        with _working(window, control) as part:
            return str(part.window_text())

    def set_text(self, window: Window, control: Control, text: str) -> None:
        with _working(window, control) as part:
            part.set_edit_text(text)

    def press(self, window: Window, control: Control) -> None:
        with _working(window, control) as part:
            part.click()

    def describe(self, window: Window) -> Program:
        return win32_programs.describe(window.process_id)

    def close(self) -> None:
        """Nothing is held open."""


def list_top_windows() -> list[Window]:
    """Visible top-level windows. Titles come from the system, not from the programs: a hung one does not matter."""
    handles: list[int] = []
    win32gui.EnumWindows(lambda handle, found: found.append(handle) or True, handles)
    paths: dict[int, str] = {}
    return [window for handle in handles if (window := _window(handle, paths))]


def _window(handle: int, paths: dict[int, str]) -> Window | None:
    try:
        if not win32gui.IsWindowVisible(handle):
            return None
        _, process_id = win32process.GetWindowThreadProcessId(handle)
        if process_id not in paths:
            paths[process_id] = win32_programs.path_of(process_id)
        minimised = bool(win32gui.IsIconic(handle))
        return Window(handle, win32gui.GetWindowText(handle), paths[process_id], process_id, minimised)
    except pywintypes.error:
        return None  # it was closed meanwhile


def check_answers(handle: int) -> None:
    """Raises Unavailable (window_gone, window_hung, window_denied)."""
    if not win32gui.IsWindow(handle):
        raise window_gone()
    try:
        win32gui.SendMessageTimeout(handle, win32con.WM_NULL, 0, 0, _NOT_HUNG, _MILLISECONDS)
    except pywintypes.error as error:
        if error.winerror == _ACCESS_DENIED:
            raise window_denied() from None
        raise window_gone() if error.winerror in _GONE else window_hung() from None


def _children(handle: int) -> list[int]:
    found: list[int] = []
    try:
        win32gui.EnumChildWindows(handle, lambda child, into: into.append(child) or True, found)
    except pywintypes.error:
        return found  # there is none, or it was closed: the next question tells
    return found


def _control(handle: int, top: int) -> Control:
    try:
        part = HwndWrapper(handle)
        class_name = win32gui.GetClassName(handle)
        return Control(
            ref=handle,
            kind=_kind(part.friendly_class_name(), class_name),
            class_name=class_name,
            auto_id=str(win32gui.GetDlgCtrlID(handle)),
            text=str(part.window_text()),
            enabled=bool(win32gui.IsWindowEnabled(handle)),
            visible=bool(win32gui.IsWindowVisible(handle)),
            depth=_depth(handle, top),
        )
    except (InvalidWindowHandle, pywintypes.error):
        return Control(handle, ControlKind.OTHER, "", "", "", enabled=False, visible=False)


def _kind(friendly: str, class_name: str) -> ControlKind:
    """pywinauto tells check boxes and frames from buttons; of classes that it does not know, the name speaks."""
    if known := _KINDS.get(friendly):
        return known
    if friendly != class_name:
        return ControlKind.OTHER
    lower = class_name.casefold()
    return next((kind for word, kind in _CLASS_WORDS.items() if word in lower), ControlKind.OTHER)


def _depth(handle: int, top: int) -> int:
    depth = 1
    while (handle := win32gui.GetParent(handle)) not in {top, 0} and depth < 20:
        depth += 1
    return depth


@contextmanager
def _working(window: Window, control: Control) -> Iterator[HwndWrapper]:
    """The control, after its window has answered; what pywinauto raises becomes an error of the port."""
    check_answers(window.handle)
    if not win32gui.IsWindow(control.ref):
        raise control_gone()
    try:
        yield HwndWrapper(control.ref)
    except InvalidWindowHandle:
        raise control_gone() from None
    except pywintypes.error as error:
        raise window_denied() if error.winerror == _ACCESS_DENIED else control_gone() from None
    except (AttributeError, RuntimeError):
        _raise_why(window)


def _raise_why(window: Window) -> None:
    """pywinauto says "not enough rights", "not enabled" and "not visible" by RuntimeErrors alike."""
    if win32_programs.describe(window.process_id).elevated:
        raise window_denied() from None
    check_answers(window.handle)
    raise control_gone() from None
