"""Files of do-not-call registers are kept, and the lines of cells that may hold several numbers.

Which lines a contact's cell may mean depends on the country of the office: the start notes them
(actions/prohibiting.py), where the log can record it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

_SORTABLE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _make_parts()
    _make_registers()
    _make_loads()
    _make_lines()


def _make_parts() -> None:
    op.create_table(
        "contact_parts",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("line", _SORTABLE, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "line", name="pk_contact_parts"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_contact_parts_contact_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_contact_parts_line_contact_id", "contact_parts", ["line", "contact_id"])


def _make_registers() -> None:
    op.create_table(
        "registers",
        *_identity(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _SORTABLE, nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("loaded_at", _SORTABLE, nullable=True),
        sa.Column("numbers", sa.Integer(), nullable=False),
        *_life(),
        sa.PrimaryKeyConstraint("id", name="pk_registers"),
        sa.UniqueConstraint("name_key", name="uq_registers_name_key"),
    )
    op.create_index("ix_registers_seq", "registers", ["seq"])


def _make_loads() -> None:
    op.create_table(
        "register_loads",
        *_identity(),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("previous_id", sa.Integer(), nullable=False),
        sa.Column("previous_at", _SORTABLE, nullable=True),
        sa.Column("previous_numbers", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        *_life(),
        sa.PrimaryKeyConstraint("id", name="pk_register_loads"),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"], name="fk_register_loads_register_id"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_register_loads_created_by"),
    )
    op.create_index("ix_register_loads_seq", "register_loads", ["seq"])
    op.create_index("ix_register_loads_register_id", "register_loads", ["register_id"])


def _make_lines() -> None:
    op.create_table(
        "register_lines",
        sa.Column("key", _SORTABLE, nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("from_load", sa.Integer(), nullable=False),
        sa.Column("to_load", sa.Integer(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("listed_on", _SORTABLE, nullable=True),
        sa.Column("expires_on", _SORTABLE, nullable=True),
        sa.PrimaryKeyConstraint("key", "register_id", "from_load", name="pk_register_lines"),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"], name="fk_register_lines_register_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_register_lines_expires_on", "register_lines", ["register_id", "expires_on"], **_where("expires_on")
    )


def _identity() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _life() -> list[sa.Column[Any]]:
    return [
        *(sa.Column(name, _SORTABLE, nullable=False) for name in ("created_at", "updated_at")),
        sa.Column("archived_at", _SORTABLE, nullable=True),
    ]


def _where(column: str) -> dict[str, Any]:
    return {f"{dialect}_where": sa.text(f"{column} IS NOT NULL") for dialect in ("sqlite", "postgresql")}
