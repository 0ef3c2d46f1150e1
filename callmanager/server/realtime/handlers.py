"""Every event that clients may send, and the permission it needs. What is not declared here does not exist.

set_state         agent:set_own
softphone         agent:set_own
view_contact      contact:read
update_contact    contact:edit
lock_contact      contact:edit      leases of contacts, as the routes under /contacts/{id}/lock
renew_locks       contact:edit
unlock_contact    contact:edit
request_contact   contact:edit
answer_request    contact:edit
sync              sync:read
"""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from pydantic import Field

from callmanager.domain.changes import team_scope
from callmanager.domain.clock import to_wire
from callmanager.domain.permissions import Permission
from callmanager.domain.protocol import PROTOCOL
from callmanager.server.actions import agent_states, contacts, locks
from callmanager.server.changes.log import read_head
from callmanager.server.changes.present_locks import read_with_lock
from callmanager.server.edges.agent_shapes import Agent, PhoneState, StateGiven
from callmanager.server.edges.contact_shapes import Id
from callmanager.server.edges.shapes import Wire
from callmanager.server.leases.ledger import Renewal
from callmanager.server.leases.terms import Purpose
from callmanager.server.queries.agents import list_agents
from callmanager.server.queries.contacts import get_contact
from callmanager.server.realtime import models as m
from callmanager.server.realtime.registry import EVENTS, Answer, Asked, event

__all__ = ["EVENTS"]


class StateAsked(StateGiven):
    """Be ready, or not ready and say why."""


class StateAnswer(m.Done):
    """The state as it is now; the other windows of the same person are told as well."""

    agent: Agent


@event("set_state", Permission.AGENT_SET_OWN, StateAsked, answer=StateAnswer)
def set_state(asked: Asked, body: StateAsked) -> Answer:
    """Be ready, or not ready and say why, as PUT /agents/me/state does."""
    services = asked.services
    # whoever has connected a moment ago may not have been looked at yet
    agent_states.settle(services.log, services.states, services.attendance)
    with services.log.write(asked.actor, asked.who.origin) as tx:
        standing = agent_states.set_own(tx, services.states, body.state, body.reason)
    return {"agent": standing.full}


class Health(Wire):
    """`detail` says in a sentence what is the matter; it is for logs."""

    state: PhoneState
    detail: Annotated[str, Field(max_length=500)] = ""


class PhoneTold(Wire):
    """The health of the phone on this PC."""

    health: Health


@event("softphone", Permission.AGENT_SET_OWN, PhoneTold, answer=m.Done)
def softphone(asked: Asked, body: PhoneTold) -> Answer:
    """Tell the state of the phone on this PC, for whoever leads the team. It is kept while this window is connected."""
    asked.services.attendance.note_phone(asked.socket.sid, body.health.state)
    return {}


@event("view_contact", Permission.CONTACT_READ, m.ViewAsked, answer=m.Done)
def view_contact(asked: Asked, body: m.ViewAsked) -> Answer:
    """Show the others that this window shows a contact; null when it shows none any more."""
    scope = ""
    if body.id is not None:
        with asked.services.storage.read() as connection:
            contact = orjson.loads(get_contact(connection, asked.who.sight, body.id))
        scope = team_scope(contact["team_id"])
    asked.live.presence.view(asked.socket.sid, body.id, scope)
    return {}


