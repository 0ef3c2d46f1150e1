"""Instants of calls as the list shows them: today, yesterday and tomorrow by name, other days as dd/mm/aaaa."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from callmanager.domain.clock import from_wire
from callmanager.domain.texts import N_

_NAMED = {-1: N_("yesterday %(time)s"), 0: N_("today %(time)s"), 1: N_("tomorrow %(time)s")}


def show_when(wire: str | None, now: datetime, say: Callable[..., str]) -> str:
    """`hoy 16:05` or `22/11/2026 16:05`, in the time of this PC; "" for none."""
    if not wire:
        return ""
    try:
        local = from_wire(wire).astimezone()
    except ValueError:
        return ""
    days = (local.date() - now.astimezone().date()).days
    named = _NAMED.get(days)
    return say(named, time=f"{local:%H:%M}") if named else f"{local:%d/%m/%Y %H:%M}"
