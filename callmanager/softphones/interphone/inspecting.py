"""What `doctor phone` asks of the bridge: the phone's windows and controls as they are, without anybody's number."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import PureWindowsPath
from typing import Any

from callmanager.domain.errors import CallManagerError
from callmanager.softphones.interphone.profile import Profile
from callmanager.softphones.interphone.windows import Control, ControlKind, Window, Windows

MOST_WINDOWS = 10
MOST_CONTROLS = 200
_MOST_TEXT = 80
_DIGITS_OF_A_NUMBER = 4
"""A button with fewer is a key or says "line 2"; with more it may dial somebody."""

_SPOKEN = {ControlKind.BUTTON, ControlKind.TEXT}
"""Kinds whose words the report needs; those of fields and lists may be names of people."""


def inspect(windows: Windows, profile: Profile) -> dict[str, Any]:
    """Everything that belongs to the phone's program or bears its title. Other programs are only counted."""
    found = windows.list_windows()
    executables = {executable.casefold() for executable in profile.executables}
    ours = [
        window
        for window in found
        if PureWindowsPath(window.executable).name.casefold() in executables or re.search(profile.title, window.title)
    ]
    return {
        "adapter": windows.name,
        "locked": windows.is_locked(),
        "other_windows": len(found) - len(ours),
        "windows": [_inspect(windows, window) for window in ours[:MOST_WINDOWS]],
    }


def _inspect(windows: Windows, window: Window) -> dict[str, Any]:
    wire = {
        "title": without_digits(window.title),
        "minimised": window.minimised,
        "program": asdict(windows.describe(window)),
        "controls": [],
        "fault": "",
    }
    try:
        controls = windows.look(window).controls
    except CallManagerError as error:
        return {**wire, "fault": error.code}
    return {**wire, "controls": [_control(control) for control in controls[:MOST_CONTROLS]]}


def _control(control: Control) -> dict[str, Any]:
    text = control.text[:_MOST_TEXT]
    if control.kind is not ControlKind.BUTTON or len(re.findall(r"\d", text)) >= _DIGITS_OF_A_NUMBER:
        text = without_digits(text)
    return {
        "kind": control.kind.value,
        "class": control.class_name,
        "auto_id": control.auto_id,
        "text": text if control.kind in _SPOKEN else re.sub(r"[^\W\d_]", "x", text),
        "enabled": control.enabled,
        "visible": control.visible,
        "depth": control.depth,
    }


def without_digits(text: str) -> str:
    """Every digit as #: a length can be told from it, no number."""
    return re.sub(r"\d", "#", text)
