"""Signing in and out, changing one's password, and ending sessions. Passwords are hashed outside of transactions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from callmanager.domain.errors import Forbidden, Invalid, Unauthenticated
from callmanager.domain.people import Actor, Role, fold_username
from callmanager.domain.texts import N_
from callmanager.server.changes.entities import SESSION, USER
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.security.passwords import Passwords
from callmanager.server.security.throttle import Throttle
from callmanager.server.security.tokens import Tokens
from callmanager.server.storage.tables import sessions, users

# The documented first password. It opens nothing but its own change, and only on the server's PC.
FIRST_PASSWORD = "1234"  # noqa: S105


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
    tokens: Tokens
    token_hours: int

    def sign_in(self, attempt: Attempt) -> SignedIn:
        """Open a session. Raises Unauthenticated without saying what was wrong, Forbidden, TooMany."""
        self.throttle.check(attempt.address, attempt.username)
        with self.log.storage.read() as connection:
            statement = select(users).where(users.c.username == fold_username(attempt.username))
            row = connection.execute(statement).mappings().first()
        if not self._is_right(attempt, row):
            self.throttle.failed(attempt.address, attempt.username)
            raise Unauthenticated(
                "sign_in_failed", N_("The user or the password is not right. Check both and try again.")
            )
        assert row is not None
        if attempt.password == FIRST_PASSWORD and not attempt.local:
            self.throttle.failed(attempt.address, attempt.username)
            raise _first_password_from_afar(attempt)
        self.throttle.succeeded(attempt.address, attempt.username)
        return self._open(attempt, row["id"], row["password_hash"])

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
        actor = Actor(id=row["id"], name=row["username"], role=Role(row["role"]), team_id=row["team_id"])
        with self.log.write(actor, "api") as tx:
            user = tx.get(USER, user_id)
            if user["password_hash"] != checked_hash or not user["active"]:
                raise Unauthenticated("sign_in_failed", N_("The password was just changed. Sign in again."))
            token, expires_at = self.tokens.issue(
                user_id, session=jti, version=user["token_version"], hours=self.token_hours
            )
            tx.insert(
                SESSION,
                {
                    "user_id": user_id,
                    "jti": jti,
                    "address": attempt.address,
                    "client": attempt.client[:200],
                    "expires_at": expires_at,
                },
            )
        return SignedIn(token, expires_at, user)

    def change_password(self, actor: Actor, old: str, new: str, confirm: str, *, address: str) -> None:
        """Set one's own password; every session of the user ends. Raises Invalid, TooMany."""
        if new != confirm:
            raise Invalid(
                "passwords_differ",
                N_("The two new passwords are not the same. Type both again."),
                fields={"field": "confirm_password"},
            )
        self.throttle.check(address, actor.name)
        with self.log.storage.read() as connection:
            stored = connection.execute(select(users.c.password_hash).where(users.c.id == actor.id)).scalar()
        if stored is None or not self.passwords.verify_password(old, stored):
            self.throttle.failed(address, actor.name)
            raise Invalid(
                "old_password_wrong",
                N_("The present password is not right."),
                fields={"field": "old_password"},
            )
        self.throttle.succeeded(address, actor.name)
        self.passwords.check_new_password(new, username=actor.name, old_hash=stored)
        fresh = self.passwords.hash_password(new)
        with self.log.write(actor, "api") as tx:
            user = tx.get(USER, actor.id)
            if user["password_hash"] != stored:
                raise Invalid(
                    "old_password_wrong",
                    N_("The present password is not right."),
                    fields={"field": "old_password"},
                )
            set_password(tx, user, fresh, must_change=False)


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


def end_session(tx: Transaction, session_id: int) -> None:
    """Sign out: this token opens nothing any more."""
    tx.delete(tx.get(SESSION, session_id))


def end_all_sessions(tx: Transaction, user: Record) -> Record:
    """Close all sessions of a user: every token issued before is void."""
    statement = select(sessions).where(sessions.c.user_id == user.id, sessions.c.archived_at.is_(None))
    for row in tx.connection.execute(statement).mappings().all():
        tx.delete(Record(SESSION, dict(row)))
    return tx.update(user, token_version=user["token_version"] + 1)
