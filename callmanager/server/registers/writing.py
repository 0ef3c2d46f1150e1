"""Writes and clears lines of a register that nobody sees yet, or any more, in short transactions."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update

from callmanager.domain.people import SYSTEM
from callmanager.server.changes.turns import write_in_turns
from callmanager.server.changes.write import ChangeLog, Transaction
from callmanager.server.registers.comparing import Difference
from callmanager.server.registers.marking import ORIGIN
from callmanager.server.storage.prepared import insert_rows, run_many_prepared
from callmanager.server.storage.registers import register_lines

PIECE = 500

_of_register = register_lines.c.register_id == bindparam("b_register_id")
_TAKE = (
    update(register_lines)
    .where(_of_register, register_lines.c.key == bindparam("b_key"), register_lines.c.to_load.is_(None))
    .where(register_lines.c.from_load <= bindparam("b_seen"))
    .values(to_load=bindparam("b_load"))
)


def write_difference(connection: Connection, register_id: int, found: Difference, *, load_id: int, seen: int) -> None:
    """Let lines come and go with `load_id`; `seen` is the load that is in force."""
    table = {"register_id": register_id, "from_load": load_id, "to_load": None}
    insert_rows(connection, register_lines, [{**table, **line._asdict()} for line in found.put])
    taken = [{"b_register_id": register_id, "b_key": key, "b_seen": seen, "b_load": load_id} for key in found.taken]
    run_many_prepared(connection, _TAKE, taken)


def clear_unseen(log: ChangeLog, register_id: int, seen: int, *, origin_id: int) -> None:
    """Forget what loads after the one in force have written: they were cut off, or taken back."""
    after = or_(register_lines.c.from_load > seen, register_lines.c.to_load > seen)

    def clear(tx: Transaction, keys: list[str]) -> None:
        mine = and_(register_lines.c.register_id == register_id, register_lines.c.key.in_(keys))
        tx.connection.execute(delete(register_lines).where(mine, register_lines.c.from_load > seen))
        tx.connection.execute(update(register_lines).where(mine, register_lines.c.to_load > seen).values(to_load=None))

    def pieces() -> Iterator[list[str]]:
        last = ""
        while True:
            found = select(register_lines.c.key).where(register_lines.c.register_id == register_id, after)
            page = found.where(register_lines.c.key > last).order_by(register_lines.c.key).distinct().limit(PIECE)
            with log.storage.read() as connection:
                keys = list(connection.execute(page).scalars())
            if not keys:
                return
            yield keys
            last = keys[-1]

    for keys in pieces():
        for _done in write_in_turns(log, SYSTEM, ORIGIN, [keys], clear, origin_id=origin_id):
            pass
