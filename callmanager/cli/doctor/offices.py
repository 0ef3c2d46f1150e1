"""Checks of the office: its name, its clock, when it calls and how often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from callmanager.cli.doctor.findings import Finding, ok, problem, warning
from callmanager.domain.office import can_load_zone, zone_named
from callmanager.domain.texts import N_
from callmanager.settings import Settings

OFFICE, ZONE, HOURS, LIMITS = N_("Office"), N_("Time zone"), N_("Calling hours"), N_("Limits of calls")


def check_office(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What the settings say of it, and whether the PC has the tables of time zones that contacts need."""
    advice = N_("Write OFFICE_NAME into config.py.")
    if settings.OFFICE_NAME:
        yield ok("office", OFFICE, "%(name)s (%(region)s)", name=settings.OFFICE_NAME, region=settings.DEFAULT_REGION)
    else:
        yield ok("office", OFFICE, N_("It has no name (%(region)s)."), advice, region=settings.DEFAULT_REGION)
    yield _zone(settings, now)
    yield from _missing_zones()
    always = N_("Always, unless a campaign has its own.")
    yield ok("hours", HOURS, "%(hours)s" if settings.OFFICE_HOURS else always, hours=settings.OFFICE_HOURS)
    yield _limits(settings)


def _zone(settings: Settings, now: datetime) -> Finding:
    local = now.astimezone(zone_named(settings.OFFICE_ZONE))
    params = {"zone": settings.OFFICE_ZONE or str(local.tzname()), "now": f"{local:%Y-%m-%d %H:%M %z}"}
    if settings.OFFICE_ZONE:
        return ok("zone", ZONE, N_("%(zone)s: there it is %(now)s"), **params)
    advice = N_('Write it into config.py, such as OFFICE_ZONE = "America/Costa_Rica".')
    if local.tzname() == "UTC":
        seen = N_("This PC keeps UTC, and OFFICE_ZONE is not set: the days of the office end at the wrong hour.")
        return warning("zone", ZONE, seen, advice)
    return ok("zone", ZONE, N_("That of this PC, %(zone)s: %(now)s"), advice, **params)


def _missing_zones() -> Iterator[Finding]:
    from phonenumbers.timezone import UNKNOWN_TIMEZONE  # noqa: PLC0415 - 100 ms of tables
    from phonenumbers.tzdata import TIMEZONE_DATA  # noqa: PLC0415

    named = {name for zones in TIMEZONE_DATA.values() for name in zones} - {UNKNOWN_TIMEZONE}
    missing = sorted(name for name in named if not can_load_zone(name))
    if missing:
        yield problem(
            "zones",
            ZONE,
            N_("This PC lacks the tables of %(count)s time zones (%(zone)s ...); contacts there have the office's."),
            N_("Run: pip install --upgrade tzdata"),
            count=len(missing),
            zone=missing[0],
        )


def _limits(settings: Settings) -> Finding:
    return ok(
        "limits",
        LIMITS,
        N_(
            "In all %(total)s, a day %(day)s, in 24 hours %(rolling)s, a day of all campaigns %(line)s, days of rest "
            "after a no %(rest)s (0: no limit)"
        ),
        total=settings.CALLS_IN_ALL,
        day=settings.CALLS_PER_DAY,
        rolling=settings.CALLS_PER_ROLLING_DAY,
        line=settings.CALLS_PER_LINE_AND_DAY,
        rest=settings.REST_DAYS_AFTER_NO,
    )
