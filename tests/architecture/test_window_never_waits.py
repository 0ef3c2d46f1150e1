"""The window never waits for Tk within itself: what waits lets the window work on, and meets itself (decision 0094)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.live_server import ROOT

WINDOW = sorted((ROOT / "callmanager" / "desktop").rglob("*.py"))
WAITS = frozenset({"wait_visibility", "wait_window", "wait_variable", "waitvar"})


@pytest.mark.parametrize("path", WINDOW, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_part_of_the_window_waits_within_itself(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    found = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in WAITS]
    assert not found, f"{path.name}: lines {found}"
