"""Tables as wide as the terminal. No word is cut or broken: people copy names, files and numbers from them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table

_WIDE_GAP = 2


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under headings; where even the longest words do not fit side by side, a line for each value instead."""
    console = Console(markup=False, highlight=False)
    fitted = _fit(headings, rows, console.width)
    if fitted is None:
        _print_as_lines(console, headings, rows)
        return
    gap, widths = fitted
    columns = [
        Column(heading, width=width, overflow="fold", header_style="bold")
        for heading, width in zip(headings, widths, strict=True)
    ]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, gap, 0, 0))
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _fit(headings: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> tuple[int, list[int]] | None:
    """The gap between columns and their widths, in cells; None when some word would have to be broken."""
    texts = list(zip(headings, *rows, strict=True))
    widths = [max(map(cell_len, column)) for column in texts]
    least = [max(_longest_word(text) for text in column) for column in texts]
    between = len(widths) - 1
    gap = _WIDE_GAP if sum(widths) + _WIDE_GAP * between <= room else 1
    room -= gap * between
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max((at for at in range(len(widths)) if widths[at] > least[at]), key=widths.__getitem__)
        widths[widest] -= 1
    return gap, widths


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=1)


def _print_as_lines(console: Console, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        for heading, text in zip(headings, row, strict=True):
            console.print(f"{heading}: {text}", soft_wrap=True)
        console.print()
