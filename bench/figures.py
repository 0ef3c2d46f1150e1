"""A figure, its floor and whether it reaches what was promised; and the table and the file they end up in."""

from __future__ import annotations

import json
import platform
import sqlite3
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ratio` is the median of the rounds' ratios; `ok` is None where nothing is promised."""

    work: str
    ours: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    reach: str = ""
    ok: bool | None = None
    note: str = ""


Pairs = Sequence[tuple[float, float]]
"""Ours and the floor, measured one after the other in the same round."""


def at_least(work: str, pairs: Pairs, bound: float, unit: str, *, note: str = "") -> Figure:
    """More is better: ours must reach `bound` times the floor."""
    return _compared(work, pairs, unit, reach=f">= {bound:g}x", ok=_ratio(pairs) >= bound, note=note)


def at_most(work: str, pairs: Pairs, bound: float, unit: str, *, note: str = "") -> Figure:
    """Less is better: ours may be `bound` times the floor."""
    return _compared(work, pairs, unit, reach=f"<= {bound:g}x", ok=_ratio(pairs) <= bound, note=note)


def beside(work: str, pairs: Pairs, unit: str, *, note: str = "") -> Figure:
    """Ours beside a floor, with nothing promised."""
    return _compared(work, pairs, unit, reach="", ok=None, note=note)


def below(work: str, value: float, bound: float, unit: str, *, note: str = "") -> Figure:
    """A value that must stay under `bound`, which is no other measurement."""
    return Figure(work, value, unit, reach=f"< {bound:g} {unit}", ok=value < bound, note=note)


def told(work: str, value: float, unit: str, *, note: str = "") -> Figure:
    """A value to know, with nothing promised."""
    return Figure(work, value, unit, note=note)


def interleaved(rounds: int, *measures: Callable[[], float]) -> list[tuple[float, ...]]:
    """What each measure says in each round. They take turns, and change their order, so that drift hits all alike."""
    found = []
    for number in range(rounds):
        order = range(len(measures)) if number % 2 == 0 else reversed(range(len(measures)))
        values = {index: measures[index]() for index in order}
        found.append(tuple(values[index] for index in range(len(measures))))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text."""
    head = ("work", "ours", "floor", "ratio", "reach", "", "note")
    lines = [head, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def save(figures: Sequence[Figure], path: Path, *, size: str) -> None:
    """The figures as JSON, with the machine they were measured on."""
    machine = {"system": platform.platform(), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine, "size": size, "figures": [asdict(f) for f in figures]}, indent=1))


def _ratio(pairs: Pairs) -> float:
    return statistics.median(ours / floor for ours, floor in pairs)


def _compared(work: str, pairs: Pairs, unit: str, *, reach: str, ok: bool | None, note: str) -> Figure:
    ours, floor = (statistics.median(pair[index] for pair in pairs) for index in (0, 1))
    return Figure(work, ours, unit, floor, _ratio(pairs), reach, ok, note)


def _cells(figure: Figure) -> tuple[str, ...]:
    verdict = {True: "ok", False: "MISS", None: ""}[figure.ok]
    floor = "-" if figure.floor is None else _number(figure.floor)
    ratio = "-" if figure.ratio is None else f"{figure.ratio:.3g}x"
    return (figure.work, f"{_number(figure.ours)} {figure.unit}", floor, ratio, figure.reach, verdict, figure.note)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
