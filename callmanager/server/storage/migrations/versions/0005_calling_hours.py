"""When a campaign lets call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Campaigns get the column; those there are have no limits."""
    op.add_column("campaigns", sa.Column("calling_hours", sa.Text(), nullable=True))
