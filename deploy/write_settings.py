"""Writes config.py and docs/settings.md from the table of settings; `--check` only says whether they are current."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from callmanager.setting_kinds import Row  # noqa: E402  # after the path of the checkout is known
from callmanager.settings import SECTIONS, TABLE  # noqa: E402

CONFIG_HEAD = '''\
"""Ajustes de CallManager. Cada línea está comentada y muestra el valor que se usa si no se cambia.

Para cambiar un ajuste, quite la almohadilla (#) del comienzo de su línea, escriba el valor y reinicie el servidor.
Un nombre o un valor equivocado impide el arranque y el mensaje dice cuál es. En las rutas de Windows escriba "/".
"""
'''

DOCS_HEAD = """\
# Settings

Generated from `callmanager/settings.py` by `python deploy/write_settings.py`; a test compares.

A setting is taken from the first of these places that has it:

1. the command line (`callmanager serve --help` lists the few that are there),
2. the environment: `CALLMANAGER_` and the name, such as `CALLMANAGER_SERVER_PORT=5001`,
3. a file `.env` beside `config.py`, with lines of the same form,
4. `config.py`, in the folder where the server is started,
5. the default.

An unknown name or a value that is not allowed stops the start; the message names the place, what was read and what is
allowed, without ever showing a secret. Files and folders are relative to the folder of `config.py`. In the environment
and in `.env` a list is one text with commas. `CALLMANAGER_SERVER_URL`, `CALLMANAGER_API_KEY`, `CALLMANAGER_DATA` (the
agents' window) and `CALLMANAGER_REQUIRE_ALL` (the tests) share the prefix and are not settings of the server.
"""


def render_config_py() -> str:
    """The text of config.py: every setting commented out, with its default and its help in Spanish."""
    parts = [CONFIG_HEAD]
    for section, title in SECTIONS.items():
        parts.append(f"# {title}\n")
        parts += [f"# {row.help_es}\n# {name} = {_literal(row)}\n" for name, row in _rows_of(section)]
    return "\n".join(parts)


def render_settings_md() -> str:
    """The text of docs/settings.md: one table for each section."""
    return "\n".join([DOCS_HEAD, *(_section_md(section) for section in SECTIONS)])


def _section_md(section: str) -> str:
    head = f"## {section.capitalize()}\n\n| name | default | allowed | meaning |\n|---|---|---|---|\n"
    return head + "".join(_line_md(name, row) for name, row in _rows_of(section))


def _line_md(name: str, row: Row) -> str:
    secret = " Secret: never shown." if row.secret else ""
    return f"| `{name}` | `{_literal(row)}` | {row.kind.allowed} | {row.help}{secret} |\n"


def _rows_of(section: str) -> list[tuple[str, Row]]:
    return [(name, row) for name, row in TABLE.items() if row.section == section]


def _literal(row: Row) -> str:
    return f'"{row.default}"' if isinstance(row.default, str) else repr(row.default)


def main(arguments: list[str]) -> int:
    """Write both files, or with --check answer 1 when one of them is stale."""
    texts = {ROOT / "config.py": render_config_py(), ROOT / "docs" / "settings.md": render_settings_md()}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is stale' if '--check' in arguments else 'written'}")
        if "--check" not in arguments:
            path.write_text(texts[path], "utf-8", newline="\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
