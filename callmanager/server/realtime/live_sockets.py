"""One live connection as the rest of this folder sees it: whose it is, how many events it may send, how it is ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from callmanager.domain.errors import CallManagerError
from callmanager.domain.permissions import Permission, reach
from callmanager.domain.protocol import Understanding
from callmanager.server.changes.broadcast import Audience, audience_of
from callmanager.server.edges.callers import Caller
from callmanager.server.edges.failures import error_to_wire
from callmanager.server.edges.outlets import Outlet
from callmanager.server.queries.identities import Identity
from callmanager.server.realtime.packets import LEAVE, value_frame

MOST_UNSENT_FRAMES = 256
MOST_UNSENT_BYTES = 1_048_576
MOST_AT_WORK = 16


class EventAllowance:
    """A bucket of tokens: `burst` events at once, `per_second` in the long run."""

    def __init__(self, *, burst: float, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._left = burst
        self._at = time.monotonic()

    def take(self) -> bool:
        """Count one; False when there is none left."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(eq=False, slots=True)
class LiveSocket:
    """A client that has shown who it is. `caller` keeps its credential, to ask again whether it still holds."""

    sid: str
    caller: Caller
    identity: Identity
    language: str
    outlet: Outlet
    asked_at: int = 0
    """The last commit when it was asked who this is."""
    understanding: Understanding = field(default_factory=Understanding)
    events: EventAllowance = field(default_factory=lambda: EventAllowance(burst=60, per_second=20))
    at_work: int = 0
    ending: bool = False

    @property
    def user_id(self) -> int:
        return self.identity.actor.id

    @property
    def audience(self) -> Audience:
        return audience_of(self.identity.sight)

    @property
    def is_desk(self) -> bool:
        """Whether somebody works at it: a desktop whose user has a state of his own to set."""
        return self.identity.origin == "desktop" and reach(self.identity.actor, Permission.AGENT_SET_OWN) is not None

    def sign_out(self, error: CallManagerError) -> None:
        """Say why, and close; the client must not come back by itself."""
        if not self.ending:
            detail = error_to_wire(error, self.language)["detail"]
            self.outlet.write(value_frame("signed_out", {"reason": error.code, "detail": detail}))
            self.outlet.write(LEAVE)
            self.end()

    def end(self) -> None:
        """Close in order."""
        self.ending = True
        self.outlet.end()

    def is_slow(self) -> bool:
        """Whether it leaves more untaken than the server keeps for anybody."""
        return self.outlet.unsent_frames() > MOST_UNSENT_FRAMES or self.outlet.unsent_bytes() > MOST_UNSENT_BYTES
