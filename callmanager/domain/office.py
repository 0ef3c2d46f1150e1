"""What is the same for a whole office: its name, its clock, when it calls and how often. Words only, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from callmanager.domain.calling_hours import CallingHours


class ComputerZone(tzinfo):
    """The clock of this computer, its changes of summer and winter included."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:  # noqa: ARG002  # as tzinfo has it: not known
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        return None if dt is None else dt.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, dt: datetime) -> datetime:
        here = dt.replace(tzinfo=UTC).astimezone()
        wall = here.replace(tzinfo=None)
        second = wall.astimezone().utcoffset() != here.utcoffset()  # the same time on the wall came an hour ago
        return wall.replace(tzinfo=self, fold=int(second))

    def __str__(self) -> str:
        return ""


def zone_named(name: str) -> tzinfo:
    """The zone with this IANA name; "" is this computer's. Raises ZoneInfoNotFoundError, ValueError."""
    return ZoneInfo(name) if name else ComputerZone()


def can_load_zone(name: str) -> bool:
    """Whether this PC knows a zone by that name; an OSError is for the name of a folder, such as "Europe"."""
    try:
        zone_named(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How often one line may be dialled, and for how long who said no is left alone. 0 is no limit.

    total:       tries of a campaign since somebody was last reached; then it asks once
    per_day:     dials of a campaign on one day of the contact's place
    per_24h:     dials of a campaign within any 24 hours
    line_day:    dials of all campaigns together on one day of the contact's place
    gap:         for so long after a dial that rang the same line or contact asks once
    rest_days:   for so many days after a no the contact is not called
    callbacks_pass: whether a call that the person asked for, once it is due, passes the three of a day
    """

    total: int = 6
    per_day: int = 0
    per_24h: int = 0
    line_day: int = 0
    gap: timedelta = timedelta(minutes=60)
    rest_days: int = 0
    callbacks_pass: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """`hours` count for contacts without a campaign, and where the campaign has none of its own; None is always."""

    name: str = ""
    zone: tzinfo = field(default_factory=ComputerZone)
    hours: CallingHours | None = None
    limits: CallLimits = CallLimits()
