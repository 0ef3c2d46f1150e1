"""Puts into a new database the documented first user, and the accounts that stand for settings."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from callmanager.domain.people import SYSTEM, Role
from callmanager.server.actions.sessions import FIRST_PASSWORD
from callmanager.server.changes.entities import USER
from callmanager.server.changes.write import ChangeLog
from callmanager.server.security.passwords import Passwords
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import users

FIRST_USERNAME = "admin"


def ensure_first_user(log: ChangeLog, passwords: Passwords) -> bool:
    """Make `admin` with the documented password when there is nobody yet. Says whether it did."""
    with log.storage.read() as connection:
        count = connection.execute(select(func.count()).select_from(users).where(users.c.service.is_(False))).scalar()
    if count:
        return False
    digest = passwords.hash_password(FIRST_PASSWORD)
    with log.write(SYSTEM, "job") as tx:
        tx.insert(
            USER,
            {
                "username": FIRST_USERNAME,
                "role": Role.ADMIN.value,
                "active": True,
                "must_change_password": True,
                "password_hash": digest,
                "token_version": 1,
                "sight_seq": tx.next_seq,
            },
        )
    return True


def ensure_service_users(log: ChangeLog, wanted: Iterable[tuple[str, Role]]) -> None:
    """Accounts without a password for callers that settings let in. Whoever has one of these names already is left."""
    for username, role in wanted:
        with log.storage.read() as connection:
            found = connection.execute(select(users.c.id).where(users.c.username == username)).scalar()
        if found is None:
            with log.write(SYSTEM, "job") as tx:
                tx.insert(
                    USER,
                    {
                        "username": username,
                        "role": role.value,
                        "active": True,
                        "service": True,
                        "token_version": 1,
                        "sight_seq": tx.next_seq,
                    },
                )


def has_first_password(storage: Storage, passwords: Passwords) -> bool:
    """Whether the first user still has the documented password."""
    with storage.read() as connection:
        statement = select(users.c.password_hash).where(users.c.username == FIRST_USERNAME, users.c.active.is_(True))
        stored = connection.execute(statement).scalar()
    return stored is not None and passwords.verify_password(FIRST_PASSWORD, stored)
