"""Leases of contacts, as the routes under /contacts/{id}/lock.

lock_contact      contact:edit
renew_locks       contact:edit
unlock_contact    contact:edit
request_contact   contact:edit
answer_request    contact:edit
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callmanager.domain.clock import to_wire
from callmanager.domain.permissions import Permission
from callmanager.server.actions import locks as actions
from callmanager.server.edges.contact_shapes import Id
from callmanager.server.edges.shapes import Wire
from callmanager.server.leases.ledger import Renewal
from callmanager.server.leases.terms import Purpose
from callmanager.server.realtime import models as m
from callmanager.server.realtime.registry import Answer, Asked, event

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
        return actions.lock(tx, services.leases, body.id, Purpose(body.purpose)).to_wire()


@event("renew_locks", Permission.CONTACT_EDIT, RenewAsked, answer=RenewAnswer)
def renew_locks(asked: Asked, body: RenewAsked) -> Answer:
    """Keep leases for 45 seconds more."""
    services = asked.services
    wanted = [Renewal(kept.id, kept.token, kept.active) for kept in body.leases]
    with services.log.write(asked.actor, asked.who.origin) as tx:
        renewed, lost = actions.renew(tx, services.leases, wanted)
    leases = [{"id": x.contact_id, "token": x.token, "expires_at": to_wire(x.expires_at)} for x in renewed]
    return {"leases": leases, "lost": lost}


@event("unlock_contact", Permission.CONTACT_EDIT, UnlockAsked, answer=m.Done)
def unlock_contact(asked: Asked, body: UnlockAsked) -> Answer:
    """Give a contact back; it is free at once."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        actions.unlock(tx, services.leases, body.id, body.token)
    return {}


@event("request_contact", Permission.CONTACT_EDIT, ContactAsked, answer=RequestAnswer)
def request_contact(asked: Asked, body: ContactAsked) -> Answer:
    """Ask the holder for a contact."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        lease = actions.request(tx, services.leases, body.id)
    return {"lock": lease.shown(), "answer_by": None if lease.answer_by is None else to_wire(lease.answer_by)}


@event("answer_request", Permission.CONTACT_EDIT, ReplyAsked, answer=m.Done)
def answer_request(asked: Asked, body: ReplyAsked) -> Answer:
    """Answer somebody who asks for a contact that one holds."""
    services = asked.services
    with services.log.write(asked.actor, asked.who.origin) as tx:
        actions.answer(tx, services.leases, body.id, release=body.answer == "release")
    return {}
