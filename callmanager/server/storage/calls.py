"""The table of calls: what was dialled for which contact, when it got how far, and what came of it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    literal,
    or_,
)

from callmanager.domain.calls import NOT_DIALLED
from callmanager.server.storage.tables import identity, life, metadata
from callmanager.server.storage.types import BigNumber, Instant, Json, Sortable

calls = Table(
    "calls",
    metadata,
    *identity(),
    Column("contact_id", Integer, ForeignKey("contacts.id"), nullable=False),
    # those of the contact when it was called
    Column("team_id", Integer, ForeignKey("teams.id")),
    Column("campaign_id", Integer, ForeignKey("campaigns.id")),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("e164", Text),
    Column("key", Sortable, nullable=False),
    Column("driver", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("dialing_at", Instant),
    Column("ringing_at", Instant),
    Column("connected_at", Instant),
    Column("ended_at", Instant),
    # since when the call is on hold just now, and for how long it was before
    Column("held_since", Instant),
    Column("held_milliseconds", Integer, nullable=False),
    Column("estimated", Boolean, nullable=False),
    # what an end that is only assumed leaves unsaid, and whether the contact has got its attempt
    Column("connected_assumed", Boolean, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("cause", Text),
    Column("result", Text),
    Column("disposition", Text),
    Column("note", Text, nullable=False),
    Column("callback_at", Instant),
    Column("dispositioned_at", Instant),
    # what the disposition did to other records, for taking it back: actions/call_effects.py
    Column("effects", Json, nullable=False),
    Column("override_reason", Text, nullable=False),
    Column("lease_token", BigNumber),
    *life(),
)
Index("ix_calls_contact_id_requested_at", calls.c.contact_id, calls.c.requested_at)
Index("ix_calls_user_id_requested_at", calls.c.user_id, calls.c.requested_at)
Index("ix_calls_team_id_requested_at", calls.c.team_id, calls.c.requested_at)
Index("ix_calls_requested_at", calls.c.requested_at)
Index("ix_calls_key_requested_at", calls.c.key, calls.c.requested_at)
# Of a contact and of a person at most one call is up, whoever writes.
for _column in (calls.c.contact_id, calls.c.user_id):
    Index(
        f"ix_calls_live_{_column.name}",
        _column,
        unique=True,
        sqlite_where=calls.c.ended_at.is_(None),
        postgresql_where=calls.c.ended_at.is_(None),
    )
# Those that still wait for what came of them: few, and asked for with every new call.
Index(
    "ix_calls_undisposed",
    calls.c.user_id,
    sqlite_where=calls.c.dispositioned_at.is_(None),
    postgresql_where=calls.c.dispositioned_at.is_(None),
)


_DIALLED = or_(
    calls.c.dialing_at.is_not(None),
    calls.c.ringing_at.is_not(None),
    calls.c.connected_at.is_not(None),
    calls.c.cause.not_in([literal(cause.value) for cause in sorted(NOT_DIALLED)]),
)

# What the statements about the calls of a line say of its key; `on_line` (actions/attempts.py) gives the values.
BARE_LINE = calls.c.key == bindparam("b_line")
WITH_EXTENSION = and_(calls.c.key >= bindparam("b_first"), calls.c.key < bindparam("b_after"))


def may_have_dialled() -> ColumnElement[bool]:
    """Whether a phone dialled, or may still dial: not so of what was given up before."""
    return or_(calls.c.cause.is_(None), _DIALLED)


def waits_for_disposition() -> ColumnElement[bool]:
    """As domain/calls.needs_disposition: it has ended, and nobody has said what came of it."""
    return and_(calls.c.dispositioned_at.is_(None), calls.c.ended_at.is_not(None), _DIALLED)
