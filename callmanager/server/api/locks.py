"""Leases of contacts over HTTP.

PUT    /contacts/{id}/lock             contact:edit        take it, or keep it by asking again
DELETE /contacts/{id}/lock             contact:edit        Lease-Token; free at once
POST   /contacts/{id}/lock/request     contact:edit        ask the holder for it
POST   /contacts/{id}/lock/take-over   contact:take_over   take it from the holder, with a reason
"""

from __future__ import annotations

from flask import Response

from callmanager.domain.clock import to_wire
from callmanager.domain.permissions import Permission
from callmanager.server.actions import locks as actions
from callmanager.server.api.models import locks as m
from callmanager.server.changes.write import Transaction
from callmanager.server.edges.answers import required_lease, value_answer
from callmanager.server.edges.repeats import perform
from callmanager.server.edges.routing import Call, Routes
from callmanager.server.leases.terms import Purpose

routes = Routes("locks")
_PATH = "/contacts/<int:contact_id>/lock"


@routes.route_for(
    "PUT", _PATH, Permission.CONTACT_EDIT, body=m.LockGiven, answers={200: m.Lease}, errors=(404, 409, 423)
)
def lock_contact(call: Call, contact_id: int, body: m.LockGiven) -> Response:
    """Take the contact for 45 seconds. Asking again prolongs it with a new token; the old one is over."""

    def work(tx: Transaction) -> Response:
        leases = call.services.leases
        lease = actions.lock(tx, leases, contact_id, Purpose(body.purpose), program=body.program)
        return value_answer(lease.to_wire())

    return perform(call, work)


@routes.route_for(
    "DELETE",
    _PATH,
    Permission.CONTACT_EDIT,
    answers={200: m.Released},
    errors=(404, 409, 428),
    under_lease=True,
)
def unlock_contact(call: Call, contact_id: int) -> Response:
    """Give the contact back; it is free at once."""
    token = required_lease()

    def work(tx: Transaction) -> Response:
        actions.unlock(tx, call.services.leases, contact_id, token)
        return value_answer({"id": contact_id, "released": True})

    return perform(call, work)


@routes.route_for("POST", f"{_PATH}/request", Permission.CONTACT_EDIT, answers={200: m.LockRequest}, errors=(404, 409))
def request_contact(call: Call, contact_id: int) -> Response:
    """Ask the holder for the contact. He is told; without an answer an idle one loses it after 30 seconds."""

    def work(tx: Transaction) -> Response:
        lease = actions.request(tx, call.services.leases, contact_id)
        answer_by = None if lease.answer_by is None else to_wire(lease.answer_by)
        return value_answer({"id": contact_id, "lock": lease.shown(), "answer_by": answer_by})

    return perform(call, work)


@routes.route_for(
    "POST",
    f"{_PATH}/take-over",
    Permission.CONTACT_TAKE_OVER,
    body=m.TakeOverGiven,
    answers={200: m.Lease},
    errors=(404, 409),
)
def take_over_contact(call: Call, contact_id: int, body: m.TakeOverGiven) -> Response:
    """Take the contact from whoever holds it. He is told by whom and why, and it is kept among the changes."""

    def work(tx: Transaction) -> Response:
        how = {"reason": body.reason, "program": body.program}
        return value_answer(
            actions.take_over(tx, call.services.leases, contact_id, Purpose(body.purpose), **how).to_wire()
        )

    return perform(call, work)
