"""Forgets what has outlived its use: answers kept for repeats, and sessions that have expired."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select, update

from callmanager.server.changes.entities import SESSION
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.tables import idempotency_keys, sessions

REPEATS_KEPT_FOR = timedelta(hours=24)
SESSIONS_AT_ONCE = 200
LONGEST_SESSION = timedelta(hours=720)
"""The most that TOKEN_HOURS allows."""


def forget_repeats(connection: Connection, now: datetime) -> int:
    """Drop the answers kept for repeats for a day; a repeat after that is a new request. Returns how many.

    The day of one from a clock that was ahead begins now.
    """
    kept_at = idempotency_keys.c.created_at
    connection.execute(update(idempotency_keys).where(kept_at > now).values(created_at=now))
    return connection.execute(delete(idempotency_keys).where(kept_at < now - REPEATS_KEPT_FOR)).rowcount


def has_expired_sessions(connection: Connection, now: datetime) -> bool:
    """Whether `end_expired_sessions` has anything to do."""
    return connection.execute(_expired(now).limit(1)).first() is not None


def end_expired_sessions(tx: Transaction) -> int:
    """Archive sessions whose token is no longer good, a bounded number of them. Returns how many.

    So are those that would last longer than any that is opened now: a clock that was ahead opened them, and their
    tokens, which are refused now, would come to life when that time has come.
    """
    rows = tx.connection.execute(_expired(tx.now).limit(SESSIONS_AT_ONCE)).mappings().all()
    for row in rows:
        tx.delete(Record(SESSION, dict(row)))
    return len(rows)


def _expired(now: datetime) -> Select[Any]:
    until = sessions.c.expires_at
    over = or_(until <= now, until > now + LONGEST_SESSION)
    return select(sessions).where(sessions.c.archived_at.is_(None), over)
