"""What stands where: entries of the root, sizes, names, docstrings, and the paths that ARCHITECTURE.md promises."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from subprocess import run

import pytest

ROOT = Path(__file__).resolve().parents[2]

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
MOST_LINES_OF_A_FUNCTION = 60
MOST_MODULES_OF_A_FOLDER = 14
MOST_LINES_OF_THE_MAP = 150

LONG_FILES: dict[str, str] = {}
"""Path of a file that may be longer: the reason."""

LONG_FUNCTIONS: dict[str, str] = {}
"""`path:function` that may be longer: the reason."""

EMPTY_WORDS = {
    *("common", "data", "final", "helper", "helpers", "info", "manager", "managers", "misc", "obj", "stuff"),
    *("temp", "tmp", "util", "utils", "v2"),
}

MADE_BY_USERS = {"client/config_local.json"}
"""Paths that the map may name and that are never committed."""


def tracked() -> list[str]:
    """Every file of the project, with those not yet committed, as paths with slashes."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file())


FILES = tracked()
PYTHON = [name for name in FILES if name.endswith(".py")]
SHIPPED = [name for name in PYTHON if not name.startswith("tests/")]


def parsed(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text("utf-8"), name)


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


@pytest.mark.parametrize("name", PYTHON)
def test_a_file_is_short_enough_to_be_read_whole(name: str) -> None:
    lines = len((ROOT / name).read_text("utf-8").splitlines())
    assert lines <= MOST_LINES_OF_A_FILE or name in LONG_FILES, f"{lines} lines"


@pytest.mark.parametrize("name", PYTHON)
def test_functions_are_short_enough_to_be_seen_at_once(name: str) -> None:
    long = {function: lines for function, lines in functions(name) if lines > MOST_LINES_OF_A_FUNCTION}
    assert {function for function in long if f"{name}:{function}" not in LONG_FUNCTIONS} == set(), long


def test_exceptions_to_sizes_are_still_needed() -> None:
    for name in LONG_FILES:
        assert len((ROOT / name).read_text("utf-8").splitlines()) > MOST_LINES_OF_A_FILE
    for entry in LONG_FUNCTIONS:
        name, _, function = entry.partition(":")
        assert max(lines for found, lines in functions(name) if found == function) > MOST_LINES_OF_A_FUNCTION


def test_a_folder_holds_no_more_modules_than_one_can_keep_in_mind() -> None:
    modules = [PurePosixPath(name) for name in SHIPPED if not name.endswith("__init__.py")]
    crowded = {
        str(folder): count
        for folder, count in Counter(module.parent for module in modules).items()
        if count > MOST_MODULES_OF_A_FOLDER and "versions" not in folder.parts  # migrations only ever grow
    }
    assert crowded == {}


@pytest.mark.parametrize("name", PYTHON)
def test_every_module_says_what_it_answers_for(name: str) -> None:
    assert ast.get_docstring(parsed(name))


@pytest.mark.parametrize("name", PYTHON)
def test_modules_and_classes_bear_no_empty_names(name: str) -> None:
    parts = [*PurePosixPath(name).with_suffix("").parts]
    parts += [node.name for node in ast.walk(parsed(name)) if isinstance(node, ast.ClassDef)]
    assert {part: words_of(part) & EMPTY_WORDS for part in parts if words_of(part) & EMPTY_WORDS} in (
        {},
        {"call_manager_app": {"manager"}},  # the documented name of the launcher
    )


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
