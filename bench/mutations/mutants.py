"""Makes the mutants of a module: the same source with one small defect. Knows nothing of files and tests."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_CONDITIONS = ("where", "and_", "or_")
"""Calls whose arguments are conditions of a statement."""

_SAYS_ONLY = ("_log.", "N_(")
"""What begins with these is for people to read, and changes nothing."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`source` is the whole module. `where` is the function, `what` says the defect: together its name."""

    where: str
    what: str
    line: int
    source: str

    def diff(self, original: str) -> str:
        lines = difflib.unified_diff(original.splitlines(), self.source.splitlines(), lineterm="", n=1)
        return "\n".join([*lines][2:])


def list_mutants(source: str) -> list[Mutant]:
    """All of them, in the order of the source."""
    found = []
    for where, function in _functions(ast.parse(source)):
        for node, new, what in _defects(function):
            mutated = _replaced(source, node, new)
            if _compiles(mutated):
                found.append(Mutant(where, what, node.lineno, mutated))
    return sorted(found, key=lambda mutant: mutant.line)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, ast.FunctionDef))


Defect = tuple[ast.expr | ast.stmt, str, str]
"""What is replaced, by which text, and how that is called."""


def _defects(function: ast.FunctionDef) -> Iterator[Defect]:
    for statement in function.body:
        for node in _walk(statement):
            if isinstance(node, ast.expr):
                yield from _of_expression(node)
            elif isinstance(node, ast.stmt):
                yield from _of_statement(node)
            yield from _negated(node)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Without what is only said, and without the inside of f-strings, whose places Python 3.11 does not know."""
    if isinstance(node, ast.JoinedStr | ast.AnnAssign) or _is_docstring(node):
        return
    if isinstance(node, ast.stmt | ast.expr) and ast.unparse(node).startswith(_SAYS_ONLY):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child)


def _of_expression(node: ast.expr) -> Iterator[Defect]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = ast.Compare(node.left, [_SWAPPED[type(node.ops[0])]()], node.comparators)
        yield node, f"({ast.unparse(other)})", f"swap {ast.unparse(node)}"
    elif isinstance(node, ast.BoolOp):
        for dropped in node.values:
            kept = [value for value in node.values if value is not dropped]
            text = ast.unparse(kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept))
            yield node, f"({text})", f"drop {ast.unparse(dropped)}"
    elif isinstance(node, ast.Call) and _called(node) in _CONDITIONS and len(node.args) > 1:
        for dropped in node.args:
            kept = [value for value in node.args if value is not dropped]
            yield node, ast.unparse(ast.Call(node.func, kept, node.keywords)), f"drop {ast.unparse(dropped)}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield node, repr(node.value + 1), f"one more than {node.value}"


def _of_statement(node: ast.stmt) -> Iterator[Defect]:
    called = ast.unparse(node).splitlines()[0]
    is_kept = isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    if is_kept or isinstance(node, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete):
        yield node, "pass", f"delete {called}"
    elif isinstance(node, ast.Return):
        if node.value is None:
            yield node, "pass", "delete return"
        elif not (isinstance(node.value, ast.Constant) and node.value.value in (None, False)):
            yield node, "return None", f"None for {ast.unparse(node.value)}"


def _negated(node: ast.AST) -> Iterator[Defect]:
    tests = [node.test] if isinstance(node, ast.If | ast.IfExp | ast.While) else []
    tests += node.ifs if isinstance(node, ast.comprehension) else []
    for test in tests:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yield test, f"({ast.unparse(test.operand)})", f"negate {ast.unparse(test)}"
        elif not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq | ast.NotEq | ast.Is | ast.IsNot)):
            yield test, f"(not ({ast.unparse(test)}))", f"negate {ast.unparse(test)}"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _replaced(source: str, node: ast.expr | ast.stmt, text: str) -> str:
    """The source with `text` instead of the node."""
    lines = source.encode().splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    return (before + text.encode() + after).decode()


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True
