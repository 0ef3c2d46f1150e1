"""What IT should be told at each start: of who may come in, and of the clock. It reads and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from callmanager.domain.people import fold_username
from callmanager.domain.registers import REGISTER_OLD
from callmanager.domain.texts import N_
from callmanager.server.queries.log_lead import ADVICE, CODE, SEEN, find_lead
from callmanager.server.queries.registers import list_old
from callmanager.server.security.keys import EXAMPLE_KEYS, is_no_secret
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import users


@dataclass(frozen=True, slots=True)
class StartWarning:
    """`code` for the log, `message` an English msgid for people, whose placeholders `params` fill."""

    code: str
    message: str
    params: dict[str, str] = field(default_factory=dict)


def start_warnings(storage: Storage, *, configured: Mapping[str, str], auth_required: bool) -> list[StartWarning]:
    """The warnings of a start. `configured` is AUTH_TOKENS: key to user name, empty for nobody's. No key is told."""
    warnings = [
        StartWarning(
            "first_password_in_use",
            N_("The user %(name)s still has the first password. Change it: callmanager user set-password %(name)s"),
            {"name": name},
        )
        for name in _with_first_password(storage)
    ]
    if EXAMPLE_KEYS & configured.keys():
        warnings.append(
            StartWarning(
                "example_key_in_use",
                N_("AUTH_TOKENS holds the example key, which everybody knows. It works on this PC only; take it out."),
            )
        )
    elif any(map(is_no_secret, configured)):
        warnings.append(
            StartWarning(
                "short_key_in_use",
                N_(
                    "AUTH_TOKENS holds a key of fewer than 20 characters, which can be guessed. It works on this PC "
                    "only; make a longer one."
                ),
            )
        )
    if not auth_required:
        warnings.append(
            StartWarning(
                "auth_is_off", N_("ENABLE_AUTH is False: every program on this PC may read and change everything.")
            )
        )
    return warnings + [
        StartWarning(
            "key_without_user",
            N_("AUTH_TOKENS names %(name)s, who is no active user: that key opens nothing. Correct the name."),
            {"name": name},
        )
        for name in _unknown(storage, configured.values())
    ]


def clock_warnings(storage: Storage, now: datetime) -> list[StartWarning]:
    """What the log shows of a clock that was, or is, wrong."""
    with storage.read() as connection:
        lead = find_lead(connection, now)
    return (
        []
        if lead is None
        else [StartWarning(CODE, SEEN, lead.params), StartWarning(f"{CODE}_advice", ADVICE, lead.params)]
    )


def register_warnings(storage: Storage, now: datetime) -> list[StartWarning]:
    """Registers of numbers never to call that should be asked for a newer file."""
    with storage.read() as connection:
        old = list_old(connection, now)
    return [
        StartWarning("register_old", REGISTER_OLD, {"name": one["name"], "days": str(one["age_days"])}) for one in old
    ]


def _with_first_password(storage: Storage) -> list[str]:
    """Only the first user is made without anybody having chosen a password."""
    statement = select(users.c.username).where(
        users.c.password_hash.is_not(None), users.c.password_changed_at.is_(None), users.c.active.is_(True)
    )
    with storage.read() as connection:
        return list(connection.execute(statement).scalars())


def _unknown(storage: Storage, names: Iterable[str]) -> list[str]:
    wanted = {fold_username(name) for name in names if name}
    statement = select(users.c.username).where(users.c.username.in_(wanted), users.c.active.is_(True))
    with storage.read() as connection:
        return sorted(wanted - set(connection.execute(statement).scalars()))
