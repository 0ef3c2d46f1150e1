"""Dials through a phone's window: identify, set, read back, press once, see it confirmed. When in doubt, nothing.

It is written against the port alone; time comes from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PureWindowsPath

from callmanager.domain.errors import CallManagerError, Conflict, Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.softphones.interphone.picking import pick, shows
from callmanager.softphones.interphone.profile import ENDS, Profile
from callmanager.softphones.interphone.windows import View, Window, Windows, control_gone, window_denied

LOOK_SECONDS = 0.1
"""Between two looks while something is awaited."""

_DIGITS = re.compile(r"[0-9]{2,24}", re.ASCII)
_SPACING = re.compile(r"[\s().-]")
_MAY_BE_PRESSED = {"window_hung", "window_gone"}


@dataclass(frozen=True, slots=True)
class Sight:
    """What the window shows of a call. None: it does not show it. `end`: why there is none, "" when it does not say."""

    up: bool | None
    ringing: bool | None
    connected: bool | None
    end: str = ""


@dataclass(frozen=True, slots=True)
class Time:
    """How a caller waits: `seconds` is monotonic."""

    seconds: Callable[[], float]
    wait: Callable[[float], None]


def check_digits(number: str) -> str:
    """Return `number` when InterPhone can take it. Raises Invalid (number_not_dialable)."""
    if not _DIGITS.fullmatch(number):
        raise Invalid(
            "number_not_dialable",
            N_("This phone takes digits only. Choose a national or international dial format in its settings."),
            fields={"field": "phone"},
        )
    return number


class WindowDialler:
    """Works one phone's window. Used by one thread."""

    def __init__(self, windows: Windows, profile: Profile, time: Time) -> None:
        self._windows = windows
        self._profile = profile
        self._time = time

    def find_window(self) -> Window:
        """The phone's one window.

        Raises Unavailable (desktop_locked, window_none, window_other, window_two, window_denied).
        """
        if self._windows.is_locked():
            raise Unavailable("desktop_locked", N_("This PC is locked. Unlock it and try again."))
        titled = [window for window in self._windows.list_windows() if re.search(self._profile.title, window.title)]
        ours = [window for window in titled if self._is_ours(window)]
        if len(ours) == 1:
            return ours[0]
        if ours:
            raise Unavailable("window_two", N_("The phone has several windows open. Leave one and try again."))
        raise self._why_none(titled)

    def _is_ours(self, window: Window) -> bool:
        name = PureWindowsPath(window.executable).name.casefold()
        return name in {executable.casefold() for executable in self._profile.executables}

    def _why_none(self, titled: list[Window]) -> Unavailable:
        if any(not window.executable for window in titled):
            return window_denied()
        if any(self._is_ours(window) for window in self._windows.list_windows()):
            return Unavailable(
                "window_other",
                N_("The phone runs, but its main window is not open. Open it, and sign in there if it asks."),
            )
        return Unavailable("window_none", N_("The phone program is not open. Start it and try again."))

    def check(self) -> Window:
        """See that a dial could be tried now; changes nothing. Raises as `find_window`, `pick` and phone_signed_out."""
        window = self.find_window()
        self._check_view(self._windows.look(window))
        return window

    def _check_view(self, view: View) -> None:
        if shows(view, self._profile, self._profile.signed_out):
            raise Unavailable("phone_signed_out", N_("The phone is not signed in. Sign in there and try again."))
        pick(view, self._profile, "number")
        if not shows(view, self._profile, self._profile.up):  # in a call the button may be another
            pick(view, self._profile, "call")

    def dial(self, number: str, pressing: Callable[[], None]) -> bool | None:
        """Dial `number`; `pressing` is called just before the button is pressed, and at no other time.

        Returns True when the window shows a call, False when it does not within the profile's limit, and None when
        it never shows one. Raises Invalid (number_not_dialable), Conflict (phone_busy) and Unavailable: then nothing
        was dialled. Whoever is ended after `pressing` may have dialled.
        """
        check_digits(number)
        window = self.find_window()
        view = self._windows.look(window)
        if shows(view, self._profile, self._profile.up):
            raise Conflict("phone_busy", N_("The phone is in a call already. Hang it up there and try again."))
        self._check_view(view)
        self._fill(window, view, number)
        self._press(window, number, pressing)
        return self.confirm(window, up=True)

    def _fill(self, window: Window, view: View, number: str) -> None:
        field = pick(view, self._profile, "number")
        if not field.enabled:
            raise _off()
        self._windows.set_text(window, field, number)
        if not _same(self._windows.read_text(window, field), number):
            self._windows.set_text(window, field, "")
            raise _misread()

    def _press(self, window: Window, number: str, pressing: Callable[[], None]) -> None:
        """Press the button that is there now, with the number that is there now."""
        view = self._windows.look(window)
        button = pick(view, self._profile, "call")
        if not button.enabled:
            raise _off()
        if not _same(self._windows.read_text(window, pick(view, self._profile, "number")), number):
            raise _misread()
        pressing()
        try:
            self._windows.press(window, button)
        except Unavailable as error:
            if error.code not in _MAY_BE_PRESSED:
                raise

    def hang_up(self) -> bool | None:
        """Press the button that hangs up. Returns as `dial`; True when no call was up either."""
        window = self.find_window()
        view = self._windows.look(window)
        if shows(view, self._profile, self._profile.up) is False:
            return True
        button = pick(view, self._profile, "hang_up")
        if not button.enabled:
            raise _off()
        self._windows.press(window, button)
        return self.confirm(window, up=False)

    def confirm(self, window: Window, *, up: bool) -> bool | None:
        """Wait until the window shows a call, or shows none."""
        if not self._profile.up:
            return None
        until = self._time.seconds() + self._profile.confirm_seconds
        while True:
            try:
                if shows(self._windows.look(window), self._profile, self._profile.up) is up:
                    return True
            except CallManagerError as error:
                if error.code == "window_gone":
                    return False
            if self._time.seconds() >= until:
                return False
            self._time.wait(LOOK_SECONDS)

    def sight(self, window: Window) -> Sight:
        """What the window shows now. Raises as `Windows.look`."""
        view, profile = self._windows.look(window), self._profile
        connected = shows(view, profile, profile.connected)
        ringing = shows(view, profile, profile.ringing)
        up = shows(view, profile, profile.up)
        end = "" if up else next((end for end in ENDS if shows(view, profile, getattr(profile, end))), "")
        return Sight(up, ringing, connected and up is not False, end)

    def try_field(self, number: str) -> None:
        """Put `number` into the field, read it back and empty it again; presses nothing. Raises as `dial`."""
        window = self.find_window()
        view = self._windows.look(window)
        self._fill(window, view, check_digits(number))
        field = pick(self._windows.look(window), self._profile, "number")
        self._windows.set_text(window, field, "")
        if self._windows.read_text(window, field):
            raise control_gone()


def _same(read: str, number: str) -> bool:
    """Whether a field holds these digits and nothing else; a phone may space them."""
    return _SPACING.sub("", read) == number


def _misread() -> Unavailable:
    return Unavailable("phone_misread", N_("The phone's field did not take the number. Nothing was dialled."))


def _off() -> Unavailable:
    return Unavailable(
        "phone_off", N_("The phone's window is there, but it takes no call now. Look whether it is signed in.")
    )
