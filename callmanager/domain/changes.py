"""What a change is, and the hash chain that makes the log tamper-evident. Pure rules; reads and writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64

# The order in which a change is hashed, stored and exported; `hash` follows as the last column.
HASHED_COLUMNS = (
    "seq",
    "set_id",
    "at",
    "actor_id",
    "actor_name",
    "origin",
    "origin_id",
    "entity",
    "record_id",
    "kind",
    "fields",
    "scope",
    "scope_before",
)

CREATED = "created"
UPDATED = "updated"
DELETED = "deleted"
RESTORED = "restored"

EVERYONE = "everyone"
ADMINS = "admins"


def team_scope(team_id: int | None) -> str:
    """The scope of a record that belongs to a team; without one it is everyone's."""
    return EVERYONE if team_id is None else f"team:{team_id}"


def chain_hash(previous: str, row: Sequence[Any]) -> str:
    """SHA-256 (hex) over the previous hash and the row's canonical text.

    `row` holds the values of HASHED_COLUMNS; each is written with its length before it, so that no two rows
    have the same text. None is written as `-`, which no length can be.
    """
    parts = [previous]
    for value in row:
        if value is None:
            parts.append("-,")
        else:
            text = str(value)
            parts.append(f"{len(text)}:{text},")
    return hashlib.sha256("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What walking the chain found; `first_bad_seq` is the first row that does not follow from the one before."""

    ok: bool
    rows: int
    first_bad_seq: int | None
    head_seq: int
    head_hash: str


def verify_rows(rows: Iterable[Sequence[Any]], *, previous_seq: int = 0, previous_hash: str = GENESIS) -> ChainReport:
    """Walk `rows` (HASHED_COLUMNS and hash, ordered by seq) from the given anchor and name the first bad one."""
    seq, digest, count = previous_seq, previous_hash, 0
    for row in rows:
        if row[0] != seq + 1 or row[-1] != chain_hash(digest, row[:-1]):
            # a row that was taken out is the first bad one, not the one that stands after the gap
            return ChainReport(False, count, min(int(row[0]), seq + 1), seq, digest)
        seq, digest, count = int(row[0]), str(row[-1]), count + 1
    return ChainReport(True, count, None, seq, digest)
