"""The stages of signing in, and what the PC provides for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.pc.configured import Configured
from callmanager.desktop.pc.discovery import Announced, find_servers
from callmanager.desktop.pc.keyring_safe import Safe


class SessionStage(StrEnum):
    """Where the user stands."""

    CHOOSING = "choosing"
    STARTING = "starting"
    SIGNING_IN = "signing_in"
    MUST_CHANGE = "must_change"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class PcSurroundings:
    """What the PC gives the session."""

    folder: Path
    preferences: Preferences
    safe: Safe
    configured: Configured = field(default_factory=Configured)
    pc_name: str = "PC"
    find_servers: Callable[[], list[Announced]] = find_servers
