"""Builds the SignInDesk, which checks passwords, for the routes that need one."""

from __future__ import annotations

from callmanager.server.actions.sessions import SignInDesk
from callmanager.server.security.passwords import Passwords
from callmanager.server.services import Services


def sign_in_desk(services: Services, passwords: Passwords) -> SignInDesk:
    """The desk of a request; `passwords` are those that its route was declared for (`Call.passwords`)."""
    return SignInDesk(
        log=services.log,
        passwords=passwords,
        throttle=services.throttle,
        failures=services.failed_sign_ins,
        tokens=services.tokens,
        token_hours=services.rules.token_hours,
        memory_sessions=services.identities.memory_sessions,
    )
