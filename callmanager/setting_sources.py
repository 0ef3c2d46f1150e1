"""Reads the places where settings are written (command line, environment, .env, config.py) and checks each entry.

Which settings exist is the table's business (callmanager.settings); it is received, never imported.
"""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, TracebackType

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.setting_kinds import Row

PREFIX = "CALLMANAGER_"
FOREIGN_NAMES = frozenset(
    {"CALLMANAGER_SERVER_URL", "CALLMANAGER_API_KEY", "CALLMANAGER_DATA", "CALLMANAGER_REQUIRE_ALL"}
)
"""Names of the client and of the tests: they share the prefix and are none of the server's settings."""

_SURELY_MEANT = 0.85  # how alike a name in small letters is to a setting's before it is taken for a slip
_USER_CODE_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class SettingsError(Invalid):
    """A setting is unknown or wrong; the start stops.

    `fields`: `file` (or the name in the environment), `line` when known, and as it applies `name`, `read` (never a
    secret), `allowed` (English) and `nearest`, the known name that looks most like it.
    """


@dataclass(frozen=True, repr=False)
class Written:
    """One setting as somebody wrote it; `line` is 0 where there are no lines. No repr: the value may be a secret."""

    name: str
    value: object
    file: str
    line: int = 0

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def read_config_py(path: Path) -> Iterator[Written]:
    """The values that `path`, run as Python in an empty namespace, leaves behind. Raises SettingsError.

    Names in small letters are the file's own helpers, unless they look like a setting: see `_meant`.
    """
    if not path.is_file():
        return
    source = _source_text(path)
    tree = _parsed(source, path)
    namespace = _executed(_compiled(tree, path), path)
    lines = _lines_of_names(tree)
    for name, value in namespace.items():
        if name.isupper() or (name in lines and not callable(value)):
            yield Written(name, value, path.name, lines.get(name, 0))


