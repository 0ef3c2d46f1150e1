"""What a lease is: its holder, purpose and length, and the errors by which one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Conflict, Locked
from callmanager.domain.people import Actor
from callmanager.domain.texts import N_


class Purpose(StrEnum):
    """What a contact is held for."""

    EDIT = "edit"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """How long a lease lives, how long its contact rests after a holder that fell silent, and the other limits."""

    lease: timedelta = timedelta(seconds=45)
    rest: timedelta = timedelta(seconds=5)
    answer: timedelta = timedelta(seconds=30)
    longer: timedelta = timedelta(minutes=2)
    most: int = 5


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it stands. `token` goes with every write under it; of a contact it only ever grows."""

    contact_id: int
    user_id: int
    holder: str
    session: str
    purpose: str
    token: int
    acquired_at: datetime
    expires_at: datetime
    asked_by: int | None = None
    answer_by: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Lease:
        return cls(**{name: row[name] for name in cls.__slots__})

    def shown(self) -> dict[str, Any]:
        """The lease as everybody who sees the contact may know it."""
        since, expires_at = to_wire(self.acquired_at), to_wire(self.expires_at)
        return {"holder": self.holder, "purpose": self.purpose, "since": since, "expires_at": expires_at}

    def to_wire(self) -> dict[str, Any]:
        """The lease as its holder is told of it."""
        return {"id": self.contact_id, "token": self.token, **self.shown()}


def session_of(actor: Actor, name: str = "") -> str:
    """Which sign-in or key asks; `name` tells several programs under one of them apart."""
    if actor.session_id is not None:
        sign_in = f"session:{actor.session_id}"
    else:
        sign_in = f"user:{actor.id}" if actor.key_id is None else f"key:{actor.key_id}"
    return f"{sign_in}/{name}" if name else sign_in


def locked(lease: Lease) -> Locked:
    """The refusal because somebody else holds the contact."""
    return Locked(
        "contact_locked",
        N_("%(holder)s has this contact open. Ask for it, or try again later."),
        fields={"id": lease.contact_id, **lease.shown()},
        holder=lease.holder,
    )


def lost(contact_id: int, present: Lease | None) -> Conflict:
    """The refusal because the caller's lease is over; `fields.lock` says who holds the contact now."""
    return Conflict(
        "lease_lost",
        N_("You no longer hold this contact, so nothing was saved. Open it again and repeat your change."),
        fields={"id": contact_id, "lock": None if present is None else present.shown()},
    )


def too_many(most: int) -> Conflict:
    """The refusal because the caller holds as many contacts as one person may."""
    return Conflict(
        "leases_too_many",
        N_("You have %(limit)s contacts open already. Close one of them first."),
        fields={"limit": most},
        limit=most,
    )


def not_held(contact_id: int) -> Conflict:
    """The refusal because there is nothing to ask for or to take over."""
    return Conflict(
        "contact_not_held", N_("Nobody else holds this contact. You can open it now."), fields={"id": contact_id}
    )
