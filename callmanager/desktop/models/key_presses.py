"""Which command a press of a key means, by the registry. Pure: a press is a keysym, a state and what kind of system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from callmanager.desktop.commands import COMMANDS, Command

SHIFT, CONTROL = 0x1, 0x4
ALT_WINDOWS, ALT_X11 = 0x20000, 0x8
ALTGR_X11 = 0x80
"""On Windows 0x8 is Num Lock, and AltGr is Control and Alt at once."""
FUNCTION_KEYS = frozenset(f"F{number}" for number in range(1, 13))
WHILE_TYPING = FUNCTION_KEYS | {"Escape"}
"""Keys without Ctrl that a text field has no use for."""

_SAME = {
    "KP_Enter": "Return",
    "ISO_Enter": "Return",
    "KP_Delete": "Delete",
    "KP_Add": "plus",
    "KP_Subtract": "minus",
    "KP_Prior": "Prior",
    "KP_Next": "Next",
    "ISO_Left_Tab": "Tab",
    **{f"KP_{digit}": str(digit) for digit in range(10)},
    **{f"KP_F{number}": f"F{number}" for number in range(1, 5)},
}
_SIGNS = frozenset({"plus", "minus", "comma"})
"""Where Shift is needed for them depends on the keyboard."""
_FIRST_LETTER, _LAST_LETTER = 65, 90


@dataclass(frozen=True, slots=True)
class Press:
    """A key with what is held beside it, in one spelling whatever Caps Lock and the keypad do."""

    key: str
    has_control: bool = False
    has_shift: bool = False

    @property
    def is_for_typing(self) -> bool:
        """Whether a text field needs it."""
        return not self.has_control and self.key not in WHILE_TYPING


def read_press(keysym: str, state: int, keycode: int, *, is_windows: bool) -> Press | None:
    """The press of a Tk event; None when Alt or AltGr is held: that writes a sign, or opens a menu."""
    if state & (ALT_WINDOWS if is_windows else ALT_X11 | ALTGR_X11):
        return None
    key = _SAME.get(keysym, keysym)
    if is_windows and not keysym.isascii() and _FIRST_LETTER <= keycode <= _LAST_LETTER:
        key = chr(keycode)  # a layout without Latin letters: the key's place counts
    return _spelled(key, has_control=bool(state & CONTROL), has_shift=bool(state & SHIFT))


def read_sequence(sequence: str) -> Press:
    """The press that a key of the registry (`Control-Shift-S`) names."""
    *held, key = sequence.split("-")
    return _spelled(key, has_control="Control" in held, has_shift="Shift" in held)


def commands_by_press(commands: Iterable[Command] = COMMANDS) -> dict[Press, str]:
    """The command's id for each press."""
    return {read_sequence(key): command.id for command in commands for key in command.keys}


def _spelled(key: str, *, has_control: bool, has_shift: bool) -> Press:
    is_letter = len(key) == 1 and key.isalpha()
    return Press(key.lower() if is_letter else key, has_control, has_shift and key not in _SIGNS)
