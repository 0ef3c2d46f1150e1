"""Whether the log's last stamp lies ahead of this PC's clock, and what to tell of it. It reads and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from callmanager.domain.clock import from_wire
from callmanager.domain.texts import N_
from callmanager.server.storage.tables import log_head

CODE = "log_ahead"
NOTICEABLE = timedelta(minutes=1)
SEEN = N_("The last change in the log is %(ahead)s ahead of this PC's clock, which shows %(now)s.")
ADVICE = N_(
    "If the clock is right now, there is nothing to do: the order of changes is kept, all else follows the clock, and "
    "the dates of new changes are right from %(until)s on. If it is wrong, set it right and let the network set it."
)


@dataclass(frozen=True, slots=True)
class Lead:
    """The log's last stamp, and a present that is more than a minute before it."""

    last: datetime
    now: datetime

    @property
    def params(self) -> dict[str, str]:
        """For SEEN and ADVICE; on the wall clock of this PC."""
        return {"ahead": _span(self.last - self.now), "now": _wall(self.now), "until": _wall(self.last)}


def lead_of(last: datetime | None, now: datetime) -> Lead | None:
    """None when there is nothing to tell."""
    return Lead(last, now) if last is not None and last - now >= NOTICEABLE else None


def find_lead(connection: Connection, now: datetime) -> Lead | None:
    """The same, of an open database."""
    last = connection.execute(select(log_head.c.at)).scalar()
    return None if last is None else lead_of(from_wire(last), now)


def _wall(instant: datetime) -> str:
    return instant.astimezone().strftime("%Y-%m-%d %H:%M")


def _span(span: timedelta) -> str:
    """`12 min`, `1 h 0 min`, `730 d 4 h`: the same in both languages."""
    minutes = span // timedelta(minutes=1)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
