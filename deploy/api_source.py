"""Finds in the source what cannot be asked at run time: every error code with its class and its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from callmanager.domain import errors
from callmanager.server.changes.entities import ENTITIES
from callmanager.server.edges.problems import status_of

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.CallManagerError) and kind is not errors.CallManagerError
}
FOLDERS = ("domain", "server")
FAMILIES = {
    "{name}_unknown": [f"{name}_unknown" for name in ("assigned_to", "campaign_id", "team_id")],
    "{entity.name}_not_found": [f"{name}_not_found" for name in ENTITIES],
}
"""Codes that are put together, as the source writes them."""


def list_codes(package: Path) -> list[tuple[str, int, str]]:
    """(code, status, sentence) of every error that the server can answer with, sorted and without repeats."""
    found: set[tuple[str, int, str]] = set()
    for folder in FOLDERS:
        for path in sorted((package / folder).rglob("*.py")):
            found |= set(_codes_of(ast.parse(path.read_text("utf-8"), str(path))))
    return sorted(found)


def _codes_of(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    kinds = {**CLASSES, **_shorthands(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in kinds:
            for code, message in _said(node):
                yield code, _status(kinds[_name(node.func)], code), message
        if isinstance(node, ast.Dict):
            yield from _http_codes(node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and _name(node.targets[0]) == "_INTERNAL":
            yield str(_text(node.value.elts[0])), 500, str(_marked(node.value.elts[1])[0])


def list_unclear(package: Path) -> list[str]:
    """Errors whose code or sentence this file cannot read: `path:line`."""
    return [
        f"{path.relative_to(package)}:{line}"
        for folder in FOLDERS
        for path in sorted((package / folder).rglob("*.py"))
        for line in _unclear(ast.parse(path.read_text("utf-8"), str(path)))
    ]


def _unclear(tree: ast.Module) -> list[int]:
    shorthands = _shorthands(tree)
    inside = {node for function in _functions(tree) if function.name in shorthands for node in ast.walk(function)}
    errors_made = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in CLASSES]
    return [node.lineno for node in errors_made if node not in inside and not _said(node)]


def _shorthands(tree: ast.Module) -> dict[str, type[errors.CallManagerError]]:
    """Functions that make an error of the code and sentence they are given."""
    return {
        function.name: CLASSES[_name(node.func)]
        for function in _functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and _name(node.func) in CLASSES
        and node.args
        and _name(node.args[0]) in [argument.arg for argument in function.args.args]
    }


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _said(node: ast.Call) -> list[tuple[str, str]]:
    """Code and sentence; several when it depends."""
    if len(node.args) < 2:
        return []
    codes, messages = _texts(node.args[0]), _marked(node.args[1])
    pairs = (
        zip(codes, messages, strict=True) if len(codes) == len(messages) else ((c, m) for c in codes for m in messages)
    )
    return list(pairs)


def _http_codes(node: ast.Dict) -> Iterator[tuple[str, int, str]]:
    """`{404: ("route_not_found", N_("..."))}`: what the edge says for errors of Flask's own."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, int) and isinstance(value, ast.Tuple):
            for code, message in zip(_texts(value.elts[0]), _marked(value.elts[-1]), strict=True):
                yield code, key.value, message


def _status(kind: type[errors.CallManagerError], code: str) -> int:
    waits = {"retry_after_seconds": 1} if issubclass(kind, errors.TooMany) else {}
    return status_of(kind(code, "", **waits))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        return FAMILIES.get(ast.unparse(node)[2:-1], [])
    text = _text(node)
    return [] if text is None else [text]


def _marked(node: ast.expr) -> list[str]:
    """The sentences inside N_("..."); two when it depends."""
    if isinstance(node, ast.IfExp):
        return [*_marked(node.body), *_marked(node.orelse)]
    if isinstance(node, ast.Call) and _name(node.func) == "N_" and node.args:
        return _texts(node.args[0])
    return []
