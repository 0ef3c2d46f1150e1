"""Finds what was withdrawn since a backup was taken, by comparing it with the database that it replaces.

Finds what had been withdrawn and would come back. Changes neither file; what cannot be read is no withdrawal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from callmanager.domain.people import Role
from callmanager.domain.phones import line_of
from callmanager.domain.withdrawals import Withdrawal, WithdrawalKind
from callmanager.server.backups.contents import open_still
from callmanager.server.backups.listing import Backup, list_backups
from callmanager.server.backups.losses import open_replaced

_KEYS = "SELECT public_id, id, label, user_id, archived_at FROM api_keys"
_USERS = """
    SELECT id, created_at, username, role, team_id, active, archived_at, password_hash, password_changed_at,
           token_version, updated_at
    FROM users
"""
_SESSIONS = "SELECT jti, user_id, archived_at, expires_at FROM sessions"
_NUMBERS = "SELECT * FROM do_not_call"
_TERMS = ("reason", "source", "reference", "listed_on", "expires_on", "contact_id", "key")
"""What is known of an entry besides its number; the list of an older program has less."""
_RANK = {role.value: rank for rank, role in enumerate(Role)}

Row = dict[str, Any]


def find_withdrawn(replaced: Path, restored: Path) -> list[Withdrawal]:
    """What `replaced` had withdrawn of what `restored` holds; nothing when one of them has no such tables."""
    with suppress(sqlite3.Error), closing(open_replaced(replaced)) as later, closing(open_still(restored)) as earlier:
        return list(_found(later, earlier))
    return []


def newest_witness(folders: Iterable[Path], backup_id: str | None) -> Path | None:
    """The newest verified backup but the one of that id: what the database was like before a copy was laid over it."""
    found = [one for folder in folders if folder.is_dir() for one in list_backups(folder) if _is_other(one, backup_id)]
    return max(found, key=lambda one: one.at).path if found else None


def _is_other(one: Backup, backup_id: str | None) -> bool:
    return one.verified_at is not None and one.manifest is not None and one.manifest.backup_id != backup_id


def _found(later: sqlite3.Connection, earlier: sqlite3.Connection) -> Iterator[Withdrawal]:
    users = {(row["id"], row["created_at"]): row for row in _rows(earlier, _USERS)}
    names = {row["id"]: row["username"] for row in users.values()}
    yield from _keys(later, earlier, names)
    sessions = _ended_sessions(later, earlier)
    for row in _rows(later, _USERS):
        before = users.get((row["id"], row["created_at"]))
        if before is not None and row["updated_at"] >= before["updated_at"]:
            yield from _of_person(row, before, ended=row["id"] in sessions)
    yield from _numbers(later, earlier)


def _keys(later: sqlite3.Connection, earlier: sqlite3.Connection, names: dict[int, str]) -> Iterator[Withdrawal]:
    alive = {row["public_id"]: row for row in _rows(earlier, _KEYS) if row["archived_at"] is None}
    for row in _rows(later, _KEYS):
        before = alive.get(row["public_id"])
        if before is not None and row["archived_at"] is not None:
            yield Withdrawal(WithdrawalKind.KEY, before["id"], f"{names.get(before['user_id'], '?')}/{before['label']}")


def _of_person(row: Row, before: Row, *, ended: bool) -> Iterator[Withdrawal]:
    user_id, name = row["id"], row["username"]
    if _is_active(before) and not _is_active(row):
        yield Withdrawal(WithdrawalKind.PERSON, user_id, name)
    if before["password_hash"] is not None and row["password_hash"] not in (None, before["password_hash"]):
        yield Withdrawal(WithdrawalKind.PASSWORD, user_id, name, {"password_hash": row["password_hash"]})
    if _RANK.get(row["role"], 0) < _RANK.get(before["role"], 0):
        yield Withdrawal(WithdrawalKind.ROLE, user_id, name, {"role": row["role"]})
    if before["team_id"] is not None and row["team_id"] != before["team_id"]:
        yield Withdrawal(WithdrawalKind.TEAM, user_id, name, {"team_id": row["team_id"]})
    if ended or row["token_version"] > before["token_version"]:
        yield Withdrawal(WithdrawalKind.SESSIONS, user_id, name, {"token_version": row["token_version"]})


def _ended_sessions(later: sqlite3.Connection, earlier: sqlite3.Connection) -> set[int]:
    """Who had a session that was alive and that somebody has ended since, before its time."""
    alive = {row["jti"]: row["user_id"] for row in _rows(earlier, _SESSIONS) if row["archived_at"] is None}
    ended = [row for row in _rows(later, _SESSIONS) if (row["archived_at"] or "~") < row["expires_at"]]
    return {alive[row["jti"]] for row in ended if row["jti"] in alive}


def _numbers(later: sqlite3.Connection, earlier: sqlite3.Connection) -> Iterator[Withdrawal]:
    listed = {_barred(row) for row in _rows(earlier, _NUMBERS) if row["archived_at"] is None}
    for row in _rows(later, _NUMBERS):
        if row["archived_at"] is None and _barred(row) not in listed:
            values = {name: row[name] for name in _TERMS if name in row}
            yield Withdrawal(WithdrawalKind.NUMBER, row["id"], row["number"], values)


def _barred(row: Row) -> tuple[Any, ...]:
    """Whom an entry bars, and who says so."""
    if row.get("contact_id") is not None:
        return (row["contact_id"],)
    return (line_of(row["key"]), row.get("source", ""))


def _is_active(row: Row) -> bool:
    return bool(row["active"]) and row["archived_at"] is None


def _rows(connection: sqlite3.Connection, statement: str) -> Iterator[Row]:
    cursor = connection.execute(statement)
    columns = [name for name, *_ in cursor.description]
    return (dict(zip(columns, row, strict=True)) for row in cursor)
