"""Contacts: who looks at which, and edits.

view_contact     contact:read
update_contact   contact:edit
"""

from __future__ import annotations

import orjson

from callmanager.domain.changes import team_scope
from callmanager.domain.permissions import Permission
from callmanager.server.actions import contacts as actions
from callmanager.server.changes.present_locks import read_with_lock
from callmanager.server.queries import contacts as queries
from callmanager.server.realtime import models as m
from callmanager.server.realtime.registry import Answer, Asked, event


@event("view_contact", Permission.CONTACT_READ, m.ViewAsked, answer=m.Done)
def view_contact(asked: Asked, body: m.ViewAsked) -> Answer:
    """Show the others that this window shows a contact; null when it shows none any more."""
    scope = ""
    if body.id is not None:
        with asked.services.storage.read() as connection:
            contact = orjson.loads(queries.get_contact(connection, asked.who.sight, body.id))
        scope = team_scope(contact["team_id"])
    asked.live.presence.view(asked.socket.sid, body.id, scope)
    return {}


@event("update_contact", Permission.CONTACT_EDIT, m.UpdateAsked, answer=m.Updated)
def update_contact(asked: Asked, body: m.UpdateAsked) -> Answer:
    """Set fields of a contact, as PATCH /contacts/{id} does; the error of a dispute lists mine, theirs and original."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        region = services.rules.region
        actions.edit(tx, body.id, body.fields.fields(), version=body.version, region=region, lease=body.token)
        wire = read_with_lock(tx.connection, body.id)
    return {"contact": orjson.Fragment(wire)}
