"""Brings lists in as people do: over HTTP and from Python."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from callmanager.server.imports.options import ImportOptions
from callmanager.server.imports.reports import Report
from callmanager.server.imports.runs import run_import
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from tests.web import Web

SAMPLES = Path(__file__).parents[1] / "samples"
FIGURES = ("total", "inserted", "updated", "unchanged", "duplicates_merged", "rejected")


def bring(web: Web, rows: Any, *, who: str = "manager", **options: Any) -> dict[str, Any]:
    """POST /import of rows (JSON) or bytes (CSV); the answer, which must be good."""
    how: dict[str, Any] = {"json": rows}
    if isinstance(rows, bytes):
        how = {"data": rows, "content_type": "text/csv"}
    answer = web.ask(who, "POST", "/import", query_string=options, **how)
    assert answer.status_code in (200, 201), answer.text
    report: dict[str, Any] = answer.json
    assert report["total"] == sum(report[name] for name in FIGURES[1:])
    return report


def from_python(web: Web, content: bytes | Path, **options: Any) -> Report:
    """The same through the Python function."""
    actor = web.services.identities.by_username("manager").actor
    source = read_list(content if isinstance(content, Path) else io.BytesIO(content), kind=None, limits=Limits())
    return run_import(web.services.log, actor, source, ImportOptions(**options), region="CR")


def figures(report: dict[str, Any] | Report) -> tuple[int, ...]:
    """total, inserted, updated, unchanged, duplicates_merged, rejected."""
    values = report.to_record() if isinstance(report, Report) else report
    return tuple(values[name] for name in FIGURES)


def contacts(web: Web) -> list[dict[str, Any]]:
    """Every living contact."""
    found: list[dict[str, Any]] = web.ask("manager", "GET", "/contacts").json
    return found


def seq(web: Web) -> int:
    """The last change of the log."""
    return int(web.ask("boss", "GET", "/sync/snapshot?limit=1").json["head"]["seq"])
