"""Brings a database to the schema this program knows: makes a new one, migrates an older one, refuses a newer one."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Connection, inspect, text

from callmanager.domain.changes import GENESIS
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.storage import ddl
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import log_head, meta, metadata

# The newest file in migrations/versions; a test holds the two together.
HEAD_REVISION = "0001"


def ensure_schema(storage: Storage, *, now: datetime) -> str | None:
    """Make or migrate the tables. Returns the revision that was there before, None when the database was empty.

    Raises Unavailable when a newer program has written this database.
    """
    with storage.write(bulk=True) as connection:
        found = current_revision(connection)
        if found is None:
            create_schema(connection, now=now)
        elif found != HEAD_REVISION:
            _migrate(connection, found)
    return found


def current_revision(connection: Connection) -> str | None:
    """The revision that the database says it has; None without any table of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def create_schema(connection: Connection, *, now: datetime) -> None:
    """Every table, trigger and first row, as if all migrations had run."""
    metadata.create_all(connection, checkfirst=False)
    for statement in ddl.STATEMENTS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": HEAD_REVISION})
    connection.execute(log_head.insert().values(id=1, seq=0, set_id=0, at=to_wire(now), hash=GENESIS))
    connection.execute(meta.insert().values(key="epoch", value=str(uuid.uuid4())))
    connection.execute(meta.insert().values(key="created_at", value=to_wire(now)))


def _migrate(connection: Connection, found: str) -> None:
    # Alembic takes 0.3 s to import; a start that has nothing to migrate does without it.
    from callmanager.server.storage.migrations.run import known_revisions, upgrade  # noqa: PLC0415

    if found not in known_revisions():
        raise Unavailable(
            "schema_newer",
            N_("A newer CallManager has written this database (schema %(found)s). Install that version or restore."),
            found=found,
        )
    upgrade(connection)
