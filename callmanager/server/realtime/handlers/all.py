"""Every event that clients may send. A file that is not imported here declares nothing."""

from __future__ import annotations

from callmanager.server.realtime.handlers import agents, contacts, locks, sync
from callmanager.server.realtime.registry import EVENTS

ALL_HANDLERS = (agents, contacts, locks, sync)

__all__ = ["ALL_HANDLERS", "EVENTS"]
