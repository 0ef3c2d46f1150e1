"""Writes docs/api.md and the list of error codes from the routes and the source; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "deploy")]

from api_source import list_codes, list_unclear  # noqa: E402  # after the path of the checkout is known
from flask import Flask  # noqa: E402

from callmanager.domain.people import Role  # noqa: E402
from callmanager.domain.permissions import ROLES, Permission  # noqa: E402
from callmanager.server.api.reference.error_codes import LIST  # noqa: E402
from callmanager.server.api.reference.openapi import build_document, declared_routes, openapi_path, roles_of  # noqa: E402
from callmanager.server.api.reference.outline import Operation, outline  # noqa: E402
from callmanager.server.api.reference.statuses import MEANINGS, phrase  # noqa: E402
from callmanager.server.api.routes import ALL_ROUTES  # noqa: E402
from callmanager.server.edges.routing import Declared, install  # noqa: E402

SERVER = "http://localhost:5000"
HEAD = ROOT / "deploy" / "api_head.md"


def routes_only() -> Flask:
    """An application that has the routes and nothing behind them."""
    app = Flask("callmanager.server", static_folder=None)
    install(app)
    for routes in ALL_ROUTES:
        app.register_blueprint(routes)
    return app


def render_api_md() -> str:
    """The text of docs/api.md."""
    app = routes_only()
    document = build_document(app)
    return "\n".join([HEAD.read_text("utf-8"), _statuses_md(), _table_md(app), _roles_md(), *_sections_md(document)])


def _statuses_md() -> str:
    lines = [f"| {phrase(status)} | {meaning} |" for status, meaning in MEANINGS.items()]
    return "\n".join(["| status | when |", "|---|---|", *lines, "", "The codes are listed at `/docs/errors`.", ""])


def _table_md(app: Flask) -> str:
    head = ["## Routes and who may use them", "", "| route | permission | roles | |", "|---|---|---|---|"]
    return "\n".join([*head, *(_route_line(declared) for _, declared in declared_routes(app)), ""])


def _route_line(declared: Declared) -> str:
    path = openapi_path(declared.path)
    if declared.permission is None:
        return f"| `{declared.method} {path}` | public | everybody | |"
    roles = roles_of(declared)
    names = "all" if len(roles) == len(Role) else ", ".join(roles)
    marks = [
        *(["If-Match"] if declared.versioned else []),
        *(["before"] if declared.before_password_change else []),
    ]
    return f"| `{declared.method} {path}` | `{declared.permission.value}` | {names} | {', '.join(marks)} |"


def _roles_md() -> str:
    """Whose records each permission covers, by role."""
    lines = ["## Permissions", "", "Whose records a role reaches with each permission.", ""]
    lines += ["| permission | " + " | ".join(Role) + " |", "|---" * (len(Role) + 1) + "|"]
    for permission in Permission:
        reaches = [ROLES[role].get(permission) for role in Role]
        cells = ["-" if reach is None else reach.value.replace("_", " ") for reach in reaches]
        lines.append(f"| `{permission.value}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _sections_md(document: dict[str, Any]) -> list[str]:
    parts = ["## Shapes", "", "Examples; `/openapi.json` has every field, limit and answer.", ""]
    for section in outline(document, SERVER):
        parts += [f"### {section.name}", "", section.text, ""]
        for operation in section.operations:
            parts += _operation_md(operation)
    return parts


def _operation_md(operation: Operation) -> list[str]:
    lines = [f"#### `{operation.method} {operation.path}`", "", operation.summary, ""]
    if operation.parameters:
        lines += [
            f"- `{p.name}` ({p.place}): {p.kind}{'; required' if p.required else ''}{_dash(p.text)}"
            for p in operation.parameters
        ]
        lines.append("")
    good = ", ".join(f"{status}{f' ({types})' if types else ''}" for status, types in operation.answers)
    lines += [f"Answers {good}. Refuses with {', '.join(status[:3] for status in operation.refusals)}.", ""]
    return [*lines, "```", operation.curl, "```", ""]


def _dash(text: str) -> str:
    return f" - {text}" if text else ""


def render_codes() -> str:
    """The text of the list of error codes."""
    return "".join(f"{code}\t{status}\t{message}\n" for code, status, message in list_codes(ROOT / "callmanager"))


def main(arguments: list[str]) -> int:
    """Write both files, or with --check answer 1 when one of them is stale or an error has no readable code."""
    unclear = list_unclear(ROOT / "callmanager")
    for place in unclear:
        print(f"callmanager/{place}: write the code and the sentence as texts")
    texts = {ROOT / "docs" / "api.md": render_api_md(), LIST: render_codes()}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is stale' if '--check' in arguments else 'written'}")
        if "--check" not in arguments:
            path.write_text(texts[path], "utf-8", newline="\n")
    return 1 if unclear or (stale and "--check" in arguments) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
