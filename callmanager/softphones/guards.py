"""The guard before every dial of a contact: what may have changed on this PC while the server recorded the call.

Whether the contact may be called at all, the server has said by then: do-not-call, hours and limits are asked there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import Lock

from callmanager.domain.errors import Conflict, TooMany
from callmanager.domain.texts import N_

REPEAT_SECONDS = 3.0
"""A double click, or a key that bounced, is not a second call."""


class DialGuard:
    """Admits dials of one PC. `seconds` is a monotonic clock."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._dialled: dict[str, float] = {}

    def admit(self, digits: str, *, number: str, recorded: str, is_held: bool, is_test_up: bool) -> str:
        """Return the digits to dial and remember that they are dialled now.

        number:     what the digits were made of: E.164, or as written without one. This PC may have it of an older
                    contact than the server.
        recorded:   the same, of the call that the server recorded.
        is_held:    whether this PC still holds the contact with the lease of that call.
        is_test_up: whether a test call, of which the server knows nothing, is up on this PC.

        Raises Conflict (call_live, call_not_recorded) and TooMany (dialled_just_now).
        """
        if is_test_up:
            raise Conflict("call_live", N_("There is a call already. Hang it up first."))
        if not is_held or number != recorded:
            raise Conflict("call_not_recorded", N_("The server has not recorded this call. Try again."))
        with self._lock:
            self._check_not_repeated(digits)
            self._dialled[digits] = self._seconds()
        return digits

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
