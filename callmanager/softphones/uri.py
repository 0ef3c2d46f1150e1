"""Dials through whatever program the system has registered for tel:, sip: or callto: addresses.

The handler takes the address and says nothing more: every state after that is an assumption.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

from callmanager.domain.clock import Clock
from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.softphones import CallState, Capabilities, Confidence, Health, HealthState, Tell
from callmanager.softphones.booked import BookedSoftphone
from callmanager.softphones.refusals import phone_absent, phone_refused, unconfirmed

SCHEMES = ("tel", "sip", "callto")
_HANDOVER_SECONDS = 5.0
_CHOICES = r"Software\Microsoft\Windows\Shell\Associations\UrlAssociations"
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?", re.ASCII)


class UriSoftphone(BookedSoftphone):
    """Opens `scheme:number`, for sip `sip:number@domain`. `hand_over` gives the address to the system."""

    name = "uri"
    capabilities = Capabilities()

    def __init__(
        self,
        clock: Clock,
        tell: Tell,
        scheme: str = "tel",
        domain: str = "",
        hand_over: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(clock, tell)
        if scheme not in SCHEMES or (domain and not _DOMAIN.fullmatch(domain)) or (scheme == "sip" and not domain):
            raise Invalid("phone_settings", N_("The phone's settings are not complete. Ask who installed it."))
        self._scheme = scheme
        self._domain = domain
        self._hand_over = hand_over or open_address

    def probe(self) -> Health:
        if handler_exists(self._scheme):
            return Health(HealthState.READY, N_("Calls are handed to the program registered for this PC."))
        return Health(
            HealthState.NOT_RUNNING,
            N_("No program of this PC takes %(scheme)s: addresses."),
            N_("Install the phone program, or choose it for this kind of address in the system's settings."),
            {"scheme": self._scheme},
        )

    def address(self, number: str) -> str:
        """The address that is opened for `number`."""
        host = f"@{self._domain}" if self._scheme == "sip" else ""
        return f"{self._scheme}:{number}{host}"

    def _place(self, call_id: str, number: str) -> str:
        self._hand_over(self.address(number))
        self._book.move(call_id, CallState.DIALING, Confidence.ASSUMED)
        return ""


def open_address(address: str) -> None:
    """Give `address` to the system's handler. Raises Unavailable."""
    if sys.platform == "win32":
        try:
            os.startfile(address)  # noqa: S606  # the address is a known scheme and digits
        except OSError:
            raise phone_absent() from None
        return
    opener = shutil.which("xdg-open")
    if opener is None:
        raise phone_absent()
    try:
        done = subprocess.run(  # noqa: S603  # the address is a known scheme and digits
            [opener, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_HANDOVER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise unconfirmed() from None
    except OSError:
        raise phone_absent() from None
    if done.returncode:
        raise phone_refused()


def handler_exists(scheme: str) -> bool:
    """Whether this PC can open addresses of `scheme`; on Linux whether it can open any."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  # exists on Windows only

        try:
            with winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, scheme) as key:
                winreg.QueryValueEx(key, "URL Protocol")
        except OSError:
            return False
        return True
    return shutil.which("xdg-open") is not None


def find_handler(scheme: str) -> str:
    """The program that takes addresses of `scheme`, as the system names it; "" when there is none or it is not said."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415  # exists on Windows only

        chosen, kind = rf"{_CHOICES}\{scheme}\UserChoice", scheme
        with suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, chosen) as key:
            kind = str(winreg.QueryValueEx(key, "ProgId")[0])
        with suppress(OSError), winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, rf"{kind}\shell\open\command") as key:
            return str(winreg.QueryValueEx(key, "")[0])
        return ""
    asker = shutil.which("xdg-mime")
    if asker is None:
        return ""
    question = [asker, "query", "default", f"x-scheme-handler/{scheme}"]
    try:
        done = subprocess.run(  # noqa: S603  # a scheme of ours
            question, capture_output=True, text=True, timeout=_HANDOVER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
