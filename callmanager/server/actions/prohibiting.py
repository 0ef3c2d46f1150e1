"""Brings marks and entries of the do-not-call list in line: once for what a program of before has left, and every hour
for entries whose time is over.

A program of before knew marks alone: whoever bears one that no listed line explains, or whose status says that they
want no calls, becomes a person on the list. Nobody who was barred by his own word is free after it. Nor did it compare
the numbers of one cell one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from callmanager.domain.people import SYSTEM
from callmanager.domain.phone_cells import lines_said
from callmanager.domain.prohibitions import last_day_over, lines_of
from callmanager.server.actions.barring import (
    FROM_STATUS,
    Terms,
    enter_person,
    settle_marks,
    settle_marks_of,
    whom_it_bars,
)
from callmanager.server.changes.entities import CONTACT, DO_NOT_CALL
from callmanager.server.changes.write import ChangeLog, Record, Transaction
from callmanager.server.storage.dispositions import list_barring
from callmanager.server.storage.prohibitions import barred_lines, barred_people
from callmanager.server.storage.tables import contact_phones, contacts, do_not_call, meta

SETTLED, NOTED = "people_barred", "cells_read"
"""The rows of `meta` that say that it was done."""
PIECE = 500
_AFTER_PLUS = ","
"""Keys of numbers that are valid begin with +; no other key sorts before this."""


def bar_whom_marks_bar(log: ChangeLog) -> int:
    """Make people of the list out of the marks of an older program. Once; how many contacts were looked at."""
    with log.storage.read() as connection:
        done = connection.execute(select(meta.c.value).where(meta.c.key == SETTLED)).scalar()
        ids = [] if done else _marked(connection)
    if done:
        return 0
    for start in range(0, len(ids), PIECE):
        with log.write(SYSTEM, "job") as tx:
            _settle(tx, ids[start : start + PIECE])
    with log.write(SYSTEM, "job") as tx:
        tx.connection.execute(meta.insert().values(key=SETTLED, value="1"))
    return len(ids)


def _marked(connection: Connection) -> list[int]:
    """Who is marked, or says by his status that he wants no calls."""
    refuses = contacts.c.status.in_(sorted(list_barring(connection)))
    statement = select(contacts.c.id).where(or_(contacts.c.do_not_call.is_(True), refuses))
    return list(connection.execute(statement.order_by(contacts.c.id)).scalars())


def note_cells(log: ChangeLog, *, region: str) -> int:
    """Note the lines of cells that an older program kept as they were written, and settle their marks. Once; how many
    contacts had such a cell."""
    with log.storage.read() as connection:
        done = connection.execute(select(meta.c.value).where(meta.c.key == NOTED)).scalar()
        ids = [] if done else _unclear(connection)
    if done:
        return 0
    found = 0
    for start in range(0, len(ids), PIECE):
        with log.write(SYSTEM, "job") as tx:
            found += _note(tx, ids[start : start + PIECE], region)
    with log.write(SYSTEM, "job") as tx:
        tx.connection.execute(meta.insert().values(key=NOTED, value="1"))
    return found


def _unclear(connection: Connection) -> list[int]:
    """Who has a number that is not valid."""
    bearing = select(contact_phones.c.contact_id).where(contact_phones.c.key >= _AFTER_PLUS)
    return sorted(set(connection.execute(bearing).scalars()))


def _note(tx: Transaction, ids: list[int], region: str) -> int:
    found = select(contacts).where(contacts.c.id.in_(ids))
    edits = []
    for row in tx.connection.execute(found).mappings():
        phones = [_with_lines(phone, region) for phone in row["phones"]]
        if phones != row["phones"]:
            edits.append((Record(CONTACT, dict(row)), {"phones": phones}))
    settle_marks(tx, tx.update_many(edits))
    return len(edits)


def _with_lines(phone: dict[str, Any], region: str) -> dict[str, Any]:
    lines = [] if phone["valid"] else lines_said(phone["number"], region)
    return {**phone, "lines": lines} if lines else phone


def _settle(tx: Transaction, ids: list[int]) -> None:
    found = select(contacts).where(contacts.c.id.in_(ids))
    records = [Record(CONTACT, dict(row)) for row in tx.connection.execute(found).mappings()]
    its_lines = {one.id: lines_of(one["phones"]) for one in records}
    every = frozenset[str]().union(*its_lines.values())
    lines, freed = barred_lines(tx.connection, every, tx.now), _freed_lines(tx.connection, every)
    people, barring = barred_people(tx.connection, ids, tx.now), list_barring(tx.connection)
    for contact in records:
        its = its_lines[contact.id]
        explained = bool(its & lines) if contact["do_not_call"] else bool(its & freed)
        if contact.id not in people and (not explained or (contact["do_not_call"] and contact["status"] in barring)):
            enter_person(tx, contact, Terms(contact["status"], FROM_STATUS))
    settle_marks_of(tx, ids)


def _freed_lines(connection: Connection, lines: Collection[str]) -> frozenset[str]:
    """Lines that a manager has taken off the list: who is on one and bears no mark was freed by him."""
    off = select(do_not_call.c.key).where(do_not_call.c.key.in_(sorted(lines)), do_not_call.c.archived_at.is_not(None))
    return frozenset(connection.execute(off).scalars())


def end_expired(log: ChangeLog) -> int:
    """Archive what binds no more and free its contacts, a bounded number at once. How many entries."""
    ended = 0
    while _is_left(log):
        with log.write(SYSTEM, "job") as tx:
            ended += sum(1 for _ in _end_piece(tx))
    return ended


def _is_left(log: ChangeLog) -> bool:
    with log.storage.read() as connection:
        return connection.execute(_expired(last_day_over(log.clock.now())).limit(1)).first() is not None


def _end_piece(tx: Transaction) -> Iterator[Record]:
    for row in tx.connection.execute(_expired(last_day_over(tx.now)).limit(PIECE)).mappings().all():
        ended = tx.delete(Record(DO_NOT_CALL, dict(row)))
        settle_marks(tx, whom_it_bars(tx, ended))
        yield ended


def _expired(first_day: str) -> Select[Any]:
    return select(do_not_call).where(do_not_call.c.archived_at.is_(None), do_not_call.c.expires_on < first_day)
