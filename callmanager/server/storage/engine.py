"""Opens the database. Readers get snapshots; writers get short transactions, one at a time.

Nothing above this folder knows which database it is.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection


class Storage(Protocol):
    """The seam to a database; SQLite and PostgreSQL implement it and one contract suite tests both."""

    dialect: str

    def read(self, *, single: bool = False) -> AbstractContextManager[Connection]:
        """A connection on which everything read belongs to one instant. It cannot write.

        `single`: one statement will be asked, which is of one instant by itself and needs no transaction around it.
        """
        ...

    def write(self, *, bulk: bool = False) -> AbstractContextManager[Connection]:
        """A write transaction: durable when the block has been left, undone when it raised.

        `bulk` marks a long one (a batch of an import), which shares its commit with nobody.
        Raises Unavailable when the disk is full or the database does not answer.
        """
        ...

    def check(self) -> None:
        """Raise Unavailable when what was opened is not the database any more: somebody put another file there."""
        ...

    def close(self) -> None:
        """End every connection. A reader or writer still at work keeps its own until it is done."""
        ...


def open_storage(database: str, *, home: Path, readers: int = 8) -> Storage:
    """The storage that `database` names: a `postgresql://` address, or a file relative to `home`."""
    if database.startswith(("postgresql://", "postgresql+psycopg://")):
        from callmanager.server.storage.postgresql import PostgresqlStorage  # noqa: PLC0415 - driver is optional

        return PostgresqlStorage(database, readers=readers)
    from callmanager.server.storage.sqlite import SqliteStorage  # noqa: PLC0415

    return SqliteStorage(home / database, readers=readers)
