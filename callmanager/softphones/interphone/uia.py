"""The port for programs that draw their parts themselves (WPF, Qt, Electron): UI Automation by pywinauto.

Windows only, and in the bridge's process only. It begins at the phone's own window, never at the desktop's root: there
any other program that stands still would make it wait. Wine has no UI Automation, so no test of ours runs this file.
"""

from __future__ import annotations

import sys

assert sys.platform == "win32"

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import win32gui
from comtypes import COMError
from pywinauto.controls.uiawrapper import UIAWrapper
from pywinauto.uia_defines import NoPatternInterfaceError
from pywinauto.uia_element_info import UIAElementInfo

from callmanager.softphones.interphone import win32_programs
from callmanager.softphones.interphone.win32 import check_answers, list_top_windows
from callmanager.softphones.interphone.windows import (
    Control,
    ControlKind,
    Program,
    View,
    Window,
    control_gone,
    window_denied,
)

_KINDS = {
    "Edit": ControlKind.EDIT,
    "Document": ControlKind.EDIT,
    "Button": ControlKind.BUTTON,
    "SplitButton": ControlKind.BUTTON,
    "Text": ControlKind.TEXT,
}
_MOST_CONTROLS = 400
_MOST_DEPTH = 15
_DENIED = -2147024891  # E_ACCESSDENIED


class UiaWindows:
    """The windows of this desktop. A control's `ref` is its place in the last look at its window."""

    name = "uia"

    def __init__(self) -> None:
        self._seen: dict[int, list[Any]] = {}

    def is_locked(self) -> bool:
        return win32_programs.is_desktop_locked()

    def list_windows(self) -> Sequence[Window]:
        return list_top_windows()

    def look(self, window: Window) -> View:
        check_answers(window.handle)
        minimised = bool(win32gui.IsIconic(window.handle))
        with _asking(window):
            found = list(_walk(UIAElementInfo(window.handle), 1))[:_MOST_CONTROLS]
            self._seen = {window.handle: [element for element, _ in found]}
            controls = tuple(
                _control(ref, element, depth, minimised=minimised) for ref, (element, depth) in enumerate(found)
            )
        return View(win32gui.GetWindowText(window.handle), minimised, controls)

    def read_text(self, window: Window, control: Control) -> str:
        with _asking(window):
            return _text(self._find(window, control), control.kind)

    def set_text(self, window: Window, control: Control, text: str) -> None:
        with _asking(window):
            UIAWrapper(self._find(window, control)).iface_value.SetValue(text)

    def press(self, window: Window, control: Control) -> None:
        with _asking(window):
            UIAWrapper(self._find(window, control)).iface_invoke.Invoke()

    def describe(self, window: Window) -> Program:
        return win32_programs.describe(window.process_id)

    def close(self) -> None:
        self._seen = {}

    def _find(self, window: Window, control: Control) -> Any:
        """The element of a control, if it is still what it was."""
        check_answers(window.handle)
        elements = self._seen.get(window.handle, [])
        if control.ref >= len(elements):
            raise control_gone()
        element = elements[control.ref]
        if (element.automation_id or "") != control.auto_id or _KINDS.get(element.control_type) is not control.kind:
            raise control_gone()
        return element


def _walk(element: Any, depth: int) -> Iterator[tuple[Any, int]]:
    """Depth first, as the window shows its parts."""
    for child in element.children():
        yield child, depth
        if depth < _MOST_DEPTH:
            yield from _walk(child, depth + 1)


def _control(ref: int, element: Any, depth: int, *, minimised: bool) -> Control:
    kind = _KINDS.get(element.control_type, ControlKind.OTHER)
    return Control(
        ref=ref,
        kind=kind,
        class_name=element.class_name or "",
        auto_id=element.automation_id or "",
        text=_text(element, kind),
        enabled=bool(element.enabled),
        visible=bool(element.visible) or minimised,  # all parts of a minimised window are off the screen
        depth=depth,
    )


def _text(element: Any, kind: ControlKind) -> str:
    """The content of a field, whose name is that of its label; the name of all else."""
    if kind is not ControlKind.EDIT:
        return str(element.name or "")
    try:
        return str(UIAWrapper(element).iface_value.CurrentValue or "")
    except NoPatternInterfaceError:
        return str(element.rich_text or "")


@contextmanager
def _asking(window: Window) -> Iterator[None]:
    """What UI Automation raises becomes an error of the port."""
    try:
        yield
    except COMError as error:
        if error.hresult == _DENIED:
            raise window_denied() from None
        check_answers(window.handle)
        raise control_gone() from None
    except (NoPatternInterfaceError, ValueError):
        raise control_gone() from None
