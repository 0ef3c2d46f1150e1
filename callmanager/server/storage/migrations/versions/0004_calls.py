"""The record of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SORTABLE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_OWNERS = {"contact_id": "contacts", "team_id": "teams", "campaign_id": "campaigns", "user_id": "users"}


def upgrade() -> None:
    """Make the table of calls; nobody has called yet."""
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=True),
        sa.Column("key", _SORTABLE, nullable=False),
        sa.Column("driver", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", _SORTABLE, nullable=False),
        sa.Column("dialing_at", _SORTABLE, nullable=True),
        sa.Column("ringing_at", _SORTABLE, nullable=True),
        sa.Column("connected_at", _SORTABLE, nullable=True),
        sa.Column("ended_at", _SORTABLE, nullable=True),
        sa.Column("held_since", _SORTABLE, nullable=True),
        sa.Column("held_milliseconds", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("connected_assumed", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("callback_at", _SORTABLE, nullable=True),
        sa.Column("dispositioned_at", _SORTABLE, nullable=True),
        sa.Column("effects", sa.Text(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=False),
        sa.Column("lease_token", _NUMBER, nullable=True),
        sa.Column("created_at", _SORTABLE, nullable=False),
        sa.Column("updated_at", _SORTABLE, nullable=False),
        sa.Column("archived_at", _SORTABLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        *(sa.ForeignKeyConstraint([own], [f"{to}.id"], name=f"fk_calls_{own}") for own, to in _OWNERS.items()),
    )
    op.create_index("ix_calls_seq", "calls", ["seq"])
    op.create_index("ix_calls_requested_at", "calls", ["requested_at"])
    for name in ("contact_id", "user_id", "team_id", "key"):
        op.create_index(f"ix_calls_{name}_requested_at", "calls", [name, "requested_at"])
    for name in ("contact_id", "user_id"):
        _index_where(f"ix_calls_live_{name}", name, "ended_at IS NULL", unique=True)
    _index_where("ix_calls_undisposed", "user_id", "dispositioned_at IS NULL", unique=False)


def _index_where(name: str, column: str, condition: str, *, unique: bool) -> None:
    where = sa.text(condition)
    op.create_index(name, "calls", [column], unique=unique, sqlite_where=where, postgresql_where=where)
