"""Contacts are found by the beginning of their note, too. An edit of it leaves the index of the words alone."""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

SEARCHED = 500
AT_ONCE = 1_000
_MARKS = re.compile(r"[\u0300-\u036f]")
_SPACES = re.compile(r"\s+")

_SQLITE = (
    "DROP TRIGGER contact_search_update",
    """CREATE TRIGGER contact_search_update AFTER UPDATE OF text ON contact_search
       BEGIN INSERT INTO contact_fts(contact_fts, rowid, text) VALUES ('delete', old.contact_id, old.text);
             INSERT INTO contact_fts(rowid, text) VALUES (new.contact_id, new.text); END""",
)


def upgrade() -> None:
    op.add_column("contact_search", sa.Column("note", sa.Text(), server_default="", nullable=False))
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
    _fill()


def _fill() -> None:
    """As `domain/search_text.py` has it from now on."""
    connection, last = op.get_bind(), 0
    noted = sa.text("SELECT id, note FROM contacts WHERE id > :last AND note <> '' ORDER BY id LIMIT :most")
    write = sa.text("UPDATE contact_search SET note = :note WHERE contact_id = :id")
    while rows := connection.execute(noted, {"last": last, "most": AT_ONCE}).all():
        connection.execute(write, [{"id": row.id, "note": _folded(row.note)} for row in rows])
        last = rows[-1].id


def _folded(note: str) -> str:
    beginning = note[:SEARCHED]
    text = (
        beginning.lower()
        if beginning.isascii()
        else _MARKS.sub("", unicodedata.normalize("NFKD", beginning.casefold()))
    )
    return _SPACES.sub(" ", text)
