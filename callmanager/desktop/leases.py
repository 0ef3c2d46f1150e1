"""The contacts that this window holds: taken before an edit, renewed together, given back, or lost and told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, Protocol

from callmanager.desktop.wire import Lease
from callmanager.domain.errors import CallManagerError, Conflict, Forbidden, NotFound, Unavailable

EDIT, CALL = "edit", "call"
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
        self._purposes: dict[int, set[str]] = {}
        self._active: set[int] = set()
        self._owed: dict[int, Lease] = {}  # given back while the server could not be told

    def find(self, contact_id: int) -> Lease | None:
        """The lease to send with a write, or None when the contact is not held here."""
        with self._turn:
            return self._held.get(contact_id)

    def take(self, link: LeaseLink, contact_id: int, purpose: str) -> Lease:
        """Take a contact. Raises Locked with its holder, Conflict when too many are held, Unavailable.

        One contact can be held for an edit and a call at once: it is one lease, and the call is what others see. A
        call's lease is never changed for the edit of the same contact, since the server knows the call by its token.
        """
        with self._turn:
            held = self._held.get(contact_id)
            if held is not None and purpose == EDIT and CALL in self._purposes.get(contact_id, ()):
                self._purposes[contact_id].add(EDIT)
                return held
        lease = link.lock_contact(contact_id, purpose)
        self.hold(lease, purpose)
        return lease

    def hold(self, lease: Lease, purpose: str = EDIT) -> None:
        """Count a lease that was got in another way (taken over) as held here."""
        with self._turn:
            self._held[lease.contact_id] = lease
            self._owed.pop(lease.contact_id, None)
            self._purposes.setdefault(lease.contact_id, set()).add(purpose)
            self._active.add(lease.contact_id)

    def note_work(self, contact_id: int) -> None:
        """The user has typed or called: whoever asks for the contact is not given it as from an idle one."""
        with self._turn:
            if contact_id in self._held:
                self._active.add(contact_id)

    def release(self, link: LeaseLink, contact_id: int, purpose: str | None = None) -> None:
        """Give a contact back; with `purpose` only if it is held for nothing else. It counts as given back even when
        the server could not be told: then it is told with the next renewal, if the lease has not run out by then."""
        with self._turn:
            remaining = self._purposes.get(contact_id, set()) - {purpose} if purpose else set()
            if remaining and contact_id in self._held:
                self._purposes[contact_id] = remaining
            else:
                remaining = set()
            lease = self._held.get(contact_id) if remaining else self._remove(contact_id)
        if remaining and purpose == CALL:
            self.hold(link.lock_contact(contact_id, EDIT))  # others see what it is held for
        elif lease is not None and not remaining:
            self._tell_back(link, lease)

    def _tell_back(self, link: LeaseLink, lease: Lease) -> None:
        try:
            link.unlock_contact(lease)
        except Unavailable:
            with self._turn:
                self._owed[lease.contact_id] = lease
            raise

    def forget(self, contact_id: int, purpose: str | None = None) -> None:
        """Count a contact as given back although the server could not be told: it lets the lease expire."""
        with self._turn:
            remaining = self._purposes.get(contact_id, set()) - {purpose} if purpose else set()
            if remaining:
                self._purposes[contact_id] = remaining
            else:
                self._remove(contact_id)

    def renew(self, link: LeaseLink) -> None:
        """Renew all, every RENEW_SECONDS, and say on which the user has worked since the last time.

        Raises Unavailable; what is held stays until the server says no, and so does what it has not heard of the work.
        """
        self._pay(link)
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

    def _pay(self, link: LeaseLink) -> None:
        """Give back what the server could not be told of."""
        with self._turn:
            owed = list(self._owed.values())
        for lease in owed:
            with suppress(Conflict, Forbidden, NotFound):  # it has run out, or the contact went
                link.unlock_contact(lease)
            with self._turn:
                self._owed.pop(lease.contact_id, None)

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
            self._remove(contact_id)
        self._on_lost(contact_id)

    def _remove(self, contact_id: int) -> Lease | None:
        self._active.discard(contact_id)
        self._purposes.pop(contact_id, None)
        return self._held.pop(contact_id, None)
