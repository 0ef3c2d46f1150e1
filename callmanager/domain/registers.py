"""Do-not-call registers: named sources whose files replace each other, and when such a file has grown old. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

OLD_AFTER = timedelta(days=30)
NAME_LENGTH = 80
REGISTER_OLD = N_(
    "The file of the register %(name)s was loaded %(days)s days ago. Load a newer one: callmanager do-not-call load"
)


def check_source(text: str) -> str:
    """The name of a register. Raises Invalid."""
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_LENGTH or not any(map(str.isalnum, name)):
        raise Invalid(
            "source_invalid",
            N_("Write the name of the register, with at most %(limit)s characters."),
            fields={"field": "source"},
            limit=NAME_LENGTH,
        )
    return name


def age_in_days(loaded_at: datetime, now: datetime) -> int:
    """Whole days since its file was loaded."""
    return max(0, (now - loaded_at).days)


def is_old(loaded_at: datetime | None, now: datetime) -> bool:
    """Whether the register should be asked for a newer file. One that holds nothing is not old."""
    return loaded_at is not None and now - loaded_at > OLD_AFTER
