"""A database made at once and one that went through every migration are the same, and both are what tables.py says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from callmanager.domain.clock import to_wire
from callmanager.domain.dispositions import STATUSES
from callmanager.domain.search_text import searched_note
from callmanager.server.changes.entities import CAMPAIGN
from callmanager.server.storage import schema
from callmanager.server.storage.contact_index import matching_ids
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.migrations.run import known_revisions, upgrade
from callmanager.server.storage.tables import metadata
from tests.contracts.conftest import BOTH
from tests.office import START, Office

OpenDatabase = Callable[[str], Storage]

_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master"
_POSTGRESQL = (
    """SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
       FROM information_schema.columns WHERE table_schema = 'public'""",
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "SELECT relname FROM pg_class WHERE relkind = 'S'",
)


@pytest.fixture
def storage(empty_storage: Storage) -> Storage:
    """Migrations begin with nothing."""
    return empty_storage


def catalog(storage: Storage) -> list[tuple[Any, ...]]:
    """Everything the database says of its own shape, in one order and spacing."""
    with storage.read() as connection:
        statements = (_SQLITE,) if storage.dialect == "sqlite" else _POSTGRESQL
        rows = [tuple(row) for statement in statements for row in connection.execute(text(statement))]
    return sorted(tuple(plain(value) for value in row) for row in rows)


def plain(value: object) -> str:
    """Without the spacing of the statement, nor the order of columns and constraints: all statements name them."""
    text_ = re.sub(r"\s+", " ", str(value)).removesuffix(" )")
    return ", ".join(sorted(re.split(r", (?![^()]*\))", text_.replace("( ", "(, ", 1))))


def drift(connection: Connection) -> list[Any]:
    """What a migration would have to change for the database to be what tables.py says (defaults: see the catalog)."""

    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        # contact_fts and the tables SQLite keeps for it are written out in schema.py
        return not (kind == "table" and str(name).startswith(("contact_fts", "alembic_version")))

    options = {"include_object": ours, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


@pytest.mark.parametrize("kind", BOTH)
def test_a_new_database_equals_one_that_was_migrated_from_nothing(open_database: OpenDatabase, kind: str) -> None:
    made, migrated = open_database(kind), open_database(kind)
    with made.write(bulk=True) as connection:
        schema.create_schema(connection)
    with migrated.write(bulk=True) as connection:
        upgrade(connection)
    assert set(catalog(made)) ^ set(catalog(migrated)) == set()
    assert len(catalog(made)) > 20
    with migrated.read() as connection:
        assert schema.current_revision(connection) == schema.HEAD_REVISION


@pytest.mark.parametrize("kind", BOTH)
def test_a_new_database_and_a_migrated_one_hold_the_same_dispositions(open_database: OpenDatabase, kind: str) -> None:
    made, migrated = open_database(kind), open_database(kind)
    with made.write(bulk=True) as connection:
        schema.create_schema(connection)
    with migrated.write(bulk=True) as connection:
        upgrade(connection)
    found = []
    for storage in (made, migrated):
        with storage.read() as connection:
            rows = connection.execute(text("SELECT * FROM dispositions ORDER BY id"))
            found.append([dict(row) for row in rows.mappings()])
    assert found[0] == found[1]
    assert [row["code"] for row in found[0]] == list(STATUSES)


def test_the_campaigns_of_an_older_database_let_call_at_any_time(storage: Storage) -> None:
    with storage.write(bulk=True) as connection:
        upgrade(connection, to="0004")
        schema.write_first_rows(connection, now=START)
        old = (
            "id, seq, version, name, name_key, active, created_at, updated_at",
            "1, 1, 1, 'Uno', 'uno', true, :at, :at",
        )
        connection.execute(text(f"INSERT INTO campaigns ({old[0]}) VALUES ({old[1]})"), {"at": to_wire(START)})
    assert schema.ensure_schema(storage, now=START) == "0004"
    with Office(storage).write() as tx:
        campaign = tx.get(CAMPAIGN, 1)
        assert (campaign["name"], campaign["calling_hours"]) == ("Uno", None)


def test_contacts_of_an_older_database_have_no_zone_and_still_end_with_their_lock(storage: Storage) -> None:
    with storage.write(bulk=True) as connection:
        upgrade(connection, to="0006")
        schema.write_first_rows(connection, now=START)
        insert_old_contact(connection)
    assert schema.ensure_schema(storage, now=START) == "0006"
    with storage.read() as connection:
        wire = orjson.loads(connection.execute(text("SELECT wire FROM contacts")).scalar_one())
    assert (wire["zone"], wire["extra"], wire["lock"]) == (None, {"lock": "null}"}, None)
    assert list(wire)[-1] == "lock"


def test_contacts_of_an_older_database_are_found_by_their_notes(storage: Storage) -> None:
    note = "Prefiere  LA TARDE;\nhabló con Íñigo. " + "x" * 600
    with storage.write(bulk=True) as connection:
        upgrade(connection, to="0006")
        schema.write_first_rows(connection, now=START)
        insert_old_contact(connection)
        connection.execute(text("UPDATE contacts SET note = :note, name = 'Ana', name_key = 'ana'"), {"note": note})
        connection.execute(text("INSERT INTO contact_search (contact_id, text) VALUES (1, 'ana 88880000')"))
    schema.ensure_schema(storage, now=START)
    with storage.read() as connection:
        kept = connection.execute(text("SELECT note FROM contact_search")).scalar_one()
        assert kept == searched_note({"note": note})
        found = matching_ids(storage.dialect, "inigo tarde ana")
        assert list(connection.execute(found).scalars()) == [1]


def insert_old_contact(connection: Connection) -> None:
    """One as revision 0006 kept it, with an extra field that looks like the end of its JSON."""
    stamp, phone = to_wire(START), {"number": "8888-0000", "e164": None, "label": "", "valid": False, "key": "88880000"}
    plain = {"id": 1, "seq": 0, "version": 1, "attempts": 0, "phone_valid": False, "do_not_call": False}
    texts = dict.fromkeys(("email", "company", "note", "name_key", "name"), "")
    row = {**plain, **texts, "phone": "8888-0000", "status": "SIN_GESTIONAR", "created_at": stamp, "updated_at": stamp}
    wire = {**row, "phones": [phone], "extra": {"lock": "null}"}, "archived_at": None, "lock": None}
    kept = {name: orjson.dumps(value).decode() for name, value in (("phones", [phone]), ("wire", wire))}
    row |= {**kept, "extra": '{"lock":"null}"}'}
    names = f"({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"
    connection.execute(text(f"INSERT INTO contacts {names}"), row)


@pytest.mark.parametrize("kind", BOTH)
def test_the_migrations_lead_to_what_the_tables_say(open_database: OpenDatabase, kind: str) -> None:
    storage = open_database(kind)
    with storage.write(bulk=True) as connection:
        upgrade(connection)
    with storage.write(bulk=True) as connection:
        assert drift(connection) == []


@pytest.mark.parametrize("kind", BOTH)
def test_a_column_that_no_migration_makes_is_noticed(open_database: OpenDatabase, kind: str) -> None:
    storage = open_database(kind)
    with storage.write(bulk=True) as connection:
        upgrade(connection)
        connection.execute(text("ALTER TABLE teams ADD COLUMN colour TEXT"))
        connection.execute(text("DROP INDEX ix_changes_scope_before_seq"))
    with storage.write(bulk=True) as connection:
        found = [step[0] if isinstance(step, tuple) else step[0][0] for step in drift(connection)]
        assert sorted(found) == ["add_index", "remove_column"]


def test_the_newest_migration_is_the_revision_that_new_databases_bear() -> None:
    scripts = ScriptDirectory(Path(schema.__file__).parent / "migrations")
    assert scripts.get_current_head() == schema.HEAD_REVISION
    assert schema.HEAD_REVISION in known_revisions()


def test_a_migration_that_fails_leaves_the_database_as_it_was(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError), storage.write(bulk=True) as connection:
        _ = upgrade(connection), 1 / 0  # type: ignore[func-returns-value]
    with storage.read() as connection:
        assert schema.current_revision(connection) is None
    assert [row for row in catalog(storage) if "contacts" in row] == []


def test_a_migrated_database_works_like_a_new_one(storage: Storage) -> None:
    with storage.write(bulk=True) as connection:
        upgrade(connection)
        schema.write_first_rows(connection, now=START)
    office = Office(storage)
    assert office.create(name="Ana").id == 1
    assert schema.needs_migration(storage) is None


def test_an_older_database_is_migrated_at_the_start(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version knows a revision after this one: what this version wrote is brought there, and only once."""
    office = Office(storage)
    office.create(name="Ana")
    ran: list[str] = []

    def to_the_next(connection: Connection) -> None:
        ran.append("9999")
        connection.execute(text("ALTER TABLE teams ADD COLUMN colour TEXT"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    present = schema.HEAD_REVISION
    monkeypatch.setattr(schema, "HEAD_REVISION", "9999")
    monkeypatch.setattr("callmanager.server.storage.migrations.run.upgrade", to_the_next)
    assert schema.needs_migration(storage) == present
    assert schema.ensure_schema(storage, now=START) == present
    assert schema.needs_migration(storage) is None
    assert schema.ensure_schema(storage, now=START) == "9999"
    assert ran == ["9999"]
