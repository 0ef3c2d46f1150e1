"""The laws of ARCHITECTURE.md that the source shows: imports, catch-alls, and nothing of one machine or host."""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]

EDGES = {
    "callmanager/cli/main.py": "any error of a command becomes a logged incident number",
    "callmanager/server/edges/problems.py": "any error of a request becomes a logged 500 that shows nothing",
    "callmanager/server/changes/write.py": "a listener that fails after a commit does not make the saved change fail",
    "callmanager/server/realtime/sockets.py": "any error of a socket event becomes a logged incident number",
    "callmanager/server/realtime/tasks.py": "a task of the loop that fails is logged and goes on a second later",
    "callmanager/server/wsgi.py": "any error below the application, before an answer began, becomes a logged 500 too",
    "callmanager/server/jobs/scheduler.py": "a job that fails is logged and runs again at its next time",
}
"""The only files that may catch everything and go on."""

CATCHERS = {"suppress", "errorhandler", "register_error_handler", "app_errorhandler"}


def tracked(*patterns: str) -> list[str]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file())


PACKAGE = tracked("callmanager/*.py")


def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def catch_alls(tree: ast.Module) -> Iterator[int]:
    """Lines where everything is caught and not raised again."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and is_everything(node.type):
            last = node.body[-1]
            if not (isinstance(last, ast.Raise) and last.exc is None):
                yield node.lineno
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in CATCHERS:
            yield from (node.lineno for argument in node.args if is_everything(argument))


def is_everything(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(is_everything(part) for part in caught.elts)
    return caught is None or ast.unparse(caught).rpartition(".")[2] in {"Exception", "BaseException"}


def imported(tree: ast.Module) -> set[str]:
    """Full names of the modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def test_the_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph("callmanager", cache_dir=None)
    edges = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(edges).prepare()


def test_the_domain_knows_only_the_standard_library_and_phone_numbers() -> None:
    names = tracked("callmanager/domain/*.py")
    assert names
    allowed = sys.stdlib_module_names | {"phonenumbers"}
    found = {(name, module) for name in names for module in imported(parsed((ROOT / name).read_text("utf-8")))}
    strange = {(name, module) for name, module in found if module.partition(".")[0] not in allowed}
    assert {place for place in strange if not place[1].startswith("callmanager.domain")} == set()


def test_the_domain_does_nothing_outside_itself() -> None:
    outside = {"sqlite3", "socket", "subprocess", "requests", "urllib.request", "threading"}
    for name in tracked("callmanager/domain/*.py"):
        assert not outside & set(imported(parsed((ROOT / name).read_text("utf-8")))), name


def test_migrations_import_nothing_of_the_package() -> None:
    names = tracked("callmanager/server/storage/migrations/*.py")
    assert names
    for name in names:
        found = imported(parsed((ROOT / name).read_text("utf-8")))
        assert {module for module in found if module.startswith(("callmanager", "."))} == set(), name


def test_nothing_is_caught_wholesale_outside_the_edges() -> None:
    found = {name: list(catch_alls(parsed((ROOT / name).read_text("utf-8")))) for name in PACKAGE}
    assert {name: lines for name, lines in found.items() if lines and name not in EDGES} == {}


def test_the_named_edges_exist_and_are_still_needed() -> None:
    for name in EDGES:
        assert list(catch_alls(parsed((ROOT / name).read_text("utf-8")))), name


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("try: f()\nexcept Exception: pass", True),
        ("try: f()\nexcept: pass", True),
        ("try: f()\nexcept (OSError, BaseException) as e: log(e)", True),
        ("with contextlib.suppress(Exception): f()", True),
        ("app.register_error_handler(Exception, answer)", True),
        ("app.register_error_handler(NotFound, answer)", False),
        ("try: f()\nexcept BaseException:\n  undo()\n  raise", False),
        ("try: f()\nexcept OSError: pass", False),
    ],
)
def test_a_catch_all_is_recognised_in_each_of_its_forms(text: str, *, caught: bool) -> None:
    assert bool(list(catch_alls(parsed(text)))) is caught


# Put together from pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(?:org|com)", r"proxy\.golang" + r"\.org"])
    + r"|(?<![\w.<>}-])/(?:work/|root/|tmp/"
    + r"w\b|opt/py"
    + "pi)"
)


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "replace") for name in tracked()}
    found = {name: [match[0] for match in FOREIGN.finditer(text)] for name, text in texts.items()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "text", ["https://py" + "pi.org/simple", "see /wo" + "rk/main", "'/tmp/" + "w/v'", "/ro" + "ot/x"]
)
def test_a_registry_or_a_path_of_one_machine_is_recognised(text: str) -> None:
    assert FOREIGN.search(text)
