"""What was withdrawn after a backup was taken (keys, access, rights, old passwords) and would come back with it.

A list of them travels as text inside the restored database until its next start has done them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from callmanager.domain.texts import N_

WITHDRAWN = "withdrawn"
"""The row of `meta` in which backups/marks.py leaves the list and actions/withdrawing.py finds it."""


class WithdrawalKind(StrEnum):
    """What was withdrawn, in the order in which it is told."""

    KEY = "key"
    PERSON = "person"
    PASSWORD = "password"  # noqa: S105
    ROLE = "role"
    TEAM = "team"
    SESSIONS = "sessions"
    NUMBER = "number"


SENTENCES = {
    WithdrawalKind.KEY: N_("keys that were revoked: %(names)s"),
    WithdrawalKind.PERSON: N_("people who were deactivated: %(names)s"),
    WithdrawalKind.PASSWORD: N_("passwords that were changed: %(names)s"),
    WithdrawalKind.ROLE: N_("rights that were lowered: %(names)s"),
    WithdrawalKind.TEAM: N_("people who were moved out of a team: %(names)s"),
    WithdrawalKind.SESSIONS: N_("sessions that were ended: %(names)s"),
    WithdrawalKind.NUMBER: N_("numbers that must not be called: %(names)s"),
}
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """`name` is for people; `record_id` is that of the user or key; `values` are what his row had afterwards."""

    kind: WithdrawalKind
    record_id: int
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


def to_text(withdrawals: Iterable[Withdrawal]) -> str:
    return json.dumps([asdict(one) for one in withdrawals], ensure_ascii=False)


def from_text(text: str) -> list[Withdrawal]:
    """Raises ValueError, KeyError or TypeError for a text that `to_text` did not make."""
    return [Withdrawal(**{**one, "kind": WithdrawalKind(one["kind"])}) for one in json.loads(text)]


def told(withdrawals: Iterable[Withdrawal]) -> list[tuple[str, dict[str, str]]]:
    """Msgid and parameters of one line for each kind."""
    names: dict[WithdrawalKind, list[str]] = {}
    for one in withdrawals:
        names.setdefault(one.kind, []).append(one.name)
    return [(SENTENCES[kind], {"names": _few(names[kind])}) for kind in WithdrawalKind if kind in names]


def _few(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" (+{rest})" if rest > 0 else "")
