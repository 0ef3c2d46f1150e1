"""Signing in and out, changing one's password, and ending sessions and keys (docs/decisions/0105).

Passwords are hashed outside of transactions. Signing in goes on when nothing can be written.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from callmanager.domain.errors import Forbidden, Invalid, TooMany, Unauthenticated, Unavailable
from callmanager.domain.people import Actor, Role, fold_username
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import API_KEY, SESSION, USER
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.logs import get_log
from callmanager.server.security.failed_sign_ins import FailedSignIns
from callmanager.server.security.memory_sessions import MemorySessions
from callmanager.server.security.passwords import Passwords
from callmanager.server.security.throttle import Throttle
from callmanager.server.security.tokens import Tokens
from callmanager.server.storage.tables import api_keys, sessions, users

# The documented first password. It opens nothing but its own change, and only on the server's PC.
FIRST_PASSWORD = "1234"  # noqa: S105

_log = get_log("access")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in, and from where."""

    username: str
    password: str
    address: str
    client: str
    local: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's token and whose it is."""

    token: str
    expires_at: datetime
    user: Record


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """Checks passwords and opens sessions."""

    log: ChangeLog
    passwords: Passwords
    throttle: Throttle
    failures: FailedSignIns
    tokens: Tokens
    token_hours: int
    memory_sessions: MemorySessions

    def sign_in(self, attempt: Attempt) -> SignedIn:
        """Open a session. Raises Unauthenticated without saying what was wrong, Forbidden, TooMany."""
        self._let_try(attempt.address, attempt.username)
        with self.log.storage.read() as connection:
            statement = select(users).where(users.c.username == fold_username(attempt.username))
            row = connection.execute(statement).mappings().first()
        if not self._is_right(attempt, row):
            self._failed(attempt.address, attempt.username, "wrong")
            raise Unauthenticated(
                "sign_in_failed", N_("The user or the password is not right. Check both and try again.")
            )
        assert row is not None
        if attempt.password == FIRST_PASSWORD and not attempt.local:
            self._failed(attempt.address, attempt.username, "first_password_from_afar")
            raise _first_password_from_afar(attempt)
        self.throttle.succeeded(attempt.address, attempt.username)
        return self._open(attempt, row["id"], row["password_hash"])

    def _let_try(self, address: str, name: str) -> None:
        """Raises TooMany for who has to wait."""
        try:
            self.throttle.check(address, name)
        except TooMany:
            self.failures.note(address, name, "has_to_wait")
            raise

    def _failed(self, address: str, name: str, why: str) -> None:
        self.throttle.failed(address, name)
        self.failures.note(address, name, why)

    def _is_right(self, attempt: Attempt, row: Any) -> bool:
        usable = row is not None and row["active"] and not row["service"] and row["archived_at"] is None
        stored = row["password_hash"] if usable else None
        if stored is None:
            return self.passwords.verify_nobody(attempt.password)
        return self.passwords.verify_password(attempt.password, stored)

    def _open(self, attempt: Attempt, user_id: int, checked_hash: str) -> SignedIn:
        jti = secrets.token_urlsafe(18)
        with self.log.storage.read() as connection:
            row = connection.execute(select(users).where(users.c.id == user_id)).mappings().one()
        user = Record(USER, dict(row))
        _check_unchanged(user, checked_hash)
        # The version was read with the hash that was checked: of a password that changes from now on the token is void.
        token, expires_at = self.tokens.issue(
            user_id, session=jti, version=user["token_version"], hours=self.token_hours
        )
        signed_in = SignedIn(token, expires_at, user)
        try:
            self._write_session(attempt, signed_in, jti, checked_hash)
        except Unavailable as error:
            self.memory_sessions.open(
                jti, user_id, address=attempt.address, client=attempt.client[:200], expires_at=expires_at
            )
            _log.warning("session_not_written", user=user["username"], address=attempt.address, code=error.code)
        return signed_in

    def _write_session(self, attempt: Attempt, signed_in: SignedIn, jti: str, checked_hash: str) -> None:
        user = signed_in.user
        actor = Actor(id=user.id, name=user["username"], role=Role(user["role"]), team_id=user["team_id"])
        values = {"user_id": user.id, "jti": jti, "address": attempt.address, "client": attempt.client[:200]}
        with self.log.write(actor, "api") as tx:
            _check_unchanged(tx.get(USER, user.id), checked_hash)
            tx.insert(SESSION, {**values, "expires_at": signed_in.expires_at})

    def change_password(
        self, actor: Actor, old: str, new: str, confirm: str, *, address: str, keep_keys: bool = False
    ) -> None:
        """Set one's own password; every session of the user ends, and so do his keys but for the one that asks.

        A password that had to be changed was the administrator's, and the keys were given with it: they stay.
        Raises Invalid, TooMany.
        """
        if new != confirm:
            raise Invalid(
                "passwords_differ",
                N_("The two new passwords are not the same. Type both again."),
                fields={"field": "confirm_password"},
            )
        stored = self.check_own_password(actor, old, address=address, refusal=_old_password_wrong())
        self.passwords.check_new_password(new, username=actor.name, old_hash=stored)
        fresh = self.passwords.hash_password(new)
        with self.log.write(actor, "api") as tx:
            user = tx.get(USER, actor.id)
            if user["password_hash"] != stored:
                raise _old_password_wrong()
            if not (keep_keys or user["must_change_password"]):
                end_keys(tx, user.id, but=actor.key_id)
            set_password(tx, user, fresh, must_change=False)

    def check_own_password(self, actor: Actor, password: str, *, address: str, refusal: Invalid) -> str:
        """The hash of the actor's password, once `password` has shown to be the one; like an attempt to sign in, it is
        throttled and logged. Raises `refusal`, TooMany.
        """
        self._let_try(address, actor.name)
        with self.log.storage.read() as connection:
            stored = connection.execute(select(users.c.password_hash).where(users.c.id == actor.id)).scalar()
        if stored is None or not self.passwords.verify_password(password, stored):
            self._failed(address, actor.name, refusal.code)
            raise refusal
        self.throttle.succeeded(address, actor.name)
        return str(stored)


