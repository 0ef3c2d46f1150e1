"""Instants as people read them: dd/mm/aaaa, 24 h, in the time of this PC."""

from __future__ import annotations

from datetime import datetime

from callmanager.domain.clock import from_wire


def show_clock(instant: datetime, now: datetime) -> str:
    """`16:05`, and with the day before it when that is another: `22/11/2026 16:05`."""
    local = instant.astimezone()
    is_today = local.date() == now.astimezone().date()
    return f"{local:%H:%M}" if is_today else f"{local:%d/%m/%Y %H:%M}"


def show_wire_clock(wire: str, now: datetime) -> str:
    """`show_clock` of an instant of the wire; "" for a text that names none."""
    try:
        return show_clock(from_wire(wire), now)
    except ValueError:
        return ""
