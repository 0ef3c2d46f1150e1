"""Who is behind a token or a key. Remembered until something about people changes; no payload is believed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from callmanager.domain.clock import Clock
from callmanager.domain.errors import Unauthenticated
from callmanager.domain.people import Actor, Role
from callmanager.domain.permissions import Visibility, visibility
from callmanager.domain.texts import N_
from callmanager.server.changes.write import Committed
from callmanager.server.security.keys import is_listed, is_same_digest, parse_key
from callmanager.server.security.memory_sessions import MemorySession, MemorySessions
from callmanager.server.security.tokens import Tokens, token_expired
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import api_keys, sessions, users

REMEMBERED = 4_096
CONFIGURED_KEY = 0  # stands for the id of a key that is in the settings and not in the database
_PEOPLE = frozenset({"user", "api_key", "session", "team"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who may ask: the actor, what he sees, until when his credential is good, the origin of his changes.

    `signed_in_at` is when he gave his password, for a session.
    """

    actor: Actor
    sight: Visibility
    sight_seq: int
    expires_at: datetime | None = None
    token_version: int = 0
    origin: str = "api"
    signed_in_at: datetime | None = None


class Identities:
    """Looks up credentials. Revocation takes effect with the commit that makes it."""

    def __init__(
        self, storage: Storage, tokens: Tokens, clock: Clock, *, configured: Mapping[str, str], token_hours: float
    ) -> None:
        """`configured` maps keys from the settings to the user names they act as. No session is older than
        `token_hours`, also one that was opened when more were allowed."""
        self._storage = storage
        self._tokens = tokens
        self._clock = clock
        self._configured = dict(configured)
        self._session_life = timedelta(hours=token_hours)
        self.memory_sessions = MemorySessions()
        self._known: dict[tuple[str, str], Identity] = {}
        self._used: dict[int, datetime] = {}
        self._age = 0
        self._lock = threading.Lock()

    def forget(self, committed: Committed) -> None:
        """Listen to commits: what was known about people is looked up again after one of them changed."""
        if committed.entities & _PEOPLE:
            with self._lock:
                self._age += 1
                self._known = {}

    def by_token(self, text: str) -> Identity:
        """The identity of a JWT. Raises Unauthenticated."""
        claims = self._tokens.read(text)
        kept = self.memory_sessions.find(claims.session)
        if kept is None:
            found = self._remembered(("session", claims.session), lambda c: _session_identity(c, claims.session))
        else:  # not remembered: it must end with its entry
            found = self._look_up(lambda c: _memory_identity(c, kept))
        if found is None or found.actor.id != claims.user_id or found.token_version != claims.version:
            raise _signed_out()
        until = min(claims.expires_at, found.expires_at or claims.expires_at, claims.issued_at + self._session_life)
        if until <= self._clock.now():
            raise token_expired()
        return replace(found, expires_at=until, signed_in_at=claims.issued_at)

    def is_ended(self, who: Identity) -> bool:
        """Whether a session that lives in memory was ended; of every other a change of the log tells."""
        number = who.actor.session_id
        return number is not None and number < 0 and not self.memory_sessions.is_open(number)

    def by_key(self, text: str) -> Identity:
        """The identity of an API key. Raises Unauthenticated."""
        for configured, username in self._configured.items():
            if is_listed(text, [configured]):
                who = self.by_username(username)
                return replace(who, actor=replace(who.actor, key_id=CONFIGURED_KEY))
        parts = parse_key(text)
        found = None
        if parts is not None:
            found = self._remembered(("key", ":".join(parts)), lambda c: _key_identity(c, *parts))
        if found is None or (found.expires_at is not None and found.expires_at <= self._clock.now()):
            raise Unauthenticated("key_invalid", N_("This API key is not valid. Ask an administrator for another."))
        self._note_use(found.actor.key_id)
        return found

    def _note_use(self, key_id: int | None) -> None:
        if key_id is not None:
            with self._lock:
                self._used[key_id] = self._clock.now()

    def key_use(self) -> dict[int, datetime]:
        """When each key was last used, as far as it was not taken yet."""
        with self._lock:
            return dict(self._used)

    def take_key_use(self) -> dict[int, datetime]:
        """What key_use says, for whoever writes it down; it is forgotten here."""
        with self._lock:
            used, self._used = self._used, {}
        return used

    def by_username(self, username: str) -> Identity:
        """The identity of an active user, for keys of the settings and for work on the server itself."""
        found = self._remembered(("name", username), lambda c: _user_identity(c, users.c.username == username))
        if found is None:
            raise _signed_out()
        return found

    def _look_up(self, load: Callable[[Connection], Identity | None]) -> Identity | None:
        with self._storage.read() as connection:
            return load(connection)

    def _remembered(self, key: tuple[str, str], load: Callable[[Connection], Identity | None]) -> Identity | None:
        found = self._known.get(key)
        if found is not None:
            return found
        age = self._age
        found = self._look_up(load)
        if found is not None:
            with self._lock:
                # What was read before a change must not be remembered after it.
                if self._age == age and len(self._known) < REMEMBERED:
                    self._known[key] = found
        return found


def _session_identity(connection: Connection, jti: str) -> Identity | None:
    statement = select(users, sessions.c.id.label("session_id"), sessions.c.expires_at.label("until"))
    statement = statement.join(sessions, sessions.c.user_id == users.c.id)
    row = (
        connection.execute(statement.where(sessions.c.jti == jti, sessions.c.archived_at.is_(None))).mappings().first()
    )
    return None if row is None else _identity(row, expires_at=row["until"], session_id=row["session_id"])


def _memory_identity(connection: Connection, kept: MemorySession) -> Identity | None:
    row = connection.execute(select(users).where(users.c.id == kept.user_id)).mappings().first()
    return None if row is None else _identity(row, expires_at=kept.expires_at, session_id=kept.number)


def _key_identity(connection: Connection, public_id: str, digest: str) -> Identity | None:
    statement = select(
        users,
        api_keys.c.id.label("key_id"),
        api_keys.c.digest,
        api_keys.c.permissions,
        api_keys.c.expires_at.label("until"),
    ).join(api_keys, api_keys.c.user_id == users.c.id)
    statement = statement.where(api_keys.c.public_id == public_id, api_keys.c.archived_at.is_(None))
    row = connection.execute(statement).mappings().first()
    if row is None or not is_same_digest(digest, row["digest"]):
        return None
    limited = None if row["permissions"] is None else frozenset(row["permissions"])
    return _identity(row, expires_at=row["until"], key_id=row["key_id"], limited_to=limited)


def _user_identity(connection: Connection, condition: Any) -> Identity | None:
    row = connection.execute(select(users).where(condition)).mappings().first()
    return None if row is None else _identity(row)


def _identity(
    row: RowMapping,
    *,
    expires_at: datetime | None = None,
    session_id: int | None = None,
    key_id: int | None = None,
    limited_to: frozenset[str] | None = None,
) -> Identity | None:
    if not row["active"] or row["archived_at"] is not None:
        return None
    actor = Actor(
        id=row["id"],
        name=row["username"],
        role=Role(row["role"]),
        team_id=row["team_id"],
        limited_to=limited_to,
        must_change_password=row["must_change_password"],
        session_id=session_id,
        key_id=key_id,
    )
    return Identity(actor, visibility(actor), row["sight_seq"], expires_at, row["token_version"])


def _signed_out() -> Unauthenticated:
    return Unauthenticated("signed_out", N_("This session has ended. Sign in again."))
