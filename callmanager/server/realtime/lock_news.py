"""Tells what happens to leases: to those who may see the contact, to holders and askers, and to the presence board."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from callmanager.domain.changes import team_scope
from callmanager.domain.people import Actor, Role
from callmanager.server.leases.events import Happening, LeaseEvent
from callmanager.server.leases.terms import Lease
from callmanager.server.realtime.presence import Presence
from callmanager.server.services import Services
from callmanager.server.storage.tables import contacts


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
