"""The files of the project as the tests of this folder read them: each is parsed once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from subprocess import run

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[str]:
    """Every file of the project, with those not yet committed, as paths with slashes."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file())


FILES = tracked()
PYTHON = [name for name in FILES if name.endswith(".py")]


@cache
def parsed(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text("utf-8"), name)
