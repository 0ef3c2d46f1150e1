"""One user at work on one server: his replica, his unsent work, what he holds, and the threads that keep them current.

No Tk. Everything that happens is told through `tell`, from those threads; the window posts it to its bus.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.leases import RENEW_SECONDS, HeldLeases
from callmanager.desktop.moments import Moments
from callmanager.desktop.outbox import Outbox, Refused, Sent
from callmanager.desktop.remote import Live, Remote
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.store import Store
from callmanager.desktop.sync import Sync
from callmanager.desktop.sync_events import Heard, Status, StatusChanged, SyncEvent
from callmanager.desktop.wire import Lease, Page, Position, SignedIn
from callmanager.domain.clock import Clock
from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_

SEND_SECONDS = 5.0
"""So often what waits is tried again while the server is away."""
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LeaseLost:
    """A contact that was held here is held no more, without having been given back."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class SendingWaits:
    """The outbox could not send: why."""

    error: CallManagerError


@dataclass(frozen=True, slots=True)
class UnsentChanged:
    """More waits to be sent than before, or less, by the user's own doing."""


WorkEvent = SyncEvent | Sent | Refused | UnsentChanged | LeaseLost | SendingWaits


class Workplace:
    """`start` begins the threads, `close` ends them and closes `remote` and `store`, which are its own."""

    def __init__(
        self,
        remote: Remote,
        user: SignedIn,
        store: Store,
        clock: Clock,
        tell: Callable[[WorkEvent], None],
        *,
        moments: Moments | None = None,
    ) -> None:
        self.remote, self.user, self.store, self.clock = remote, user, store, clock
        self._tell = tell
        self._stop = threading.Event()
        self._send_wanted = threading.Event()
        self._upstream = _Upstream(remote)
        self.held = HeldLeases(lambda contact_id: tell(LeaseLost(contact_id)))
        self.outbox = Outbox(
            remote,
            store.work,
            clock,
            new_key=new_key,
            tell=tell,
            username=user.username,
            moments=moments,
            kept=lambda: tell(UnsentChanged()),
        )
        self.sync = Sync(self._upstream, store.replica, clock, self._hear, user_id=user.user_id)
        self._threads = [
            threading.Thread(target=work, name=f"desktop-{name}", daemon=True)
            for name, work in (
                ("sync", lambda: self.sync.run(self._stop)),
                ("outbox", self._keep_sending),
                ("leases", self._keep_renewing),
            )
        ]

    def start(self) -> None:
        """Begin to follow the server."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Give everything back; nothing more is told afterwards by those threads that ended in time."""
        self._stop.set()
        self._send_wanted.set()
        self.sync.wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(STOP_SECONDS)
        self.remote.close()
        self.store.close()

    @property
    def live(self) -> Live:
        """The open socket. Raises Unavailable when there is none at this moment."""
        return self._upstream.require_live()

    def send_soon(self) -> None:
        """Something was put into the outbox: send it now, if the server is there."""
        self._send_wanted.set()

    def take_contact(self, contact_id: int, purpose: str = "edit") -> Lease:
        """Take the lease of a contact. Waits. Raises Locked with its holder, Conflict, Unavailable."""
        return self.held.take(self.live, contact_id, purpose)

    def release_contact(self, contact_id: int, purpose: str = "edit") -> None:
        """Give a contact back, unless it is held for something else too. Waits. Without a connection the server is told
        when there is one again."""
        try:
            self.held.release(self.live, contact_id, purpose)
        except Unavailable:
            self.held.forget(contact_id, purpose)

    def _hear(self, event: SyncEvent) -> None:
        if isinstance(event, Heard):
            self.held.hear(event.event, event.payload)
        elif isinstance(event, StatusChanged) and event.status in (Status.LIVE, Status.POLLING):
            self.send_soon()
        self._tell(event)

    def _keep_sending(self) -> None:
        while not self._stop.is_set():
            self._send_wanted.wait(SEND_SECONDS)
            if self._stop.is_set():
                return
            self._send_wanted.clear()
            if (obstacle := self.outbox.send_all()) is not None:
                self._tell(SendingWaits(obstacle))

    def _keep_renewing(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            try:
                self.held.renew(self.live)
            except CallManagerError:
                continue  # what is held stays until the server says no


class _Upstream:
    """The server for the sync; remembers the socket that it opened, so that others can speak through it."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._live: Live | None = None

    def read_snapshot(self, *, limit: int, as_rows: bool) -> Page:
        return self._remote.read_snapshot(limit=limit, as_rows=as_rows)

    def read_changes(self, position: Position, *, limit: int, as_rows: bool) -> Page:
        return self._remote.read_changes(position, limit=limit, as_rows=as_rows)

    def connect_live(self, on_event: Callable[[str, Any], None]) -> Live:
        self._live = self._remote.connect_live(on_event)
        return self._live

    def require_live(self) -> Live:
        live = self._live
        if live is None or live.is_closed:
            raise Unavailable(
                "no_live_connection", N_("The server does not answer now. This works again when it does.")
            )
        return live
