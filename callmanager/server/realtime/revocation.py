"""Ends live connections whose right to be there ended: password, role, account, session or key, or simply time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import Executor
from typing import Protocol

from callmanager.domain.errors import CallManagerError, Forbidden, Unauthenticated
from callmanager.domain.permissions import Permission, require
from callmanager.domain.texts import N_
from callmanager.server.edges.callers import Caller, check_password_changed, identify
from callmanager.server.queries.identities import Identity
from callmanager.server.security.tokens import token_expired
from callmanager.server.services import Services


class LiveConnection(Protocol):
    """A live connection of somebody: a socket or a stream."""

    @property
    def caller(self) -> Caller: ...

    @property
    def identity(self) -> Identity: ...

    def sign_out(self, error: CallManagerError) -> None:
        """Tell why, and close."""
        ...

    def end(self) -> None:
        """Close; he may come back."""
        ...


def admit(services: Services, caller: Caller) -> Identity:
    """Who may listen to live updates. Raises Unauthenticated or Forbidden."""
    who = identify(services, caller)
    check_password_changed(who)
    # Messages carry records and the lines of the log: a key that is limited must be allowed both.
    require(who.actor, Permission.SYNC_READ)
    require(who.actor, Permission.CHANGE_READ)
    return who


async def sign_out_revoked(services: Services, threads: Executor, guests: Iterable[LiveConnection]) -> None:
    """Look again whether each may still be here; the others are told why not and closed."""
    loop = asyncio.get_running_loop()
    asked = list(guests)
    for guest, error in zip(asked, await loop.run_in_executor(threads, _verdicts, services, asked), strict=True):
        if error is not None:
            guest.sign_out(error)


def sign_out_expired(services: Services, guests: Iterable[LiveConnection]) -> None:
    """End those whose session or key has reached its time."""
    now = services.clock.now()
    for guest in guests:
        until = guest.identity.expires_at
        if (until is not None and until <= now) or services.identities.is_ended(guest.identity):
            guest.sign_out(token_expired())


def _verdicts(services: Services, guests: list[LiveConnection]) -> list[CallManagerError | None]:
    return [_verdict(services, guest) for guest in guests]


def _verdict(services: Services, guest: LiveConnection) -> CallManagerError | None:
    try:
        now = admit(services, guest.caller)
    except (Unauthenticated, Forbidden) as error:
        return error
    before = guest.identity
    if (now.actor, now.sight, now.sight_seq) != (before.actor, before.sight, before.sight_seq):
        return Forbidden("rights_changed", N_("What you may see or do has changed. Connect again."))
    return None
