"""The record of people's states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SORTABLE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of intervals; nobody is in any state yet."""
    op.create_table(
        "agent_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", _SORTABLE, nullable=False),
        sa.Column("ended_at", _SORTABLE, nullable=True),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created_at", _SORTABLE, nullable=False),
        sa.Column("updated_at", _SORTABLE, nullable=False),
        sa.Column("archived_at", _SORTABLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_agent_states"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_states_user_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_agent_states_team_id"),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name="fk_agent_states_set_by"),
    )
    op.create_index("ix_agent_states_seq", "agent_states", ["seq"])
    op.create_index("ix_agent_states_user_id_started_at", "agent_states", ["user_id", "started_at"])
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_agent_states_open",
        "agent_states",
        ["user_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