@event("update_contact", Permission.CONTACT_EDIT, m.UpdateAsked, answer=m.Updated)
def update_contact(asked: Asked, body: m.UpdateAsked) -> Answer:
    """Set fields of a contact, as PATCH /contacts/{id} does; the error of a dispute lists mine, theirs and original."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        region = services.rules.region
        contacts.edit(tx, body.id, body.fields.fields(), version=body.version, region=region, lease=body.token)
        wire = read_with_lock(tx.connection, body.id)
    return {"contact": orjson.Fragment(wire)}


MOST_RENEWED = 20


class LockAsked(Wire):
    """Take a contact, to edit or to call it."""

    id: Id
    purpose: Literal["edit", "call"] = "edit"


class LockAnswer(m.Done):
    """The lease. `token` goes with every write of the contact."""

    id: int
    token: int
    holder: str
    purpose: Literal["edit", "call"]
    since: str
    expires_at: str


class LeaseKept(Wire):
    """`active`: the person has worked on this contact since it was renewed last."""

    id: Id
    token: m.Token
    active: bool = False


class RenewAsked(Wire):
    """All leases of this window, every 15 seconds."""

    leases: Annotated[list[LeaseKept], Field(max_length=MOST_RENEWED)]


class LeaseRenewed(Wire):
    id: int
    token: int
    expires_at: str


class RenewAnswer(m.Done):
    """The leases that live on, and the contacts of those that are over."""

    leases: list[LeaseRenewed]
    lost: list[int]


class UnlockAsked(Wire):
    """Give a contact back."""

    id: Id
    token: m.Token


class ContactAsked(Wire):
    """A contact that somebody else holds."""

    id: Id


class RequestAnswer(m.Done):
    """The holder was asked; an idle one who has not answered by then loses the contact."""

    lock: m.Lock
    answer_by: str


class ReplyAsked(Wire):
    """`release` gives the contact back at once, `keep` keeps it two minutes more."""

    id: Id
    answer: Literal["release", "keep"]


@event("lock_contact", Permission.CONTACT_EDIT, LockAsked, answer=LockAnswer)
def lock_contact(asked: Asked, body: LockAsked) -> Answer:
    """Take a contact for 45 seconds; asking again prolongs it with a new token."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        return locks.lock(tx, services.leases, body.id, Purpose(body.purpose)).to_wire()


@event("renew_locks", Permission.CONTACT_EDIT, RenewAsked, answer=RenewAnswer)
def renew_locks(asked: Asked, body: RenewAsked) -> Answer:
    """Keep leases for 45 seconds more."""
    services = asked.services
    wanted = [Renewal(kept.id, kept.token, kept.active) for kept in body.leases]
    with services.log.write(asked.actor, asked.who.origin) as tx:
        renewed, lost = locks.renew(tx, services.leases, wanted)
    leases = [{"id": x.contact_id, "token": x.token, "expires_at": to_wire(x.expires_at)} for x in renewed]
    return {"leases": leases, "lost": lost}


@event("unlock_contact", Permission.CONTACT_EDIT, UnlockAsked, answer=m.Done)
def unlock_contact(asked: Asked, body: UnlockAsked) -> Answer:
    """Give a contact back; it is free at once."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        locks.unlock(tx, services.leases, body.id, body.token)
    return {}


@event("request_contact", Permission.CONTACT_EDIT, ContactAsked, answer=RequestAnswer)
def request_contact(asked: Asked, body: ContactAsked) -> Answer:
    """Ask the holder for a contact."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        lease = locks.request(tx, services.leases, body.id)
    return {"lock": lease.shown(), "answer_by": None if lease.answer_by is None else to_wire(lease.answer_by)}


@event("answer_request", Permission.CONTACT_EDIT, ReplyAsked, answer=m.Done)
def answer_request(asked: Asked, body: ReplyAsked) -> Answer:
    """Answer somebody who asks for a contact that one holds."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        locks.answer(tx, services.leases, body.id, release=body.answer == "release")
    return {}


@event("sync", Permission.SYNC_READ, m.SyncAsked, answer=m.SyncAnswer)
def answer_sync(asked: Asked, body: m.SyncAsked) -> Answer:
    """Say whether to pull, and who is there in what state. Messages go on from that `seq`, or from an earlier one."""
    seq = asked.live.broadcaster.seq  # before the head is read: what is committed in between is told later
    with asked.services.storage.read() as connection:
        head = read_head(connection)
        agents = list_agents(connection, asked.actor)
    who = asked.who
    same_sight = body.seq >= who.sight_seq if body.sight is None else body.sight == who.sight_seq
    snapshot = body.epoch != head.epoch or body.seq > head.seq or not same_sight
    return {
        "epoch": head.epoch,
        "seq": seq,
        "sight": who.sight_seq,
        "pull": not snapshot and body.seq < seq,
        "snapshot": snapshot,
        "presence": asked.live.presence.report(who.sight),
        "agents": agents,
        "protocol": PROTOCOL,
    }
