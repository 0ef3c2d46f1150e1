"""Every table, as SQLAlchemy Core. Records carry the `seq` of their last change and the `version` it made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    false,
)

from callmanager.domain.contact_fields import FIELDS, RECORDS, ContactField, FieldKind
from callmanager.server.storage.types import BigNumber, Instant, Json, Sortable

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def identity() -> tuple[Column[Any], ...]:
    """What every record begins with: its number, the seq of its last change and how many it had."""
    return (
        Column("id", Integer, primary_key=True),
        Column("seq", BigNumber, nullable=False, index=True),
        Column("version", Integer, nullable=False),
    )


def life() -> tuple[Column[Any], ...]:
    """When a record was made, last changed and, if it is a tombstone, archived."""
    return (
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
        Column("archived_at", Instant),
    )


changes = Table(
    "changes",
    metadata,
    Column("seq", BigNumber, primary_key=True, autoincrement=False),
    Column("set_id", BigNumber, nullable=False, index=True),
    Column("at", Sortable, nullable=False),
    Column("actor_id", Integer, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("origin_id", BigNumber),
    Column("entity", Text, nullable=False),
    Column("record_id", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("scope_before", Text),
    Column("hash", Text, nullable=False),
    Index("ix_changes_entity_record_id_seq", "entity", "record_id", "seq"),
)
Index("ix_changes_actor_id_seq", changes.c.actor_id, changes.c.seq)
Index(
    "ix_changes_origin_id",
    changes.c.origin,
    changes.c.origin_id,
    sqlite_where=changes.c.origin_id.is_not(None),
    postgresql_where=changes.c.origin_id.is_not(None),
)
# What left which scope, and when: of a log of millions few, so that nobody reads the others to find them.
Index(
    "ix_changes_scope_before_seq",
    changes.c.scope_before,
    changes.c.seq,
    sqlite_where=changes.c.scope_before.is_not(None),
    postgresql_where=changes.c.scope_before.is_not(None),
)

# One row: the number and hash that the next change follows. On PostgreSQL locking it orders the writers.
log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigNumber, nullable=False),
    Column("set_id", BigNumber, nullable=False),
    Column("at", Sortable, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

teams = Table(
    "teams",
    metadata,
    *identity(),
    Column("name", Text, nullable=False),
    Column("name_key", Sortable, nullable=False, unique=True),
    *life(),
)

users = Table(
    "users",
    metadata,
    *identity(),
    Column("username", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("team_id", Integer, ForeignKey("teams.id"), index=True),
    Column("email", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
    Column("service", Boolean, nullable=False, server_default=false()),
    Column("must_change_password", Boolean, nullable=False),
    Column("password_changed_at", Instant),
    Column("password_hash", Text),
    Column("token_version", Integer, nullable=False),
    # seq at which what the user may see last changed; a client older than that must start from a snapshot
    Column("sight_seq", BigNumber, nullable=False, server_default="0"),
    *life(),
)

api_keys = Table(
    "api_keys",
    metadata,
    *identity(),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("public_id", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False),
    Column("permissions", Json),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    *life(),
)

sessions = Table(
    "sessions",
    metadata,
    *identity(),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("jti", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    *life(),
)
# Those in force, by whose they are and by when they end: ended ones stay, and there are more of them every day.
for _column in (sessions.c.user_id, sessions.c.expires_at):
    Index(
        f"ix_sessions_open_{_column.name}",
        _column,
        sqlite_where=sessions.c.archived_at.is_(None),
        postgresql_where=sessions.c.archived_at.is_(None),
    )

campaigns = Table(
    "campaigns",
    metadata,
    *identity(),
    Column("name", Text, nullable=False),
    Column("name_key", Sortable, nullable=False, unique=True),
    Column("team_id", Integer, ForeignKey("teams.id"), index=True),
    Column("active", Boolean, nullable=False),
    *life(),
    Column("calling_hours", Json),
)

_KEPT_AS = {
    **dict.fromkeys(
        (FieldKind.TEXT, FieldKind.LINES, FieldKind.EMAIL, FieldKind.E164, FieldKind.ZONE, FieldKind.STATUS), Text
    ),
    **dict.fromkeys((FieldKind.PHONES, FieldKind.EXTRA), Json),
    FieldKind.INSTANT: Instant,
    FieldKind.NUMBER: Integer,
    FieldKind.FLAG: Boolean,
}


def _contact_column(field: ContactField) -> Column[Any]:
    if field.kind in RECORDS:
        return Column(field.name, Integer, ForeignKey(f"{field.kind}s.id"))
    if field.name == "status_reason":  # which a migration has added: the contacts of before needed a value
        return Column(field.name, Text, nullable=False, server_default="")
    return Column(field.name, _KEPT_AS[field.kind], nullable=field.empty is None)


contacts = Table(
    "contacts",
    metadata,
    *identity(),
    *(_contact_column(field) for field in FIELDS),
    Column("name_key", Sortable, nullable=False),
    *life(),
    # The record as JSON, exactly as it goes on the wire: a page of a hundred is one string the database joins.
    Column("wire", Text, nullable=False),
)
Index("ix_contacts_name_key_id", contacts.c.name_key, contacts.c.id)
Index("ix_contacts_status_id", contacts.c.status, contacts.c.id)
for _column in (contacts.c.team_id, contacts.c.campaign_id, contacts.c.assigned_to, contacts.c.merged_into):
    Index(
        f"ix_contacts_{_column.name}_id",
        _column,
        contacts.c.id,
        sqlite_where=_column.is_not(None),
        postgresql_where=_column.is_not(None),
    )
Index(
    "ix_contacts_archived",
    contacts.c.seq,
    sqlite_where=contacts.c.archived_at.is_not(None),
    postgresql_where=contacts.c.archived_at.is_not(None),
)

# Derived from contacts.phones: by which key (E.164 or digits) whom a number belongs to.
contact_phones = Table(
    "contact_phones",
    metadata,
    Column("contact_id", Integer, ForeignKey("contacts.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("key", Sortable, nullable=False),
    Index("ix_contact_phones_key_contact_id", "key", "contact_id"),
    sqlite_with_rowid=False,
)

# Derived: folded words and digits of a contact, and the beginning of its note. On SQLite contact_fts indexes the words
# by trigrams (schema.py); notes are read, since an index of them makes an import a third slower (docs/decisions/0129).
contact_search = Table(
    "contact_search",
    metadata,
    Column("contact_id", Integer, ForeignKey("contacts.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)

# Who holds which contact. The row stays after a release, so that `token` only ever grows for a contact.
leases = Table(
    "leases",
    metadata,
    Column("contact_id", Integer, ForeignKey("contacts.id"), primary_key=True, autoincrement=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("holder", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("token", BigNumber, nullable=False),
    Column("acquired_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    # until when nobody else gets the contact; null once it was given back or its end was announced
    Column("free_at", Instant),
    # when the row was last written: the clock of leases never goes behind the latest of them
    Column("touched_at", Instant, nullable=False, index=True),
    Column("active_at", Instant, nullable=False),
    Column("asked_by", Integer, ForeignKey("users.id")),
    Column("answer_by", Instant),
)
Index(
    "ix_leases_free_at",
    leases.c.free_at,
    sqlite_where=leases.c.free_at.is_not(None),
    postgresql_where=leases.c.free_at.is_not(None),
)

# Leases that were taken from their holder, by whom and why: the audit of take-overs.
take_overs = Table(
    "take_overs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigNumber, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("contact_id", Integer, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("team_id", Integer, ForeignKey("teams.id")),
    Column("taken_from", Integer, ForeignKey("users.id"), nullable=False),
    Column("taken_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("archived_at", Instant),
)

# Each person's time, in one state after the other: of a person one interval is open, and they neither overlap nor gap.
agent_states = Table(
    "agent_states",
    metadata,
    *identity(),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("team_id", Integer, ForeignKey("teams.id")),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # who set the state of another, and why
    Column("set_by", Integer, ForeignKey("users.id")),
    Column("why", Text, nullable=False),
    *life(),
)
Index("ix_agent_states_user_id_started_at", agent_states.c.user_id, agent_states.c.started_at)
Index(
    "ix_agent_states_open",
    agent_states.c.user_id,
    unique=True,
    sqlite_where=agent_states.c.ended_at.is_(None),
    postgresql_where=agent_states.c.ended_at.is_(None),
)

# `key`: of kind line its key without extension; of kind person the number that was called, with it.
do_not_call = Table(
    "do_not_call",
    metadata,
    *identity(),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("key", Sortable, nullable=False, index=True),
    Column("contact_id", Integer, ForeignKey("contacts.id")),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("listed_on", Sortable),
    Column("expires_on", Sortable),
    *life(),
)
for _column in (do_not_call.c.contact_id, do_not_call.c.expires_on):
    _given = _column.is_not(None)
    Index(f"ix_do_not_call_{_column.name}", _column, sqlite_where=_given, postgresql_where=_given)

imports = Table(
    "imports",
    metadata,
    *identity(),
    Column("state", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("options", Json, nullable=False),
    Column("report", Json, nullable=False),
    Column("created_by", Integer, ForeignKey("users.id"), nullable=False),
    *life(),
)

# Rows that an import could not take, as they stood in the file, so that they can be mended and brought again; and,
# with another code, what is to be told of rows that it took.
import_rejections = Table(
    "import_rejections",
    metadata,
    Column("import_id", Integer, ForeignKey("imports.id"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("field", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("cells", Json, nullable=False),
)

import_mappings = Table(
    "import_mappings",
    metadata,
    *identity(),
    Column("name", Text, nullable=False),
    Column("name_key", Sortable, nullable=False, unique=True),
    Column("columns", Json, nullable=False),
    *life(),
)

# Who took contacts out, and which: the audit of exports.
exports = Table(
    "exports",
    metadata,
    *identity(),
    Column("format", Text, nullable=False),
    Column("filters", Json, nullable=False),
    Column("contacts", Integer, nullable=False),
    Column("created_by", Integer, ForeignKey("users.id"), nullable=False),
    *life(),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column("status", Integer),
    Column("answer", Text),
    Column("location", Text),
    Column("created_at", Instant, nullable=False, index=True),
)

throttles = Table(
    "throttles",
    metadata,
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("expires_at", Sortable, nullable=False, index=True),
)
