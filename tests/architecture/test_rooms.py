"""Rooms and what stands in them: folders, parents, members for tests alone, and every path that a text names."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.sources import FILES, ROOT, parsed

PACKAGE = [name for name in FILES if name.startswith("callmanager/") and name.endswith(".py")]
MIGRATIONS = "callmanager/server/storage/migrations/versions/"

OVERFLOW = {"work", "making", "phoning", "framing", "more", "other", "others", "parts", "pieces", "rest"}
"""Folders are no place for what did not fit elsewhere."""

PARENTS_OF_ONE = {
    "CallAtHand": "rebuilt with the agent's new screen",
    "CallBeginning": "rebuilt with the agent's new screen",
    "StatusBar": "a widget that knows no models; the view of the status is one",
    "Upstream": "a protocol; who only watches needs a part of it",
}
"""Classes that nobody makes and that have one child: why."""

FOR_TESTS_ALONE = {
    "OutcomePlace.is_instead_of_list": "rebuilt with the agent's new screen",
    "StatusBar.text_of": "what a person reads there",
    "CLICK_TEXTS": "marks click's own words for the catalogue",
    "CLICK_PLURALS": "marks click's own words for the catalogue",
    "METAVARS": "marks the words of the help for the catalogue",
    "InterPhoneSoftphone.bridge_pid": "which process the driver works with, to be ended and looked for",
    "hook_lines": "documented: IT makes the lines of MicroSIP.ini with it",
    "Committed.seq_from": "what is told of a commit, whole",
    "Lost.change_sets": "what a restore would lose, whole",
    "Lost.after_seq": "what a restore would lose, whole",
    "Operation.body_types": "what the pages are made from, whole",
    "VirtualTable.is_drawn": "when the bench may look",
}
"""Members that nothing in the package names: why they are there."""

CALLED_BY_LIBRARIES = {
    "_BoundedReads.seekable",
    "_Client._engineio_client_class",
    "_Engine.create_queue",
    "_Session.get_redirect_target",
    "_Server.block_on_close",
    "_Server.daemon_threads",
    "_SessionState._fields_",
    "_Stoppable.capture_signals",
    "BoundedConnection.data_received",
    "ComputerZone.dst",
    "ComputerZone.fromutc",
    "Dialog.block_update_dimensions_event",
    "Dialog.unblock_update_dimensions_event",
    "Group.command_class",
    "Instant.process_bind_param",
    "Instant.process_result_value",
    "Json.process_bind_param",
    "Json.process_result_value",
    "LoggedErrors.writelines",
    "ReadRule._compile_builder",
    "SocketServer._handle_event",
}


def test_a_folder_is_named_by_what_it_answers_for_and_holds_more_than_one_file() -> None:
    folders = defaultdict(list)
    for name in PACKAGE:
        folders[str(PurePosixPath(name).parent)].append(name)
    assert [folder for folder in folders if PurePosixPath(folder).name in OVERFLOW] == []
    alone = [folder for folder, held in folders.items() if len(held) < 3]  # one file beside __init__.py
    lonely = {folder for folder in alone if not any(other.startswith(f"{folder}/") for other in folders)}
    assert lonely <= {"callmanager/i18n", "callmanager/softphones/bridge"}  # the catalogues; a process of its own


def test_every_file_that_a_text_names_exists() -> None:
    """Documents name files by their path or a part of it, the code beside that by their bare names."""
    present = [f"/{name}" for name in FILES]
    missing = {
        f"{name}: {word}"
        for name in FILES
        for word in files_named(name)
        if not any(path.endswith(f"/{word}") for path in present)
    }
    assert missing == {"callmanager/server/storage/migrations/run.py: env.py"}  # Alembic's, which is not needed


def files_named(name: str) -> list[str]:
    """`folder/file.py` in documents and in the package, and there `file.py` alone too."""
    is_code = name in PACKAGE
    if not (is_code or name.endswith(".md")):
        return []
    parts = r"(?:\w+/)*" if is_code else r"(?:\w+/)+"
    return re.findall(rf"(?<![\w/.<>{{}}*-])({parts}\w+\.py)\b", (ROOT / name).read_text("utf-8"))


def test_the_map_names_what_stands_in_the_files() -> None:
    pairs = re.findall(r"`(\w+)` in `([\w/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    assert len(pairs) > 20
    assert [f"{name} in {path}" for name, path in pairs if name not in names_of(parsed(path).body)] == []


def names_of(body: list[ast.stmt]) -> set[str]:
    """What a module or a class defines, without what it imports."""
    return {name for node in body for name in defined(node)}


def defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_class_is_cut_into_a_parent_with_one_child() -> None:
    children, made, ours = defaultdict(set), Counter[str](), set[str]()
    for name in PACKAGE:
        for node in ast.walk(parsed(name)):
            if isinstance(node, ast.ClassDef):
                ours.add(node.name)
                for base in node.bases:
                    children[last_name(base)].add(node.name)
            elif isinstance(node, ast.Call):
                made[last_name(node.func)] += 1
    shapes = descendants("Wire", children)  # models of the wire say by their parents what they have in common
    one = {name for name in ours - shapes if len(children[name]) == 1 and name not in children[name]}
    alone = {name for name in one if not made[name]}
    assert alone - PARENTS_OF_ONE.keys() == set()


def last_name(node: ast.expr) -> str:
    return ast.unparse(node).partition("[")[0].rpartition(".")[2]


def descendants(name: str, children: dict[str, set[str]]) -> set[str]:
    return {name}.union(*(descendants(child, children) for child in children.get(name, ())))


def test_nothing_in_the_package_is_there_for_tests_alone() -> None:
    named = Counter(word for name in FILES if is_product(name) for word in words_in(name))
    unnamed = {
        member
        for name in PACKAGE
        if not name.startswith(MIGRATIONS)
        for member, own in members_of(name)
        if named[member.rpartition(".")[2]] <= own
    }
    assert unnamed - CALLED_BY_LIBRARIES - FOR_TESTS_ALONE.keys() == set()


def is_product(name: str) -> bool:
    return name.endswith(".py") and not name.startswith(("tests/", "bench/"))


def words_in(name: str) -> Iterator[str]:
    """Every name that a file uses, imports or gives as a text, such as a column of a row."""
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def members_of(name: str) -> Iterator[tuple[str, int]]:
    """What a file defines, and how often its definition names it: `Class.member` or the name of a module's own."""
    tree = parsed(name)
    places = [("", tree.body), *((f"{node.name}.", node.body) for node in tree.body if isinstance(node, ast.ClassDef))]
    for place, body in places:
        for node in body:
            if not getattr(node, "decorator_list", None) or is_property(node):
                yield from ((f"{place}{word}", own) for word, own in own_words(node))


def own_words(node: ast.stmt) -> Iterator[tuple[str, int]]:
    own = 1 if isinstance(node, ast.Assign | ast.AnnAssign) else 0
    yield from ((word, own) for word in defined(node) if not word.startswith("__"))


def is_property(node: ast.stmt) -> bool:
    """What another decorator registers (routes, commands, events) is called by whoever holds the register."""
    decorators = [last_name(one) for one in getattr(node, "decorator_list", [])]
    return isinstance(node, ast.ClassDef) or decorators in (["property"], ["cached_property"])
