"""Makes and edits dispositions. They are never deleted: contacts and calls bear their codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from callmanager.domain.contacts import clean_text, too_long
from callmanager.domain.dispositions import (
    MOST,
    NAME_LENGTH,
    NEW,
    SETTABLE_ON_NEW,
    STATUSES,
    Disposition,
    check_code,
    check_rules,
)
from callmanager.domain.errors import Conflict, Invalid
from callmanager.domain.permissions import Permission
from callmanager.domain.retries import check_retry
from callmanager.domain.texts import N_
from callmanager.server.actions import action
from callmanager.server.changes.entities import DISPOSITION
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.dispositions import dispositions


@action(Permission.DISPOSITION_MANAGE)
def create(tx: Transaction, fields: Mapping[str, Any]) -> Record:
    """Make a disposition; what is not given takes its plain value, and it comes last. Raises Invalid, Conflict."""
    code = check_code(fields["code"])
    _check_free_code(tx, code)
    last = _last_position(tx)
    row = {**Disposition(code, last + 1).columns(), **fields, "code": code}
    return tx.insert(DISPOSITION, _checked(tx, row, None))


@action(Permission.DISPOSITION_MANAGE)
def edit(tx: Transaction, disposition_id: int, fields: Mapping[str, Any], *, version: int) -> Record:
    """Set anything but the code. Raises NotFound, Invalid, Conflict."""
    record = tx.get(DISPOSITION, disposition_id, version=version)
    changed = {name for name, value in fields.items() if record[name] != value}
    if record["code"] == NEW and changed - SETTABLE_ON_NEW:
        raise Conflict(
            "disposition_fixed",
            N_("%(disposition)s is for contacts that nobody has called. Only its name, place and priority can be set."),
            fields={"field": min(changed - SETTABLE_ON_NEW)},
            disposition=NEW,
        )
    values = {name: record[name] for name in DISPOSITION.logged if name != "archived_at"}
    checked = _checked(tx, {**values, **_without_key(fields), **fields}, record)
    return tx.update(record, **{name: checked[name] for name in values})


def _without_key(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Whoever takes a disposition out of use need not say that its key is free."""
    return {"key": None} if fields.get("active") is False else {}


def _checked(tx: Transaction, row: Mapping[str, Any], record: Record | None) -> dict[str, Any]:
    checked = {**row, "name": _check_name(row), "retry": check_retry(row["retry"])}
    check_rules(checked)
    if checked["active"] and checked["key"] is not None:
        _check_free_key(tx, checked["key"], None if record is None else record.id)
    return checked


def _check_name(row: Mapping[str, Any]) -> str:
    name = clean_text(row["name"])
    if not name and row["code"] not in STATUSES:
        raise Invalid("name_missing", N_("Give it a name."), fields={"field": "name"})
    if len(name) > NAME_LENGTH:
        raise too_long("name", NAME_LENGTH)
    return name


def _check_free_code(tx: Transaction, code: str) -> None:
    other = tx.first(DISPOSITION, select(dispositions).where(dispositions.c.code == code))
    if other is not None:
        raise Conflict(
            "disposition_code_taken",
            N_("There is one with the code %(disposition)s already, perhaps out of use. Change that one."),
            fields={"field": "code", "id": other.id, "active": other["active"]},
            disposition=code,
        )


def _check_free_key(tx: Transaction, key: int, own_id: int | None) -> None:
    wanted = select(dispositions).where(dispositions.c.key == key, dispositions.c.active.is_(True))
    other = tx.first(DISPOSITION, wanted)
    if other is not None and other.id != own_id:
        raise Conflict(
            "disposition_key_taken",
            N_("The key %(key)s chooses %(disposition)s. Take it from there first, or choose another."),
            fields={"field": "key", "id": other.id},
            key=key,
            disposition=other["code"],
        )


def _last_position(tx: Transaction) -> int:
    count, last = tx.connection.execute(select(func.count(), func.max(dispositions.c.position))).one()
    if count >= MOST:
        raise Conflict(
            "dispositions_too_many",
            N_("There are %(limit)s outcomes already. Change one that is no longer in use."),
            fields={"limit": MOST},
            limit=MOST,
        )
    return int(last or 0)
