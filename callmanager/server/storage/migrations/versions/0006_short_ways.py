"""Indexes of the few rows that are asked for among the many that only grow."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """What left which scope; which sessions are in force."""
    op.drop_index("ix_changes_moved", "changes")
    op.create_index(
        "ix_changes_scope_before_seq", "changes", ["scope_before", "seq"], **_where("scope_before IS NOT NULL")
    )
    op.drop_index("ix_sessions_user_id", "sessions")
    for column in ("user_id", "expires_at"):
        op.create_index(f"ix_sessions_open_{column}", "sessions", [column], **_where("archived_at IS NULL"))


def _where(condition: str) -> dict[str, Any]:
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}
