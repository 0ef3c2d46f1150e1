"""The live side of one server: who is connected, what they are told, and the tasks that keep it going."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import select

from callmanager.domain.changes import team_scope
from callmanager.domain.errors import CallManagerError
from callmanager.domain.people import Actor, Role
from callmanager.server.actions.agent_states import settle
from callmanager.server.announcements import Announcement, Chooser
from callmanager.server.changes.broadcast import News
from callmanager.server.leases.events import Happening, LeaseEvent
from callmanager.server.leases.terms import Lease
from callmanager.server.realtime.broadcaster import Broadcaster
from callmanager.server.realtime.packets import value_frame
from callmanager.server.realtime.presence import Presence
from callmanager.server.realtime.revocation import LiveConnection, sign_out_expired, sign_out_revoked
from callmanager.server.realtime.rooms import Rooms
from callmanager.server.realtime.tasks import Bell, repeat_for_ever
from callmanager.server.services import Services
from callmanager.server.storage.tables import contacts

HEARTBEAT_SECONDS = 30.0
EXPIRY_SECONDS = 0.5
PRESENCE_SECONDS = 0.1
THREADS = 4
DRAIN_SECONDS = 5.0


class Live:
    """Made before the loop runs; `start` belongs to the loop. Its threads are its own: slow requests hold nobody up."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.counts = services.live_counts
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
        self.rooms = Rooms(self.counts)
        self._stirred = Bell()
        self.presence = Presence(self._stirred.ring)
        self._come = Bell()
        self.broadcaster = Broadcaster(services.storage, self.rooms, self.threads, self.counts)
        self.stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._looking: set[asyncio.Task[None]] = set()
        services.log.on_commit(self.broadcaster.wake)
        services.announcements.on_announcement(self.tell)
        services.attendance.listen(self._come.ring)
        follow_leases(services, self.presence)

    def start(self) -> None:
        """Begin. Called in the loop."""
        self._loop = asyncio.get_running_loop()
        self._stirred.hang()
        self._come.hang()
        self.broadcaster.hang()
        self.add_task("broadcast", lambda: self.broadcaster.tell_next(self._on_news))
        self.add_task("presence", self._tell_presence)
        self.add_task("agents", self._settle_arrivals)
        self.add_task("heartbeat", self._beat)
        self.add_task("expiry", self._expire)

    def add_task(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Repeat `work` until the end."""
        self._tasks.append(asyncio.create_task(repeat_for_ever(name, work), name=f"live-{name}"))

    async def stop(self) -> None:
        """Finish what is being done, tell everybody that the server stops, and close them: they come back."""
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while any(socket.at_work for socket in self.rooms.sockets()):  # noqa: ASYNC110  # once, at the end
                    await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        frame = value_frame("notice", {"code": "stopping"})
        for socket in self.rooms.sockets():
            self.rooms.send(socket, frame)
            socket.end()
        for reader in self.rooms.readers():
            reader.end()

    def close(self) -> None:
        """Give the threads back, when the loop has ended."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def tell(self, announcement: Announcement) -> None:
        """Tell it to whom it is for; from any thread."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        frame = value_frame(announcement.event, announcement.payload)
        try:
            loop.call_soon_threadsafe(self._tell_now, announcement, frame)
        except RuntimeError:  # the loop was closed just now: there is nobody left to tell
            return

    def _tell_now(self, announcement: Announcement, frame: bytes) -> None:
        if announcement.user_id is not None:
            self.rooms.tell_user(announcement.user_id, frame)
        if announcement.scope is not None:
            self.rooms.tell_scope(announcement.scope, frame)
        if announcement.choose is not None:
            self._tell_each(announcement.event, announcement.choose)

    def _tell_each(self, event: str, choose: Chooser) -> None:
        """Few different payloads go to many: each is encoded once."""
        encoded: dict[int, tuple[Mapping[str, Any], bytes]] = {}
        for socket in self.rooms.sockets():
            payload = choose(socket.identity.actor)
            if payload is not None:
                if id(payload) not in encoded:
                    encoded[id(payload)] = (payload, value_frame(event, payload))
                self.rooms.send(socket, encoded[id(payload)][1])

    async def _on_news(self, news: News) -> None:
        if news.rescoped:
            self.presence.rescope(news.rescoped.items())
        affected = [guest for guest in self._guests() if guest.identity.actor.id in news.affected]
        if affected:
            await sign_out_revoked(self.services, self.threads, affected)

    def welcome(self, guest: LiveConnection, asked_at: int) -> None:
        """Somebody has come in whose rights were looked at when `asked_at` was the last commit: look again if there was
        another since, because what ended them may have been told before he was here. Called in the loop.
        """
        if self.broadcaster.committed == asked_at:
            return
        task = asyncio.create_task(self._look_again(guest))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _look_again(self, guest: LiveConnection) -> None:
        try:
            await sign_out_revoked(self.services, self.threads, [guest])
        except CallManagerError:  # the database is out of order: he may come back and ask
            guest.end()

    def _guests(self) -> list[LiveConnection]:
        return [*self.rooms.sockets(), *self.rooms.readers()]

    async def _tell_presence(self) -> None:
        """A burst of arrivals, as after a restart, makes one message."""
        await self._stirred.wait()
        await asyncio.sleep(PRESENCE_SECONDS)
        stirred = self.presence.take_stirred()
        if stirred:
            for audience in self.rooms.feed_rooms():
                report = self.presence.report(audience.sight, stirred)
                if report["people"] or report["contacts"]:
                    self.rooms.tell_room(audience, value_frame("presence", report))

    async def _settle_arrivals(self) -> None:
        """Who comes to his desktop gets a state. What fails here is tried again by the job "agents"."""
        await self._come.wait()
        services, loop = self.services, asyncio.get_running_loop()
        await loop.run_in_executor(self.threads, settle, services.log, services.states, services.attendance)

    async def _beat(self) -> None:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        self.broadcaster.tell_position()

    async def _expire(self) -> None:
        await asyncio.sleep(EXPIRY_SECONDS)
        sign_out_expired(self.services, self._guests())


def follow_leases(services: Services, presence: Presence) -> None:
    """Begin: with the leases that an earlier run of the server has left, then with each as it happens."""
    services.leases.listen(partial(_tell, services, presence))
    with services.storage.read() as connection:
        held = services.leases.list_held(connection)
        ids = [lease.contact_id for lease in held]
        teams = dict(connection.execute(select(contacts.c.id, contacts.c.team_id).where(contacts.c.id.in_(ids))).all())
    for lease in held:
        _show(presence, lease, team_scope(teams[lease.contact_id]))


def _tell(services: Services, presence: Presence, event: LeaseEvent) -> None:
    if event.to_user is not None:
        services.announcements.to_user(event.to_user, event.happening, event.body)
        return
    services.announcements.to_scope(event.scope, event.happening, event.body)
    if event.happening is Happening.LOCKED:
        _show(presence, event.lease, event.scope)
    else:
        presence.hold(event.lease.contact_id, event.scope, None)


def _show(presence: Presence, lease: Lease, scope: str) -> None:
    person = Actor(id=lease.user_id, name=lease.holder, role=Role.AGENT)  # the board shows names and ids only
    presence.hold(lease.contact_id, scope, person, lease.purpose)
