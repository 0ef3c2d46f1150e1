"""What an import did or would do, in words and numbers. Knows no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.desktop.models.listing.cells import show_number
from callmanager.desktop.speech import Speech
from callmanager.domain.texts import N_

_KINDS: tuple[tuple[str, str, str, bool], ...] = (
    ("inserted", N_("New contacts"), N_("New contacts"), False),
    ("updated", N_("Known contacts that take something new"), N_("Known contacts that took something new"), False),
    ("unchanged", N_("Known contacts that stay as they are"), N_("Known contacts that stayed as they are"), False),
    ("duplicates_merged", N_("Repeated rows that join another row"), N_("Repeated rows joined with another"), False),
    ("rejected", N_("Rows that cannot be taken"), N_("Rows that were not taken"), True),
)
_DOUBTS: dict[str, str] = {
    "numbers_of_others": N_("Further numbers left out: other contacts have them"),
    "dropped_values": N_("Values left out: an earlier row says something else"),
    "broken_cells": N_("Formulas without a result, left out"),
    "cannot_be_dialled": N_("Numbers kept as written that cannot be dialled"),
    "unknown_statuses": N_("Words that are no status, kept as a field of their own"),
    "stray_cells": N_("Cells beside the table, kept as a field of their own"),
}
STATES: dict[str, str] = {
    "running": N_("Running"),
    "done": N_("Done"),
    "cancelled": N_("Cancelled"),
    "failed": N_("Stopped before its end"),
    "undone": N_("Undone"),
}
MOST_REASONS = 8
MOST_ROWS = 5
MOST_VALUES = 3
VALUE_CHARS = 40
_DOUBT_OF_ROWS = N_("%(detail)s  Rows %(rows)s: %(values)s")


@dataclass(frozen=True, slots=True)
class FigureLine:
    """`is_problem`: something that the user should look at."""

    label: str
    number: str
    is_problem: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were refused, or what is told of others: the sentence, how many of those that were told, the first of
    them, and of what is told the first values."""

    detail: str
    count: int
    rows: tuple[int, ...]
    values: tuple[str, ...] = ()


def list_figures(report: Mapping[str, Any], speech: Speech, *, is_dry: bool) -> list[FigureLine]:
    """Every row is counted once, under the heading `total`."""
    lines = [
        FigureLine(
            speech.say(would if is_dry else did),
            show_number(report[name], speech),
            is_bad and report[name] > 0,
        )
        for name, would, did, is_bad in _KINDS
    ]
    lines.append(FigureLine(speech.say(N_("Rows in all")), show_number(report["total"], speech)))
    if report["rows_in_file"] > report["total"]:
        left = show_number(report["rows_in_file"] - report["total"], speech)
        lines.append(FigureLine(speech.say(N_("Rows that were not looked at")), left, True))
    lines += [
        FigureLine(speech.say(label), show_number(report[name], speech), True)
        for name, label in _DOUBTS.items()
        if report.get(name)
    ]
    return [*lines, *_of_the_file(report, speech)]


def _of_the_file(report: Mapping[str, Any], speech: Speech) -> list[FigureLine]:
    """What of the file was not read."""
    found = []
    if above := report.get("rows_above_header"):
        label = speech.say(N_("Rows above the names of the columns, not read"))
        found.append(FigureLine(label, show_number(above, speech)))
    for sheet in report.get("sheets", ()):
        if not sheet["is_read"] and sheet["rows"]:
            label = speech.say(N_("Rows of the sheet %(name)s, not read"), name=sheet["name"])
            found.append(FigureLine(label, show_number(sheet["rows"], speech), True))
    for column, count in list(report.get("left_columns", {}).items())[:MOST_ROWS]:
        label = speech.say(N_("Values of the column %(name)s, not imported"), name=column)
        found.append(FigureLine(label, show_number(count, speech)))
    return found


def list_reasons(report: Mapping[str, Any]) -> list[Reason]:
    """Why rows were refused, the most frequent reason first; of the errors that the server tells, the first 200."""
    return _by_detail(report["errors"])


def list_doubts(report: Mapping[str, Any]) -> list[Reason]:
    """What of rows that were taken is in no contact as they say it; of what the server tells, the first 200."""
    return _by_detail(report.get("remarks", ()))


def _by_detail(told: Iterable[Mapping[str, Any]]) -> list[Reason]:
    together: dict[str, list[Mapping[str, Any]]] = {}
    for one in told:
        together.setdefault(str(one["detail"]), []).append(one)
    found = [
        Reason(
            detail,
            len(ones),
            tuple(dict.fromkeys(int(one["row"]) for one in ones))[:MOST_ROWS],
            tuple(_short(str(one["value"])) for one in ones[:MOST_VALUES] if "value" in one),
        )
        for detail, ones in together.items()
    ]
    return sorted(found, key=lambda reason: -reason.count)[:MOST_REASONS]


def _short(value: str) -> str:
    bare = " ".join(value.split())
    return bare if len(bare) <= VALUE_CHARS else f"{bare[: VALUE_CHARS - 1]}…"


def say_doubt(doubt: Reason, speech: Speech) -> str:
    """`Omitido: una fila anterior dice otra cosa. Filas 3, 5: Bea · b@x.com · …`."""
    rows = ", ".join(str(row) for row in doubt.rows)
    values = "  ·  ".join(doubt.values) + ("\u00a0…" if doubt.count > len(doubt.values) else "")
    message = N_("%(detail)s  Row %(rows)s: %(values)s") if len(doubt.rows) == 1 else _DOUBT_OF_ROWS
    return speech.say(message, detail=doubt.detail, rows=rows, values=values)


def say_reason(reason: Reason, speech: Speech) -> str:
    """`El teléfono es demasiado corto. (filas 12, 40, 41 y 8 más)`."""
    rows = ", ".join(str(row) for row in reason.rows)
    if reason.count == 1:
        return speech.say(N_("Row %(row)s: %(detail)s"), row=rows, detail=reason.detail)
    if reason.count <= len(reason.rows):
        return speech.say(N_("Rows %(rows)s: %(detail)s"), rows=rows, detail=reason.detail)
    more = show_number(reason.count - len(reason.rows), speech)
    return speech.say(N_("Rows %(rows)s and %(more)s more: %(detail)s"), rows=rows, more=more, detail=reason.detail)


def say_state(record: Mapping[str, Any], speech: Speech) -> str:
    """How an import stands, in a word; with how far it is while it runs."""
    if record["doing"] is None:
        return speech.say(STATES.get(record["state"], record["state"]))
    done, total = record["progress"] or (0, 0)
    percent = 100 * done // total if total else 0
    if record["doing"] == "undo":
        return speech.say(N_("Being undone: %(percent)s %%"), percent=percent)
    return speech.say(N_("Running: %(percent)s %%"), percent=percent)


def show_bytes(count: int, speech: Speech) -> str:
    """`850 kB`, `12,3 MB`."""
    if count < 1_000_000:
        return f"{-(-count // 1_000)} kB"
    text = f"{count / 1_000_000:.1f} MB"
    return text.replace(".", ",") if speech.language == "es" else text
