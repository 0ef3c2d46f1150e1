"""The port to the windows of other programs: find, look, set, press. An adapter decides nothing.

An adapter neither matches titles nor picks controls; it tells what is there and does what it is told, without mouse,
keyboard or focus, and answers within about 2 s. It is used by one thread, in the bridge's process.

Adapters: `interphone/win32.py`, `interphone/uia.py`, `lab` (the program of the laboratory), and one in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_


class ControlKind(StrEnum):
    """What a control is for, whatever its toolkit calls it."""

    EDIT = "edit"
    BUTTON = "button"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Window:
    """A top-level window of this desktop.

    executable: full path of its program, "" when that may not be read (a program of another user).
    """

    handle: int
    title: str
    executable: str
    process_id: int
    minimised: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A control of a window. `ref` means something to the adapter alone, while the control exists.

    auto_id:  the number of a dialog's control, or the automation id; "" or "0" without one.
    text:     the caption of a button, the content of a field or label.
    visible:  as if the window were not minimised.
    """

    ref: int
    kind: ControlKind
    class_name: str
    auto_id: str
    text: str
    enabled: bool = True
    visible: bool = True
    depth: int = 1


@dataclass(frozen=True, slots=True)
class View:
    """A window at one moment: its title and all its controls, in the order of the tree."""

    title: str
    minimised: bool
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """What is known of a window's program. None and "" mean that it could not be read.

    elevated: whether it runs with more rights than we do, and therefore takes no messages from us.
    """

    path: str = ""
    version: str = ""
    bits: int | None = None
    elevated: bool | None = None


class Windows(Protocol):
    """The windows of this PC. Methods about one window raise Unavailable with a code of this file."""

    name: str

    def is_locked(self) -> bool:
        """Whether the desktop is locked, or its session disconnected: nobody sits there."""
        ...

    def list_windows(self) -> Sequence[Window]:
        """All visible or minimised top-level windows, of all programs. A hung program does not delay it."""
        ...

    def look(self, window: Window) -> View:
        """Read title and controls. Raises Unavailable (window_gone, window_hung, window_denied)."""
        ...

    def read_text(self, window: Window, control: Control) -> str:
        """Read the text of one control now. Raises as `look`, and control_gone."""
        ...

    def set_text(self, window: Window, control: Control, text: str) -> None:
        """Replace the whole text of a field. Raises as `read_text`. Whether the field took it, the caller reads."""
        ...

    def press(self, window: Window, control: Control) -> None:
        """Press a button once. Raises as `read_text`; after window_hung it may still be pressed later."""
        ...

    def describe(self, window: Window) -> Program:
        """Say what can be read of the window's program. Never raises."""
        ...

    def close(self) -> None:
        """Let go of what is open. The windows stay as they are."""
        ...


def window_gone() -> Unavailable:
    """The window was there and is closed."""
    return Unavailable("window_gone", N_("The phone's window was closed. Start the phone and try again."))


def window_hung() -> Unavailable:
    """The window's program does not answer."""
    return Unavailable("window_hung", N_("The phone program does not respond. Wait, or close it and start it again."))


def window_denied() -> Unavailable:
    """The window's program runs with more rights than we do."""
    return Unavailable(
        "window_denied",
        N_("The phone runs as administrator, so it cannot be used from here. Start it without that."),
    )


def control_gone() -> Unavailable:
    """The control was there and is not any more."""
    return Unavailable("control_gone", N_("The phone's window changed while it was used. Try again."))
