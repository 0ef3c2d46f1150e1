"""The do-not-call list bars lines or people, with source and expiry; a status set by hand may say why.

What the list held were numbers with their extension, each once. They become lines: an extension is none of its own.
Who is barred as a person is settled at the start (actions/prohibiting.py), where the log can record it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

_SORTABLE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_EXTENSION_MARK = ";ext="


def upgrade() -> None:
    _rebuild_list()
    op.add_column("contacts", sa.Column("status_reason", sa.Text(), server_default="", nullable=False))
    _put_into_wire()
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contact_phones", "key", type_=sa.Text(collation="C"))


def _rebuild_list() -> None:
    """SQLite takes a unique constraint away only with its table; the list is small."""
    rows = [dict(row) for row in op.get_bind().execute(sa.text("SELECT * FROM do_not_call ORDER BY id")).mappings()]
    op.drop_index("ix_do_not_call_seq", "do_not_call")
    op.drop_table("do_not_call")
    table = op.create_table(
        "do_not_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("key", _SORTABLE, nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "source", "reference")),
        *(sa.Column(name, _SORTABLE, nullable=True) for name in ("listed_on", "expires_on")),
        *(sa.Column(name, _SORTABLE, nullable=False) for name in ("created_at", "updated_at")),
        sa.Column("archived_at", _SORTABLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_do_not_call"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_do_not_call_contact_id"),
    )
    op.create_index("ix_do_not_call_seq", "do_not_call", ["seq"])
    op.create_index("ix_do_not_call_key", "do_not_call", ["key"])
    for column in ("contact_id", "expires_on"):
        op.create_index(f"ix_do_not_call_{column}", "do_not_call", [column], **_where(f"{column} IS NOT NULL"))
    op.bulk_insert(table, [_as_line(row) for row in rows])


def _as_line(row: dict[str, Any]) -> dict[str, Any]:
    more = {"kind": "line", "contact_id": None, "source": "", "reference": "", "listed_on": None, "expires_on": None}
    return {**row, **more, "key": row["key"].partition(_EXTENSION_MARK)[0]}


def _where(condition: str) -> dict[str, Any]:
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}


def _put_into_wire() -> None:
    """The JSON that is kept of each contact ends with its lock."""
    end = ',"lock":null}'
    kept = f"substr(wire, 1, length(wire) - {len(end)})"
    op.execute(sa.text(f"UPDATE contacts SET wire = {kept} || :more").bindparams(more=f',"status_reason":""{end}'))
