"""How long ago something happened, told at the moment of sending. By the steady clock of this run of the program; what
an earlier run noted, by the PC's clock. Pure but for the two clocks.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from callmanager.domain.clock import Clock

MOMENT, AGO = "moment", "ago"


class Moments:
    """`mark` a moment in a request that is kept; `fill` puts in its place how long ago it was."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._run = str(uuid.uuid4())

    def mark(self, steady: float | None = None) -> dict[str, Any]:
        """`{"moment": ...}` for the instant `steady` of the steady clock (now), to be put into a body."""
        now = self._monotonic()
        at = now if steady is None else steady
        wall = self._clock.now().timestamp() - (now - at)
        return {MOMENT: {"run": self._run, "steady": at, "at": wall}}

    def fill(self, body: Any) -> Any:
        """`body` with `ago` (seconds, never negative) wherever it has a `moment`, however deep."""
        if isinstance(body, Mapping):
            filled = {name: self.fill(value) for name, value in body.items() if name != MOMENT}
            return {**filled, AGO: self._ago(body[MOMENT])} if MOMENT in body else filled
        return [self.fill(one) for one in body] if isinstance(body, list) else body

    def _ago(self, moment: Mapping[str, Any]) -> float:
        if moment["run"] == self._run:
            return max(0.0, self._monotonic() - float(moment["steady"]))
        return max(0.0, self._clock.now().timestamp() - float(moment["at"]))


def has_moment(body: Any) -> bool:
    """Whether a body is another each time it is sent."""
    if isinstance(body, Mapping):
        return MOMENT in body or any(has_moment(value) for value in body.values())
    return isinstance(body, list) and any(has_moment(one) for one in body)
