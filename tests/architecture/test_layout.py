"""What stands where: entries of the root, sizes, names, docstrings, and the paths that ARCHITECTURE.md promises."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.sources import FILES, PYTHON, ROOT, parsed

ROOT_ENTRIES = {
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "AUTENTICACION.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DEPLOYMENT.md",
    "LICENSE",
    "Makefile",
    "README.es.md",
    "README.md",
    "bench",
    "callmanager",
    "client",
    "config.py",
    "deploy",
    "docs",
    "pyproject.toml",
    "requirements.txt",
    "server.py",
    "tests",
}
"""docs/decisions/0001-root-entries.md says why these and no others."""

MOST_LINES_OF_A_FILE = 400
MOST_LINES_WITH_A_REASON = 500
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_THE_MAP = 150

LONG_FILES: dict[str, str] = {
    "callmanager/server/changes/write.py": "the one door for writes, read from top to bottom",
}
"""Path of a file that may be longer: the reason."""

TABLES = {
    "callmanager/server/storage/tables.py": "the tables of the database, with their columns and indexes",
    "callmanager/settings.py": "each row says what a person must know of a setting",
}
"""Path of a file that is a table to look something up in, of any length: what its rows are. Nobody reads it whole."""

LONG_FUNCTIONS: dict[str, str] = {}
"""`path:function` that may be longer: the reason."""

EMPTY_WORDS = {
    *("common", "data", "final", "helper", "helpers", "info", "manager", "managers", "misc", "obj", "stuff"),
    *("temp", "tmp", "util", "utils", "v2"),
}

MADE_BY_USERS = {"client/config_local.json"}
"""Paths that the map may name and that are never committed."""


def functions(name: str) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function of a file."""
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def words_of(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name; the program's own name is not one of them."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("CallManager", ""))
    return set(spaced.lower().split("_"))


def test_the_root_holds_exactly_what_a_visitor_expects() -> None:
    assert {name.split("/", 1)[0] for name in FILES} == ROOT_ENTRIES


def test_a_file_is_short_enough_to_be_read_whole() -> None:
    lines = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in PYTHON}
    long = {name: count for name, count in lines.items() if count > MOST_LINES_OF_A_FILE and name not in TABLES}
    assert long.keys() == LONG_FILES.keys(), long
    assert all(count <= MOST_LINES_WITH_A_REASON for count in long.values()), long


def test_functions_are_short_enough_to_be_seen_at_once() -> None:
    lines = {f"{name}:{function}": count for name in PYTHON for function, count in functions(name)}
    long = {name: count for name, count in lines.items() if count > MOST_LINES_OF_A_FUNCTION}
    assert long.keys() == LONG_FUNCTIONS.keys(), long


def test_every_module_says_what_it_answers_for() -> None:
    assert [name for name in PYTHON if not ast.get_docstring(parsed(name))] == []


def test_modules_and_classes_bear_no_empty_names() -> None:
    empty = {f"{name}: {part}" for name in PYTHON for part in named_parts(name) if words_of(part) & EMPTY_WORDS}
    assert empty == {"client/call_manager_app.py: call_manager_app"}  # the documented name of the launcher


def named_parts(name: str) -> list[str]:
    """The folders, the module and the classes of a file."""
    classes = [node.name for node in ast.walk(parsed(name)) if isinstance(node, ast.ClassDef)]
    return [*PurePosixPath(name).with_suffix("").parts, *classes]


def test_paths_that_the_map_names_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert len(text.splitlines()) <= MOST_LINES_OF_THE_MAP
    folders = {str(parent) for name in FILES for parent in PurePosixPath(name).parents}
    present = [f"/{name}" for name in {*FILES, *folders}]
    missing = {path for path in named_paths(text) if not any(name.endswith(f"/{path}") for name in present)}
    assert missing - MADE_BY_USERS == set()


def named_paths(text: str) -> set[str]:
    """Words between backticks, or first on a line of a tree, that look like a path of this project."""
    words = re.findall(r"`([\w.-][\w./-]*)`", text) + re.findall(r"^\s*([\w.-][\w./-]*/|[\w./-]+\.py)\s", text, re.M)
    endings = (".py", ".md", ".toml", ".txt", ".json", "/")
    return {word.rstrip("/") for word in words if word.endswith(endings) or "/" in word}


def test_the_words_that_look_like_paths_are_found() -> None:
    text = "See `callmanager/server/app.py`, `docs/`, `GET /contacts` and `tx.update`.\n  storage/   tables\n"
    assert named_paths(text) == {"callmanager/server/app.py", "docs", "storage"}
