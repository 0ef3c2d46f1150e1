"""The dispositions, with the fourteen that the program brings."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SORTABLE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_BROUGHT_AT = "2026-11-22T00:00:00.000Z"

_PLAIN: dict[str, Any] = {
    "name": "",
    "contact": False,
    "positive": False,
    "sale": False,
    "final": "no",
    "do_not_call": False,
    "number_mark": "",
    "callback": "no",
    "needs_note": False,
    "retry": {},
    "priority": None,
    "key": None,
    "ask_below_seconds": 0,
    "active": True,
}
_OURS: dict[str, dict[str, Any]] = {
    "SIN_GESTIONAR": {"priority": 3},
    "NC": {"retry": {"delays": [7_200, 14_400, "next_day"], "most": 6}, "priority": 1, "key": 1},
    "OCUPADO": {"retry": {"delays": [900], "most": 4}, "priority": 1, "key": 2},
    "BUZON": {"retry": {"delays": [14_400], "most": 4}, "priority": 2, "key": 3},
    "CUELGA": {"contact": True, "retry": {"delays": ["next_day"], "most": 2}, "priority": 2, "key": 4},
    "VOLVER_A_LLAMAR": {"contact": True, "callback": "required", "priority": 0, "key": 5},
    "INTERESADO": {
        "contact": True,
        "positive": True,
        "callback": "suggested",
        "priority": 4,
        "key": 6,
        "ask_below_seconds": 10,
    },
    "VENTA": {
        "contact": True,
        "positive": True,
        "sale": True,
        "final": "always",
        "key": 7,
        "ask_below_seconds": 10,
    },
    "NO_INTERESADO": {"contact": True, "final": "campaign", "key": 8},
    "NO_CONTACTO": {"final": "always", "do_not_call": True, "priority": 22, "key": 9},
    "SERVICIOS_ACTIVOS": {
        "contact": True,
        "final": "campaign",
        "priority": 10,
        "retry": {"delays": [15_724_800], "most": 10},
    },
    "NUMERO_EQUIVOCADO": {"number_mark": "wrong"},
    "NO_EXISTE": {"number_mark": "nonexistent", "priority": 20},
    "SIN_RED": {"retry": {"delays": [259_200], "most": 3}, "priority": 21},
}


def upgrade() -> None:
    """Make the table and fill it."""
    table = op.create_table(
        "dispositions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Boolean(), nullable=False),
        sa.Column("positive", sa.Boolean(), nullable=False),
        sa.Column("sale", sa.Boolean(), nullable=False),
        sa.Column("final", sa.Text(), nullable=False),
        sa.Column("do_not_call", sa.Boolean(), nullable=False),
        sa.Column("number_mark", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("needs_note", sa.Boolean(), nullable=False),
        sa.Column("retry", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("key", sa.Integer(), nullable=True),
        sa.Column("ask_below_seconds", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _SORTABLE, nullable=False),
        sa.Column("updated_at", _SORTABLE, nullable=False),
        sa.Column("archived_at", _SORTABLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_dispositions"),
        sa.UniqueConstraint("code", name="uq_dispositions_code"),
    )
    op.create_index("ix_dispositions_seq", "dispositions", ["seq"])
    op.create_index(
        "ix_dispositions_key",
        "dispositions",
        ["key"],
        unique=True,
        sqlite_where=sa.text("active IS 1"),
        postgresql_where=sa.text("active IS true"),
    )
    op.bulk_insert(table, [_row(number, code) for number, code in enumerate(_OURS, 1)])


def _row(number: int, code: str) -> dict[str, Any]:
    values = {**_PLAIN, **_OURS[code]}
    values["retry"] = json.dumps(values["retry"], separators=(",", ":"))
    life = {"created_at": _BROUGHT_AT, "updated_at": _BROUGHT_AT, "archived_at": None}
    return {"id": number, "seq": 0, "version": 1, "code": code, "position": number, **values, **life}
