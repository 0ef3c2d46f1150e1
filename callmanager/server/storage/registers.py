"""The tables of do-not-call registers: each source, the files of it that were loaded, and the lines that they hold.

A register may hold a million lines, so these are no records of the log: the log tells of each file (a load), and a line
says with which load it came (`from_load`) and with which it went (`to_load`). A register shows its lines as they were
with `load_id`: a file is written out of sight, seen at once, and taken back by naming the load before it.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, ForeignKey, Index, Integer, Table, Text, and_, or_

from callmanager.server.storage.tables import identity, life, metadata
from callmanager.server.storage.types import Instant, Json, Sortable

registers = Table(
    "registers",
    metadata,
    *identity(),
    Column("name", Text, nullable=False),
    Column("name_key", Sortable, nullable=False, unique=True),
    # that of the file that is in force; 0 for none
    Column("load_id", Integer, nullable=False),
    Column("loaded_at", Instant),
    Column("numbers", Integer, nullable=False),
    *life(),
)

register_loads = Table(
    "register_loads",
    metadata,
    *identity(),
    Column("register_id", Integer, ForeignKey("registers.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    # what was in force before it
    Column("previous_id", Integer, nullable=False),
    Column("previous_at", Instant),
    Column("previous_numbers", Integer, nullable=False),
    Column("report", Json, nullable=False),
    Column("created_by", Integer, ForeignKey("users.id"), nullable=False),
    *life(),
)

register_lines = Table(
    "register_lines",
    metadata,
    # the line comes first: a call asks which registers hold it, and a file is walked by it
    Column("key", Sortable, primary_key=True),
    Column("register_id", Integer, ForeignKey("registers.id"), primary_key=True),
    Column("from_load", Integer, primary_key=True),
    Column("to_load", Integer),
    Column("reference", Text, nullable=False),
    Column("listed_on", Sortable),
    Column("expires_on", Sortable),
    sqlite_with_rowid=False,
)
_given = register_lines.c.expires_on.is_not(None)
Index(
    "ix_register_lines_expires_on",
    register_lines.c.register_id,
    register_lines.c.expires_on,
    sqlite_where=_given,
    postgresql_where=_given,
)


def shown_at(load_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a line belongs to its register as it is with that load."""
    gone = register_lines.c.to_load
    return and_(register_lines.c.from_load <= load_id, or_(gone.is_(None), gone > load_id))
