"""The contacts that this window holds: taken before an edit, renewed together, given back, or lost and told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from callmanager.desktop.wire import Lease
from callmanager.domain.errors import CallManagerError

RENEW_SECONDS = 15.0
"""A third of a lease's life: two renewals may be lost."""


class LeaseLink(Protocol):
    """The open socket, as far as leases need it."""

    def lock_contact(self, contact_id: int, purpose: str) -> Lease: ...

    def renew_locks(self, leases: Sequence[Lease], *, active: Collection[int]) -> list[Lease]: ...

    def unlock_contact(self, lease: Lease) -> None: ...


class HeldLeases:
    """What is shown as held is held at the server. `on_lost(contact_id)` is called once for each taken away."""

    def __init__(self, on_lost: Callable[[int], None]) -> None:
        self._on_lost = on_lost
        self._turn = threading.RLock()
        self._held: dict[int, Lease] = {}
        self._active: set[int] = set()

    def find(self, contact_id: int) -> Lease | None:
        """The lease to send with a write, or None when the contact is not held here."""
        with self._turn:
            return self._held.get(contact_id)

    def take(self, link: LeaseLink, contact_id: int, purpose: str) -> Lease:
        """Take a contact. Raises Locked with its holder, Conflict when too many are held, Unavailable."""
        lease = link.lock_contact(contact_id, purpose)
        self.hold(lease)
        return lease

    def hold(self, lease: Lease) -> None:
        """Count a lease that was got in another way (taken over) as held here."""
        with self._turn:
            self._held[lease.contact_id] = lease
            self._active.add(lease.contact_id)

    def note_work(self, contact_id: int) -> None:
        """The user has typed or called: whoever asks for the contact is not given it as from an idle one."""
        with self._turn:
            if contact_id in self._held:
                self._active.add(contact_id)

    def release(self, link: LeaseLink, contact_id: int) -> None:
        """Give a contact back; it counts as given back even when the server could not be told and lets it expire."""
        with self._turn:
            lease = self._held.pop(contact_id, None)
            self._active.discard(contact_id)
        if lease is not None:
            link.unlock_contact(lease)

    def forget(self, contact_id: int) -> None:
        """Count a contact as given back although the server could not be told: it lets the lease expire."""
        with self._turn:
            self._held.pop(contact_id, None)

    def renew(self, link: LeaseLink) -> None:
        """Renew all, every RENEW_SECONDS, and say on which the user has worked since the last time.

        Raises Unavailable; what is held stays until the server says no, and so does what it has not heard of the work.
        """
        with self._turn:
            asked, active = list(self._held.values()), frozenset(self._active)
            self._active.clear()
        if not asked:
            return
        try:
            renewed = {lease.contact_id: lease for lease in link.renew_locks(asked, active=active)}
        except CallManagerError:
            with self._turn:
                self._active |= active & self._held.keys()
            raise
        for lease in asked:
            self._settle(lease, renewed.get(lease.contact_id))

    def hear(self, event: str, payload: Any) -> None:
        """Take in an event of the socket; only `lock_lost` matters here."""
        if event == "lock_lost" and isinstance(payload, dict) and self.find(payload.get("id", 0)) is not None:
            self._drop(payload["id"])

    def _settle(self, asked: Lease, renewed: Lease | None) -> None:
        with self._turn:
            if self._held.get(asked.contact_id) != asked:
                return  # given back or taken anew meanwhile
            if renewed is not None:
                self._held[asked.contact_id] = renewed
                return
        self._drop(asked.contact_id)

    def _drop(self, contact_id: int) -> None:
        with self._turn:
            self._held.pop(contact_id, None)
            self._active.discard(contact_id)
        self._on_lost(contact_id)
