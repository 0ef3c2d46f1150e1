"""What commands print: tables, JSON, sentences and bars. A pipe gets tab-separated lines and no bars.

rich takes 60 ms to import, so it is loaded by the first table or bar on a terminal and by nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo
from typing import Any

import click

from callmanager.cli.spoken import say
from callmanager.domain.clock import from_wire
from callmanager.domain.search_text import fold
from callmanager.domain.texts import N_

_YES_OR_NO = N_("y/N")
_STEPS = (("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000))

Advance = Callable[[int, int], None]

_zone: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


def show_times_in(zone: tzinfo) -> None:
    """Let this run tell times by the clock of the office."""
    _zone.set(zone)


def on_the_wall(instant: datetime) -> datetime:
    """The same instant on the office's clock; on this PC's as long as nobody told whose."""
    return instant.astimezone(_zone.get())


def tell(message: str, /, **params: object) -> None:
    """One sentence on the standard output."""
    click.echo(say(message, **params))


def warn(message: str, /, **params: object) -> None:
    """One sentence on the standard error."""
    click.echo(say(message, **params), err=True)


def confirmed(message: str, *, default: bool = False) -> bool:
    """Whether a person says yes, in either language; no answer is the default, anything else is no."""
    try:
        answer = input(f"{say(message)} [{say(_YES_OR_NO)}]: ")
    except EOFError:
        return default
    if not answer.strip():
        return default
    return fold(answer).strip() in {"s", "si", "y", "yes"}


def show_json(value: Any) -> None:
    """A value for machines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show_table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows under headings, no word ever cut; `columns` maps the names in a row to the msgids of their headings."""
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    if not sys.stdout.isatty():
        for line in ([say(heading) for heading in columns.values()], *cells):
            click.echo("\t".join(line))
        return
    from callmanager.cli.tables import print_table  # noqa: PLC0415

    print_table([say(heading) for heading in columns.values()], cells)


def local_time(instant: datetime | str | None) -> str:
    """An instant (or its wire text) by the office's clock: `2026-11-22 10:53`."""
    if not instant:
        return ""
    at = from_wire(instant) if isinstance(instant, str) else instant
    return on_the_wall(at).strftime("%Y-%m-%d %H:%M")


def size_text(size: float) -> str:
    """`12.3 MB`."""
    unit, step = next((pair for pair in reversed(_STEPS) if size >= pair[1]), _STEPS[0])
    return f"{size / step:.0f} {unit}" if step == 1 else f"{size / step:.1f} {unit}"


@contextmanager
def bar(label: str) -> Iterator[Advance]:
    """A progress bar on the standard error; call what it gives with (done, total). Nothing without a terminal."""
    if not sys.stderr.isatty():
        yield _ignore
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    looks = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*looks, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


def _ignore(_done: int, _total: int) -> None:
    return


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return say(N_("yes")) if value else say(N_("no"))
    return "" if value is None else str(value)
