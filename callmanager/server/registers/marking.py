"""Brings the marks of contacts in line with a register that changed. Walks our own numbers: there are fewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, union_all

from callmanager.domain.people import SYSTEM, Actor
from callmanager.domain.phones import line_of
from callmanager.domain.prohibitions import last_day_over
from callmanager.server.actions.barring import settle_marks_of
from callmanager.server.changes.turns import write_in_turns
from callmanager.server.changes.write import ChangeLog
from callmanager.server.storage.contact_index import contact_parts
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.registers import register_lines, registers
from callmanager.server.storage.tables import contact_phones, meta

ORIGIN = "register"
CONTACTS = 500
PART = 50
SETTLED = "registers_settled"
"""The row of `meta` with the first day whose lines may still bind."""

FindLines = Callable[[Connection, Sequence[str]], set[str]]
"""Those of these lines that are meant."""


def settle_contacts(log: ChangeLog, actor: Actor, find: FindLines, *, origin_id: int) -> int:
    """Settle the marks of every contact that is reached on a line that `find` means; how many they are."""
    count = 0
    for ids in walk_reached(log.storage, find):
        parts = [ids[start : start + PART] for start in range(0, len(ids), PART)]
        for _done in write_in_turns(log, actor, ORIGIN, parts, settle_marks_of, origin_id=origin_id):
            pass
        count += len(ids)
    return count


def walk_reached(storage: Storage, find: FindLines) -> Iterator[list[int]]:
    """The ids of the contacts that are reached on such a line, archived ones too, since they may come back."""
    last = 0
    while True:
        with storage.read() as connection:
            lines = _lines_of_next(connection, last)
            meant = find(connection, sorted({line for _id, its in lines for line in its})) if lines else set()
        yield [contact_id for contact_id, its in lines if its & meant]
        if len(lines) < CONTACTS:
            return
        last = lines[-1][0]


def lines_where(register_id: int, which: ColumnElement[bool]) -> FindLines:
    """Lines that the register's table has in such a row."""

    def find(connection: Connection, lines: Sequence[str]) -> set[str]:
        mine = (register_lines.c.register_id == register_id, register_lines.c.key.in_(lines))
        return set(connection.execute(select(register_lines.c.key).where(*mine, which)).scalars())

    return find


def settle_expired(log: ChangeLog) -> int:
    """Free whoever was barred by a line of a register whose last day is over since it was last asked; how many."""
    day = last_day_over(log.clock.now())
    with log.storage.read() as connection:
        since = connection.execute(select(meta.c.value).where(meta.c.key == SETTLED)).scalar() or ""
        over = and_(register_lines.c.expires_on >= since, register_lines.c.expires_on < day)
        ids = list(connection.execute(select(registers.c.id).where(_has_lines(over))).scalars()) if since < day else []
    freed = sum(settle_contacts(log, SYSTEM, lines_where(one, over), origin_id=one) for one in ids)
    if since < day:
        with log.write(SYSTEM, "job") as tx:
            tx.connection.execute(delete(meta).where(meta.c.key == SETTLED))
            tx.connection.execute(insert(meta).values(key=SETTLED, value=day))
    return freed


def _has_lines(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(register_lines.c.key).where(register_lines.c.register_id == registers.c.id, which).exists()


def _lines_of_next(connection: Connection, last: int) -> list[tuple[int, set[str]]]:
    """The lines of the next contacts by id."""
    phones = select(contact_phones.c.contact_id, contact_phones.c.key)
    ids = select(contact_phones.c.contact_id).where(contact_phones.c.contact_id > last).distinct()
    found = list(connection.execute(ids.order_by(contact_phones.c.contact_id).limit(CONTACTS)).scalars())
    if not found:
        return []
    span = contact_phones.c.contact_id.between(found[0], found[-1])
    parts = select(contact_parts.c.contact_id, contact_parts.c.line)
    both = union_all(phones.where(span), parts.where(contact_parts.c.contact_id.between(found[0], found[-1])))
    rows = sorted((contact_id, line) for contact_id, line in connection.execute(both))
    return [(key, {line_of(line) for _id, line in group}) for key, group in groupby(rows, key=lambda row: row[0])]
