"""Brings a database to the schema this program knows: makes a new one, migrates an older one, refuses a newer one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, Dialect, MetaData, PrimaryKeyConstraint, String, Table, inspect, text
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import ExecutableDDLElement

from callmanager.domain.changes import GENESIS
from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.storage import calls as _calls  # noqa: F401 - a table that nobody imports is not made
from callmanager.server.storage import contact_index as _contact_index  # noqa: F401
from callmanager.server.storage import registers as _registers  # noqa: F401
from callmanager.server.storage.dispositions import dispositions, first_rows
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import log_head, meta, metadata

# The newest file in migrations/versions; a test holds the two together.
HEAD_REVISION = "0011"

# Alembic's own table, as Alembic makes it.
_versions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

_written: dict[str, Sequence[str]] = {}


def needs_migration(storage: Storage) -> str | None:
    """The revision of a database that `ensure_schema` would migrate: take a backup first. None when it would not."""
    with storage.read() as connection:
        found = current_revision(connection)
        if found is None or found == HEAD_REVISION:
            return None
        _check_known(found)
    return found


def ensure_schema(storage: Storage, *, now: datetime) -> str | None:
    """Make or migrate the tables. Returns the revision that was there before, None when the database was empty.

    Raises Unavailable, and leaves the database as it is, when a newer program or another one has written it.
    """
    with storage.write(bulk=True) as connection:
        found = current_revision(connection)
        if found is None:
            _check_empty(connection)
            create_schema(connection)
            write_first_rows(connection, now=now)
        elif found != HEAD_REVISION:
            _migrate(connection, found)
    return found


def current_revision(connection: Connection) -> str | None:
    """The revision that the database says it has; None without any table of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def create_schema(connection: Connection) -> None:
    """Every table, index, trigger and row, as if all migrations had run; a test holds the two together."""
    for statement in _statements(connection.dialect):
        connection.exec_driver_sql(statement)
    connection.execute(dispositions.insert(), first_rows())
    connection.execute(_versions.insert().values(version_num=HEAD_REVISION))


def _statements(dialect: Dialect) -> Sequence[str]:
    """The whole schema in a database's own words, which are worked out once in a process."""
    if dialect.name not in _written:
        tables: list[str] = []

        def write(element: ExecutableDDLElement, *_parameters: object, **_options: object) -> None:
            tables.append(str(element.compile(dialect=dialect)))

        pen = MockConnection(dialect, write)
        _versions.create(pen, checkfirst=False)
        metadata.create_all(pen, checkfirst=False)
        _written[dialect.name] = (*tables, *DDL[dialect.name])
    return _written[dialect.name]


def write_first_rows(connection: Connection, *, now: datetime) -> None:
    """What an empty database holds: the start of the log and the database's lineage."""
    connection.execute(log_head.insert().values(id=1, seq=0, set_id=0, at=to_wire(now), hash=GENESIS))
    connection.execute(meta.insert().values(key="epoch", value=str(uuid.uuid4())))
    connection.execute(meta.insert().values(key="created_at", value=to_wire(now)))


def _migrate(connection: Connection, found: str) -> None:
    _check_known(found)
    # Alembic takes 0.3 s to import; a start that has nothing to migrate does without it.
    from callmanager.server.storage.migrations.run import upgrade  # noqa: PLC0415

    upgrade(connection)


def _check_known(found: str) -> None:
    from callmanager.server.storage.migrations.run import known_revisions  # noqa: PLC0415

    if found not in known_revisions():
        raise Unavailable(
            "schema_newer",
            N_("A newer CallManager has written this database (schema %(found)s). Install that version or restore."),
            found=found,
        )


def _check_empty(connection: Connection) -> None:
    names = inspect(connection).get_table_names()
    if names:
        raise Unavailable(
            "database_foreign",
            N_("The database holds tables of another program (%(name)s). Give DATABASE the name of a new file."),
            name=names[0],
        )


# What tables.py cannot say: the log refuses changes to itself, and SQLite indexes words by trigrams.
_SQLITE_DDL = (
    """CREATE TRIGGER changes_refuse_update BEFORE UPDATE ON changes
       BEGIN SELECT RAISE(ABORT, 'the change log is append-only'); END""",
    """CREATE TRIGGER changes_refuse_delete BEFORE DELETE ON changes
       BEGIN SELECT RAISE(ABORT, 'the change log is append-only'); END""",
    """CREATE VIRTUAL TABLE contact_fts USING fts5(
       text, content='contact_search', content_rowid='contact_id', tokenize='trigram')""",
    """CREATE TRIGGER contact_search_insert AFTER INSERT ON contact_search
       BEGIN INSERT INTO contact_fts(rowid, text) VALUES (new.contact_id, new.text); END""",
    """CREATE TRIGGER contact_search_delete AFTER DELETE ON contact_search
       BEGIN INSERT INTO contact_fts(contact_fts, rowid, text) VALUES ('delete', old.contact_id, old.text); END""",
    """CREATE TRIGGER contact_search_update AFTER UPDATE OF text ON contact_search
       BEGIN INSERT INTO contact_fts(contact_fts, rowid, text) VALUES ('delete', old.contact_id, old.text);
             INSERT INTO contact_fts(rowid, text) VALUES (new.contact_id, new.text); END""",
)

_POSTGRESQL_DDL = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the change log is append-only'; END $$""",
    """CREATE TRIGGER changes_refuse_update BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)

DDL = {"sqlite": _SQLITE_DDL, "postgresql": _POSTGRESQL_DDL}
