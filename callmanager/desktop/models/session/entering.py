"""Asks the server to let somebody in, by password or by key. Every method waits: for threads, never the window's own.

How a PC remembers somebody is in docs/decisions/0070: a key of his own, in the system's safe.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from callmanager.desktop.pc.keyring_safe import Remembered, Safe
from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.servers import Server
from callmanager.desktop.wire import SignedIn
from callmanager.domain.clock import Clock, to_wire
from callmanager.domain.errors import CallManagerError, NotFound, Unauthenticated, Unavailable
from callmanager.domain.people import Role
from callmanager.domain.permissions import ROLES

REMEMBER_DAYS = 30
KEPT_PERMISSIONS = frozenset(permission.value for permission in ROLES[Role.MANAGER])
"""A remembered key may do what work needs: nothing that only administrators may, whoever it belongs to."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who was let in. `api_key` when it was by a key; `is_offline`: the server was not asked."""

    remote: Remote
    user: SignedIn
    permissions: frozenset[str] = frozenset()
    api_key: str = field(default="", repr=False)
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class Entrance:
    """The door of one server after the other."""

    safe: Safe
    clock: Clock
    pc_name: str
    language: Callable[[], str]

    def open(self, server: Server, api_key: str = "") -> Remote:
        """The server as a key sees it, or nobody. Asks nothing."""
        return Remote(
            server.address,
            api_key=api_key or None,
            language=self.language(),
            fingerprint=server.fingerprint,
        )

    def look(self, server: Server) -> None:
        """Whether a server is there that may be spoken to. Raises what a sign-in would."""
        remote = self.open(server)
        try:
            remote.ask("GET", "/health", anonymous=True)
        finally:
            remote.close()

    def by_password(self, server: Server, username: str, password: str) -> Entered:
        """Raises Unauthenticated, Forbidden, TooMany, Unavailable with the server's sentence."""
        remote = self.open(server)
        try:
            user = remote.sign_in(username, password)
            permissions = frozenset[str]() if user.must_change_password else _permissions(remote.show_me())
        except CallManagerError:
            remote.close()
            raise
        return Entered(remote, user, permissions)

    def by_key(self, server: Server, api_key: str) -> Entered:
        """The same with a key."""
        remote = self.open(server, api_key)
        try:
            me = remote.show_me()
        except CallManagerError:
            remote.close()
            raise
        return Entered(remote, _user(me), _permissions(me), api_key)

    def by_memory(self, server: Server, api_key: str, known: Mapping[str, Any]) -> Entered:
        """Without the server: who this key was when it was last asked."""
        return Entered(self.open(server, api_key), _user(known), _permissions(known), api_key, is_offline=True)

    def change_password(self, entered: Entered, server: Server, old: str, new: str) -> Entered:
        """Set the user's password and let him in anew, since all his sessions end. Raises Invalid, TooMany."""
        given = {"old_password": old, "new_password": new, "confirm_password": new}
        entered.remote.ask("POST", "/auth/change-password", body=given, key=None)
        if entered.api_key:
            return self.by_key(server, entered.api_key)
        return self.by_password(server, entered.user.username, new)

    def remember(self, server: Server, entered: Entered) -> Remembered:
        """Have the server make a key for this PC, and put it into the safe. Raises Unavailable, Forbidden, Conflict."""
        self.safe.check()
        self._forget_before(server, entered.remote)
        body = {
            "label": f"PC {self.pc_name}"[:80],
            "permissions": sorted(KEPT_PERMISSIONS & entered.permissions),
            "expires_at": to_wire(self.clock.now() + timedelta(days=REMEMBER_DAYS)),
        }
        made = entered.remote.ask("POST", f"/users/{entered.user.user_id}/api-keys", body=body).body
        kept = Remembered(entered.user.username, made["id"], made["api_key"], server.fingerprint or "")
        try:
            self.safe.keep(server.address, kept)
        except Unavailable:
            _revoke(entered.remote, kept)
            raise
        return kept

    def exchange(self, server: Server, entered: Entered, kept: Remembered) -> Entered:
        """From now on with the key: a session ends after a day, and nobody is to sign in again in the midst of work."""
        with contextlib.suppress(CallManagerError):  # the token ends by itself
            entered.remote.sign_out()
        entered.remote.close()
        user = replace(entered.user, expires_at="")
        return Entered(self.open(server, kept.api_key), user, KEPT_PERMISSIONS & entered.permissions, kept.api_key)

    def forget(self, server: Server, remote: Remote) -> bool:
        """Take the key out of the safe and revoke it; False when the server was not reached, so that it lives on."""
        try:
            kept = self.safe.find(server.address)
        except Unavailable:
            return True  # without a safe nobody was remembered
        if kept is None:
            return True
        self.safe.forget(server.address)
        return kept.is_of(server.fingerprint) and _revoke(remote, kept)

    def _forget_before(self, server: Server, remote: Remote) -> None:
        kept = self.safe.find(server.address)
        if kept is not None and kept.is_of(server.fingerprint):  # at another server its number is another's key
            _revoke(remote, kept)


def _revoke(remote: Remote, kept: Remembered) -> bool:
    try:
        remote.ask("DELETE", f"/api-keys/{kept.key_id}")
    except (NotFound, Unauthenticated):
        return True  # it opens nothing any more
    except CallManagerError:
        return False
    return True


def _user(me: Mapping[str, Any]) -> SignedIn:
    return SignedIn(
        user_id=int(me["id"]),
        username=str(me["username"]),
        role=str(me["role"]),
        team=me.get("team"),
        must_change_password=bool(me.get("must_change_password")),
        expires_at="",
        region=str(me.get("region") or "CR"),
        office=str(me.get("office") or ""),
    )


def _permissions(me: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(me["permissions"])
