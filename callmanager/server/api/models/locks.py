"""Leases of contacts, as they look on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from callmanager.server.edges.shapes import Wire

ProgramName = Annotated[str, Field(max_length=60, pattern="^[A-Za-z0-9._-]*$")]


class LockGiven(Wire):
    """`program` tells several programs under one key or sign-in apart; without it they are one."""

    purpose: Literal["edit", "call"] = "edit"
    program: ProgramName = ""


class TakeOverGiven(LockGiven):
    """Why the contact is taken from whoever holds it: he is told, and it is kept."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Lock(Wire):
    """Who holds a contact and what for. Live state: it is no part of the record's version."""

    holder: str
    purpose: Literal["edit", "call"]
    since: datetime
    expires_at: datetime


class Lease(Lock):
    """One's own lease. Send `token` as Lease-Token with every write of the contact."""

    id: int
    token: int


class Released(Wire):
    """The contact is free again."""

    id: int
    released: bool


class LockRequest(Wire):
    """The holder was asked; an idle one who has not answered by then loses the contact."""

    id: int
    lock: Lock
    answer_by: datetime
