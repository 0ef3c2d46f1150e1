"""Contacts may say which clock is theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

_LOCK = ',"lock":null}'


def upgrade() -> None:
    """Nobody has said it yet. The JSON that is kept of each contact ends with its lock."""
    op.add_column("contacts", sa.Column("zone", sa.Text(), nullable=True))
    kept = f"substr(wire, 1, length(wire) - {len(_LOCK)})"
    op.execute(sa.text(f"UPDATE contacts SET wire = {kept} || :zone").bindparams(zone=f',"zone":null{_LOCK}'))
