"""The guard before every dial: may this call be made, now, from this phone?

Pure but for what it remembers of the last seconds. It does not look anything up: who asks brings what the server said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from callmanager.domain.errors import Conflict, Forbidden, Invalid, TooMany
from callmanager.domain.texts import N_
from callmanager.softphones.formats import Dialable, DialFormat, to_dial

REPEAT_SECONDS = 3.0
"""A double click, or a key that bounced, is not a second call."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """The call as the server recorded it before anything is dialled. `number` is E.164, or as written without one."""

    call_id: str
    contact_id: str
    lease_token: int
    number: str


@dataclass(frozen=True, slots=True)
class DialRequest:
    """What is to be dialled, and what is known about it.

    lease_token:   of the lease that this PC holds on the contact now.
    within_hours:  False outside calling hours, unless a manager's exception was recorded.
    live_call:     whether any call is up on this PC, on whichever phone.
    """

    call_id: str
    contact_id: str
    written: str
    e164: str | None
    dialable: Dialable
    lease_token: int
    recorded: RecordedCall | None
    do_not_call: bool
    within_hours: bool
    live_call: bool


class DialGuard:
    """Admits dials of one PC. `seconds` is a monotonic clock."""

    def __init__(self, form: DialFormat, seconds: Callable[[], float]) -> None:
        self._form = form
        self._seconds = seconds
        self._lock = Lock()
        self._dialled: dict[str, float] = {}

    def admit(self, request: DialRequest) -> str:
        """Return the digits to dial and remember that they are dialled now.

        Raises Invalid (number_form, and those of `formats.to_dial`), Forbidden (do_not_call, outside_hours),
        Conflict (call_live, call_not_recorded) and TooMany (dialled_just_now).
        """
        self._check_form(request)
        _check_allowed(request)
        _check_recorded(request)
        with self._lock:
            self._check_not_repeated(request.dialable.digits)
            self._dialled[request.dialable.digits] = self._seconds()
        return request.dialable.digits

    def _check_form(self, request: DialRequest) -> None:
        """Build the digits again from the contact's number: nothing that happened to them since is dialled."""
        again = to_dial(request.written, request.e164, self._form, as_written=not request.dialable.valid)
        if again != request.dialable:
            raise Invalid(
                "number_form",
                N_("The number is not in the form that this phone wants. Open the contact again."),
                fields={"field": "phone"},
            )

    def _check_not_repeated(self, digits: str) -> None:
        now = self._seconds()
        self._dialled = {number: at for number, at in self._dialled.items() if now - at < REPEAT_SECONDS}
        if digits in self._dialled:
            left = REPEAT_SECONDS - (now - self._dialled[digits])
            raise TooMany(
                "dialled_just_now",
                N_("This number was dialled a moment ago. Wait %(seconds)s s."),
                retry_after_seconds=max(1, math.ceil(left)),
            )


def _check_allowed(request: DialRequest) -> None:
    if request.do_not_call:
        raise Forbidden("do_not_call", N_("This number is on the do-not-call list."))
    if not request.within_hours:
        raise Forbidden("outside_hours", N_("It is outside calling hours where this contact is."))
    if request.live_call:
        raise Conflict("call_live", N_("There is a call already. Hang it up first."))


def _check_recorded(request: DialRequest) -> None:
    """Only a call that the server holds, of this contact, number and lease, may leave the phone."""
    expected = RecordedCall(request.call_id, request.contact_id, request.lease_token, request.e164 or request.written)
    if request.recorded != expected:
        raise Conflict("call_not_recorded", N_("The server has not recorded this call. Try again."))
