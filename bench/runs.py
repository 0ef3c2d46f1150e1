"""What a row is given: how large, how long, how often, and where its offices come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.offices import Offices


@dataclass(frozen=True)
class Run:
    """One run of the bench. `seconds` is how long one measurement of a rate lasts."""

    folder: Path
    contacts: int
    rounds: int
    seconds: float

    @property
    def offices(self) -> Offices:
        return Offices(self.folder)


def full(folder: Path) -> Run:
    """The size that is promised."""
    return Run(folder, contacts=100_000, rounds=5, seconds=3.0)


def small(folder: Path) -> Run:
    """A look within a minute; its figures prove nothing."""
    return Run(folder, contacts=5_000, rounds=3, seconds=1.0)