def read_dotenv(path: Path) -> Iterator[Written]:
    """The lines NAME=value of `path`; quotes and `export` as usual. Names of other programs are left alone."""
    if not path.is_file():
        return
    for number, line in enumerate(_source_text(path).splitlines(), start=1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            message = N_("%(place)s: this line cannot be read. Write NAME=value, or # before a comment.")
            raise _broken("settings_line_unreadable", message, path, number)
        yield Written(name.strip(), _unquoted(value.strip()), path.name, number)


def read_environment(environ: Mapping[str, str]) -> Iterator[Written]:
    """The variables that carry our prefix."""
    for name, value in environ.items():
        if name.upper().startswith(PREFIX):
            yield Written(name.upper(), value, name.upper())


def _source_text(path: Path) -> str:
    """Text of a file that people edit."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = N_("%(place)s cannot be opened. Check that it is readable by the user that starts the server.")
        raise _broken("settings_file_unreadable", message, path, 0) from error
    return decode_source(raw)


def decode_source(raw: bytes) -> str:
    """UTF-8, or what an old Windows editor saves."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _parsed(source: str, path: Path) -> ast.Module:
    if "\0" in source:
        raise _broken("config_syntax", N_("%(place)s holds a NUL character. Save it again as text."), path, 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "D:\Copias" works and warns; the value is checked later
            return ast.parse(source, str(path))
    except SyntaxError as error:
        raise _syntax_error(error, path) from None


def _syntax_error(error: SyntaxError, path: Path) -> SettingsError:
    if "unicodeescape" in (error.msg or ""):
        message = N_('%(place)s: this line holds a path with "\\". Write "/" instead, such as "D:/copias".')
    else:
        message = N_(
            "%(place)s: Python cannot read this line. Look for a missing quote, comma or bracket, here or above."
        )
    return _broken("config_syntax", message, path, error.lineno or 0)


def _compiled(tree: ast.Module, path: Path) -> CodeType:
    try:
        return compile(tree, str(path), "exec")
    except SyntaxError as error:
        raise _syntax_error(error, path) from None


def _executed(code: CodeType, path: Path) -> dict[str, object]:
    namespace: dict[str, object] = {"__name__": "config", "__file__": str(path)}
    try:
        exec(code, namespace)  # noqa: S102  # config.py is Python by documented promise, written by the owner
    except _USER_CODE_ERRORS as error:
        message = N_(
            "%(place)s: this line stops with %(error)s. Texts need quotes; True and False begin with a capital."
        )
        line = _failing_line(error.__traceback__, path)
        # Without its cause: the text of a NameError is what was written, and that may be a key.
        raise _broken("config_failed", message, path, line, error=type(error).__name__) from None
    return namespace


def _failing_line(traceback: TracebackType | None, path: Path) -> int:
    line = 0
    while traceback:
        if traceback.tb_frame.f_code.co_filename == str(path):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _lines_of_names(tree: ast.Module) -> dict[str, int]:
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {node.id: node.lineno for node in names}


def _unquoted(text: str) -> str:
    for quote in ('"', "'"):
        if len(text) > 1 and text[0] == quote:
            end = text.find(quote, 1)
            return text[1:end] if end > 0 else text
    return text.partition(" #")[0].rstrip()


def _broken(code: str, message: str, path: Path, line: int, **params: str) -> SettingsError:
    place = f"{path.name}:{line}" if line else path.name
    return SettingsError(code, message, fields={"file": str(path), "line": line}, place=place, **params)


def read_written(
    table: Mapping[str, Row], home: Path, overrides: Mapping[str, object], environ: Mapping[str, str]
) -> Iterator[Written]:
    """Everything that is written anywhere, weakest place first; every name is in `table`. Raises SettingsError."""
    yield from _known(_meant(read_config_py(home / "config.py"), table), table)
    yield from _known(_unprefixed(read_dotenv(home / ".env"), table), table)
    yield from _known(_unprefixed(read_environment(environ), table), table)
    given = (Written(name.upper(), value, "callmanager") for name, value in overrides.items() if value is not None)
    yield from _known(given, table)


def parsed_value(row: Row, entry: Written, home: Path) -> object:
    """The value of `entry`; a relative file is placed in `home`. Raises SettingsError."""
    try:
        value = row.kind.parse(entry.value)
    except (ValueError, TypeError):
        read = "***" if row.secret else _shortened(entry.value)
        params = {"read": read, **row.kind.params}
        # Without its cause: the foreign text repeats what was read, and that may be a secret.
        raise setting_error("setting_wrong", row.kind.message, entry, allowed=row.kind.allowed, **params) from None
    return home.absolute() / value if isinstance(value, Path) else value


def setting_error(code: str, message: str, entry: Written, **params: object) -> SettingsError:
    """An error about one written setting; `params` fill the message and go into the fields."""
    fields = {"file": entry.file, "line": entry.line, "name": entry.name, **params}
    return SettingsError(code, message, fields=fields, place=entry.place, name=entry.name, **params)


def _meant(entries: Iterable[Written], table: Mapping[str, Row]) -> Iterator[Written]:
    """Those in capitals. One in small letters that would be a setting in capitals would do nothing, unsaid."""
    for entry in entries:
        if entry.name.isupper():
            yield entry
        elif near := difflib.get_close_matches(entry.name.upper(), table, n=1, cutoff=_SURELY_MEANT):
            message = N_("%(place)s: %(name)s has no effect here. Write %(nearest)s.")
            raise setting_error("setting_unknown", message, entry, nearest=near[0])


def _unprefixed(entries: Iterable[Written], table: Mapping[str, Row]) -> Iterator[Written]:
    for entry in entries:
        name = entry.name.upper()
        if name.startswith(PREFIX) and name not in FOREIGN_NAMES:
            yield Written(name.removeprefix(PREFIX), entry.value, entry.file, entry.line)
        elif name in table:
            message = N_("%(place)s: %(name)s has no effect here. Write %(nearest)s.")
            raise setting_error("setting_unknown", message, entry, nearest=PREFIX + name)


def _known(entries: Iterable[Written], table: Mapping[str, Row]) -> Iterator[Written]:
    for entry in entries:
        if entry.name not in table:
            raise _unknown(entry, table)
        yield entry


def _unknown(entry: Written, table: Mapping[str, Row]) -> SettingsError:
    near = difflib.get_close_matches(entry.name, table, n=1, cutoff=0.6)
    if near:
        message = N_("%(place)s: there is no setting %(name)s. Did you mean %(nearest)s?")
        return setting_error("setting_unknown", message, entry, nearest=near[0])
    message = N_("%(place)s: there is no setting %(name)s. Remove the line; docs/settings.md lists them all.")
    return setting_error("setting_unknown", message, entry)


def _shortened(value: object) -> str:
    text = re.sub(r"://[^\s/@]+@", "://***@", repr(value))  # a password inside an address is a secret anywhere
    return text if len(text) <= 80 else text[:77] + "..."
