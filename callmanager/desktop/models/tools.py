"""What every model is given: the bus, the threads, the language and the clock."""

from __future__ import annotations

from dataclasses import dataclass

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.speech import Speech
from callmanager.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class Tools:
    """One set per window."""

    bus: Bus
    background: Background
    speech: Speech
    clock: Clock
