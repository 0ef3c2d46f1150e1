"""The first schema. Written down as it is: what tables.py becomes later never changes this file."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SORTABLE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_SQLITE = (
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
    """CREATE TRIGGER contact_search_update AFTER UPDATE ON contact_search
       BEGIN INSERT INTO contact_fts(contact_fts, rowid, text) VALUES ('delete', old.contact_id, old.text);
             INSERT INTO contact_fts(rowid, text) VALUES (new.contact_id, new.text); END""",
)

_POSTGRESQL = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the change log is append-only'; END $$""",
    """CREATE TRIGGER changes_refuse_update BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    """Make every table, index and trigger."""
    _log()
    _people()
    _credentials()
    _campaigns()
    _contacts()
    _contact_indexes()
    _leases()
    _take_overs()
    _imports()
    _exports()
    _requests()
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def _where(condition: str) -> dict[str, Any]:
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}


def _head() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _trail() -> list[sa.Column[Any]]:
    return [
        sa.Column("created_at", _SORTABLE, nullable=False),
        sa.Column("updated_at", _SORTABLE, nullable=False),
        sa.Column("archived_at", _SORTABLE, nullable=True),
    ]


def _log() -> None:
    op.create_table(
        "changes",
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("set_id", _NUMBER, nullable=False),
        sa.Column("at", _SORTABLE, nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("origin_id", _NUMBER, nullable=True),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_before", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
    )
    op.create_index("ix_changes_actor_id_seq", "changes", ["actor_id", "seq"])
    op.create_index("ix_changes_entity_record_id_seq", "changes", ["entity", "record_id", "seq"])
    op.create_index("ix_changes_moved", "changes", ["seq"], **_where("scope_before IS NOT NULL"))
    op.create_index("ix_changes_origin_id", "changes", ["origin", "origin_id"], **_where("origin_id IS NOT NULL"))
    op.create_index("ix_changes_set_id", "changes", ["set_id"])
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("set_id", _NUMBER, nullable=False),
        sa.Column("at", _SORTABLE, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_head"),
        sa.CheckConstraint("id = 1", name="ck_log_head_one_row"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _people() -> None:
    op.create_table(
        "teams",
        *_head(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _SORTABLE, nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("name_key", name="uq_teams_name_key"),
    )
    op.create_index("ix_teams_seq", "teams", ["seq"])
    op.create_table(
        "users",
        *_head(),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("service", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("password_changed_at", _SORTABLE, nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("sight_seq", _NUMBER, server_default="0", nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username", name="uq_users_username"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_users_team_id"),
    )
    op.create_index("ix_users_seq", "users", ["seq"])
    op.create_index("ix_users_team_id", "users", ["team_id"])


def _credentials() -> None:
    op.create_table(
        "api_keys",
        *_head(),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=True),
        sa.Column("expires_at", _SORTABLE, nullable=True),
        sa.Column("last_used_at", _SORTABLE, nullable=True),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("public_id", name="uq_api_keys_public_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id"),
    )
    op.create_index("ix_api_keys_seq", "api_keys", ["seq"])
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "sessions",
        *_head(),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("expires_at", _SORTABLE, nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("jti", name="uq_sessions_jti"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
    )
    op.create_index("ix_sessions_seq", "sessions", ["seq"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        *_head(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _SORTABLE, nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("name_key", name="uq_campaigns_name_key"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_campaigns_team_id"),
    )
    op.create_index("ix_campaigns_seq", "campaigns", ["seq"])
    op.create_index("ix_campaigns_team_id", "campaigns", ["team_id"])


def _contacts() -> None:
    op.create_table(
        "contacts",
        *_head(),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("phone_valid", sa.Boolean(), nullable=False),
        sa.Column("phones", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _SORTABLE, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_called_at", _SORTABLE, nullable=True),
        sa.Column("last_called_by", sa.Integer(), nullable=True),
        sa.Column("next_call_at", _SORTABLE, nullable=True),
        sa.Column("do_not_call", sa.Boolean(), nullable=False),
        *_trail(),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("wire", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.ForeignKeyConstraint(["assigned_to"], ["users.id"], name="fk_contacts_assigned_to"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_contacts_campaign_id"),
        sa.ForeignKeyConstraint(["last_called_by"], ["users.id"], name="fk_contacts_last_called_by"),
        sa.ForeignKeyConstraint(["merged_into"], ["contacts.id"], name="fk_contacts_merged_into"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_contacts_team_id"),
    )
    op.create_index("ix_contacts_archived", "contacts", ["seq"], **_where("archived_at IS NOT NULL"))
    op.create_index(
        "ix_contacts_assigned_to_id", "contacts", ["assigned_to", "id"], **_where("assigned_to IS NOT NULL")
    )
    op.create_index(
        "ix_contacts_campaign_id_id", "contacts", ["campaign_id", "id"], **_where("campaign_id IS NOT NULL")
    )
    op.create_index(
        "ix_contacts_merged_into_id", "contacts", ["merged_into", "id"], **_where("merged_into IS NOT NULL")
    )
    op.create_index("ix_contacts_name_key_id", "contacts", ["name_key", "id"])
    op.create_index("ix_contacts_seq", "contacts", ["seq"])
    op.create_index("ix_contacts_status_id", "contacts", ["status", "id"])
    op.create_index("ix_contacts_team_id_id", "contacts", ["team_id", "id"], **_where("team_id IS NOT NULL"))


def _contact_indexes() -> None:
    op.create_table(
        "contact_phones",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "position", name="pk_contact_phones"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_contact_phones_contact_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_contact_phones_key_contact_id", "contact_phones", ["key", "contact_id"])
    op.create_table(
        "contact_search",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_contact_search"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_contact_search_contact_id"),
    )
    op.create_table(
        "do_not_call",
        *_head(),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_do_not_call"),
        sa.UniqueConstraint("key", name="uq_do_not_call_key"),
    )
    op.create_index("ix_do_not_call_seq", "do_not_call", ["seq"])


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("contact_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("holder", "session", "purpose")),
        sa.Column("token", _NUMBER, nullable=False),
        *(sa.Column(name, _SORTABLE, nullable=False) for name in ("acquired_at", "expires_at")),
        sa.Column("free_at", _SORTABLE, nullable=True),
        *(sa.Column(name, _SORTABLE, nullable=False) for name in ("touched_at", "active_at")),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("answer_by", _SORTABLE, nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name="pk_leases"),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_leases_asked_by"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_leases_contact_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_leases_user_id"),
    )
    op.create_index("ix_leases_free_at", "leases", ["free_at"], **_where("free_at IS NOT NULL"))
    op.create_index("ix_leases_touched_at", "leases", ["touched_at"])


def _take_overs() -> None:
    op.create_table(
        "take_overs",
        *_head(),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("taken_from", "taken_by")),
        sa.Column("reason", sa.Text(), nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_take_overs"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_take_overs_contact_id"),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name="fk_take_overs_taken_by"),
        sa.ForeignKeyConstraint(["taken_from"], ["users.id"], name="fk_take_overs_taken_from"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_take_overs_team_id"),
    )
    op.create_index("ix_take_overs_contact_id", "take_overs", ["contact_id"])
    op.create_index("ix_take_overs_seq", "take_overs", ["seq"])


def _imports() -> None:
    op.create_table(
        "imports",
        *_head(),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_imports_created_by"),
    )
    op.create_index("ix_imports_seq", "imports", ["seq"])
    op.create_table(
        "import_rejections",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "row", name="pk_import_rejections"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_rejections_import_id"),
    )
    op.create_table(
        "import_mappings",
        *_head(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _SORTABLE, nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_import_mappings"),
        sa.UniqueConstraint("name_key", name="uq_import_mappings_name_key"),
    )
    op.create_index("ix_import_mappings_seq", "import_mappings", ["seq"])


def _exports() -> None:
    op.create_table(
        "exports",
        *_head(),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        *_trail(),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_exports_created_by"),
    )
    op.create_index("ix_exports_seq", "exports", ["seq"])


def _requests() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("created_at", _SORTABLE, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_table(
        "throttles",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", _SORTABLE, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttles"),
    )
    op.create_index("ix_throttles_expires_at", "throttles", ["expires_at"])
