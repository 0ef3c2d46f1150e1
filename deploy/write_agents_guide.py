"""Writes the table of keys into docs/agentes.md from the registry of commands; `--check` only says if it is current."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from callmanager.desktop.commands import COMMANDS, Command, key_text  # noqa: E402  # after the path of the checkout is known
from callmanager.i18n import sentence  # noqa: E402

GUIDE = ROOT / "docs" / "agentes.md"
BEGIN, END = "<!-- teclas -->\n", "<!-- fin de las teclas -->\n"
HEAD = "| tecla | qué hace | menú |\n|---|---|---|\n"


def render(guide: str) -> str:
    """The guide with the table of now."""
    before, _begin, rest = guide.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + BEGIN + HEAD + "".join(_line(command) for command in COMMANDS) + END + after


def _line(command: Command) -> str:
    keys = ", ".join(_key(key) for key in command.keys)
    return f"| {keys or '-'} | {_say(command.label)} | {_say(command.menu) if command.menu else '-'} |\n"


def _key(sequence: str) -> str:
    return "+".join(_say(key_text(part)) for part in sequence.split("-"))


def _say(message: str) -> str:
    return sentence(message, "es", {})


def main(arguments: list[str]) -> int:
    """Write the table, or with --check answer 1 when it is stale."""
    guide = GUIDE.read_text("utf-8")
    wanted = render(guide)
    if guide == wanted:
        return 0
    if "--check" in arguments:
        print("docs/agentes.md is stale")
        return 1
    GUIDE.write_text(wanted, "utf-8", newline="\n")
    print("docs/agentes.md written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
