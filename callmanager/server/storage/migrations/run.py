"""Runs the migrations in versions/ inside the caller's transaction, without an ini file or an env.py."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(Path(__file__).parent)


def known_revisions() -> set[str]:
    """Every revision this program can start from or leads to."""
    return {script.revision for script in _scripts().walk_revisions()}


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the database to the newest revision, or to an older one. The caller commits, or rolls everything back."""
    scripts = _scripts()

    def steps(revision: Any, _context: MigrationContext) -> Iterable[RevisionStep]:
        return scripts._upgrade_revs(to, revision)

    if not connection.in_transaction():
        connection.begin()  # Alembic leaves the transaction to whoever has begun one
    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()