def _check_unchanged(user: Record, checked_hash: str) -> None:
    """Raises Unauthenticated when what was checked is not the user's password any more."""
    if user["password_hash"] != checked_hash or not user["active"]:
        raise Unauthenticated("sign_in_failed", N_("The password was just changed. Sign in again."))


def _old_password_wrong() -> Invalid:
    return Invalid("old_password_wrong", N_("The present password is not right."), fields={"field": "old_password"})


def _first_password_from_afar(attempt: Attempt) -> Forbidden:
    return Forbidden(
        "first_password_is_local",
        N_(
            "The first password works only on the server's own PC. Change it there, or run: "
            "callmanager user set-password %(name)s"
        ),
        name=attempt.username[:64],
    )


def set_password(tx: Transaction, user: Record, password_hash: str, *, must_change: bool) -> Record:
    """Store a new hash. Every token of the user is void from this commit on."""
    return tx.update(
        user,
        password_hash=password_hash,
        password_changed_at=tx.now,
        must_change_password=must_change,
        token_version=user["token_version"] + 1,
    )


def sign_out(log: ChangeLog, memory_sessions: MemorySessions, actor: Actor) -> None:
    """End the session that asks, if it is one: its token opens nothing any more."""
    if actor.session_id is None:
        return
    kept = memory_sessions.end(actor.session_id)
    if kept is None:
        with log.write(actor, "api") as tx:
            end_session(tx, actor.session_id)
        return
    values = {"user_id": kept.user_id, "jti": kept.jti, "address": kept.address, "client": kept.client}
    # so that it is on record, and others hear of it
    with suppress(Unavailable), log.write(actor, "api") as tx:
        tx.delete(tx.insert(SESSION, {**values, "expires_at": kept.expires_at}))


def end_session(tx: Transaction, session_id: int) -> None:
    """Sign out: this token opens nothing any more."""
    tx.delete(tx.get(SESSION, session_id))


def end_all_sessions(tx: Transaction, user: Record) -> Record:
    """Close all sessions of a user: every token issued before is void."""
    statement = select(sessions).where(sessions.c.user_id == user.id, sessions.c.archived_at.is_(None))
    for row in tx.connection.execute(statement).mappings().all():
        tx.delete(Record(SESSION, dict(row)))
    return tx.update(user, token_version=user["token_version"] + 1)


def end_keys(tx: Transaction, user_id: int, *, but: int | None = None) -> None:
    """Revoke every key of a user, each on record, but for the one with the id `but`."""
    statement = select(api_keys).where(api_keys.c.user_id == user_id, api_keys.c.archived_at.is_(None))
    for row in tx.connection.execute(statement.order_by(api_keys.c.id)).mappings().all():
        if row["id"] != but:
            tx.delete(Record(API_KEY, dict(row)))
