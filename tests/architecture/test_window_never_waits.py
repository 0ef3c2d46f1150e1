"""The window never waits for Tk within itself: what waits lets the window work on, and meets itself (decision 0094)."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.live_server import ROOT

WINDOW = sorted((ROOT / "callmanager" / "desktop").rglob("*.py"))
WAITS = frozenset({"wait_visibility", "wait_window", "wait_variable", "waitvar"})


def test_no_part_of_the_window_waits_within_itself() -> None:
    assert WINDOW
    found = {f"{path.name}:{line}" for path in WINDOW for line in waits(path)}
    assert found == set()


def waits(path: Path) -> list[int]:
    """The lines of a module that let Tk work on within themselves."""
    tree = ast.parse(path.read_text("utf-8"))
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in WAITS]
