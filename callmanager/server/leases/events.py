"""What is to be told when a lease begins, ends or is asked for; told after the commit that makes it true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from callmanager.server.leases.terms import Lease


class Happening(StrEnum):
    """Named like the socket event that tells it."""

    LOCKED = "contact_locked"
    UNLOCKED = "contact_unlocked"
    LOST = "lock_lost"
    REQUESTED = "contact_requested"
    ANSWERED = "request_answered"


@dataclass(frozen=True, slots=True)
class LeaseEvent:
    """One thing to tell: to everybody who may see the contact (`to_user` None), or to one user.

    `lease` is the one that it is about: for an end, the one that ended. `scope` is that of the contact.
    """

    happening: Happening
    lease: Lease
    scope: str
    to_user: int | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """What the socket event carries. Tokens are told to nobody."""
        shown = {"lock": self.lease.shown()} if self.happening is Happening.LOCKED else {}
        return {"id": self.lease.contact_id, **shown, **self.more}


LeaseListener = Callable[[LeaseEvent], None]


def began(lease: Lease, scope: str) -> LeaseEvent:
    return LeaseEvent(Happening.LOCKED, lease, scope)


def ended(lease: Lease, scope: str, reason: str) -> LeaseEvent:
    """`reason`: released, expired, unanswered, deleted, or how its holder's right ended (ledger.py)."""
    return LeaseEvent(Happening.UNLOCKED, lease, scope, more={"reason": reason})


def was_lost(lease: Lease, scope: str, reason: str, *, by: str | None = None, why: str = "") -> LeaseEvent:
    """For the holder, whose client must stop writing; `by` names who took the contact, `why` says what he gave."""
    return LeaseEvent(Happening.LOST, lease, scope, lease.user_id, {"by": by, "reason": reason, "why": why})


def was_asked_for(lease: Lease, scope: str, *, by: str, answer_by: str) -> LeaseEvent:
    """For the holder; without an answer by then, an idle one loses the contact."""
    return LeaseEvent(Happening.REQUESTED, lease, scope, lease.user_id, {"by": by, "answer_by": answer_by})


def was_kept(lease: Lease, scope: str, *, until: str) -> LeaseEvent:
    """For whoever asked."""
    return LeaseEvent(Happening.ANSWERED, lease, scope, lease.asked_by, {"answer": "keep", "until": until})
