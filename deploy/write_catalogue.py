"""Collects the msgids of the package into callmanager/i18n/es/callmanager.po, keeping what is translated already, and
writes from it LC_MESSAGES/callmanager.mo beside it, which Python's gettext reads.

They are what the source marks, and what the pages of the API ask for when they are made: summaries of routes, tags,
parameters and statuses are written for docs/api.md and the OpenAPI document, and marked nowhere.
`--check` writes nothing and answers 1 when a translation is missing, fuzzy or left over, its placeholders differ, or
the .mo file is not what the .po file says.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "deploy")]

from write_api import SERVER, routes_only  # noqa: E402  # after the path of the checkout is known

from callmanager.i18n import sentence  # noqa: E402
from callmanager.server.api.reference.openapi import build_document  # noqa: E402
from callmanager.server.api.reference.rendering import errors_page, reference_page  # noqa: E402

CATALOGUE = ROOT / "callmanager" / "i18n" / "es" / "callmanager.po"
COMPILED = CATALOGUE.parent / "LC_MESSAGES" / "callmanager.mo"
METHODS = [("**.py", "python"), ("**/pages/**.html", "jinja2.ext:babel_extract")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"N_": None, "NN_": (1, 2), "_": None, "gettext": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])|\{(\w*)(![rs])?\}")
HEAD = "# Spanish sentences by msgid. `python deploy/write_catalogue.py` adds new ones; translate them and run it then."
FIELDS = "Language: es\nContent-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
"""The head of both files; it bears no date, so that the same catalogue is the same file."""

MsgId = str | tuple[str, ...]
"""A sentence, or what it is for one and for many."""


def msgids() -> list[MsgId]:
    """Every msgid of the package, once, in the order of the alphabet."""
    found = extract_from_dir(str(ROOT / "callmanager"), method_map=METHODS, keywords=KEYWORDS)
    marked: set[MsgId] = {message for _file, _line, message, _comments, _context in found}
    return sorted(marked | asked_by_pages(), key=lambda one: texts(one)[0])


def asked_by_pages() -> set[MsgId]:
    """Every text that the pages of the API look up."""
    asked: set[MsgId] = set()

    def listen(message: str, language: str, params: Mapping[str, Any] | None) -> str:
        asked.add(message)
        return sentence(message, language, params)

    reference_page(build_document(routes_only()), SERVER, "es", listen)
    errors_page("es", listen)
    return asked


def translated() -> Catalog:
    """The catalogue as it stands; an empty one when there is none."""
    if not CATALOGUE.is_file():
        return Catalog(locale="es")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="es")


def texts(message: MsgId) -> tuple[str, ...]:
    """The texts of a sentence: one, or that for one and that for many."""
    return (message,) if isinstance(message, str) else tuple(message)


def problems(catalogue: Catalog, wanted: list[MsgId]) -> Iterator[str]:
    """What keeps the catalogue from being complete, one line each."""
    known: dict[MsgId, Message] = {message.id: message for message in catalogue if message.id}
    yield from (f"missing: {one!r}" for one in wanted if one not in known or not all(texts(known[one].string)))
    yield from (f"left over: {one!r}" for one in known if one not in set(wanted))
    yield from (f"left over: {one!r}" for one in catalogue.obsolete)
    for one, message in known.items():
        if message.fuzzy:
            yield f"fuzzy: {one!r}"
        for given, translation in zip(texts(one), texts(message.string), strict=True):
            if translation and placeholders(given) != placeholders(translation):
                yield f"placeholders differ: {given!r} -> {translation!r}"
    if not COMPILED.is_file() or COMPILED.read_bytes() != compiled(catalogue):
        yield f"{COMPILED.relative_to(ROOT)} is stale"


def placeholders(text: str) -> list[str]:
    """The places of values in a sentence, each as often as it stands there but in any order."""
    return sorted(found[0] for found in PLACEHOLDER.finditer(text))


def renewed(catalogue: Catalog, wanted: list[MsgId]) -> Catalog:
    """A catalogue of exactly the msgids `wanted`, with the translations there are."""
    fresh = Catalog(locale="es", fuzzy=False)
    for one in wanted:
        known = catalogue.get(one)
        kept = known is not None and known.id == one and not known.fuzzy
        fresh.add(one, known.string if kept else ("",) * 2 if isinstance(one, tuple) else "")
    return fresh


def write(catalogue: Catalog) -> None:
    """Write both files."""
    sink = BytesIO()
    write_po(sink, catalogue, width=0, no_location=True, omit_header=True)
    fields = "".join(f'"{line}\\n"\n' for line in FIELDS.splitlines())
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(f'{HEAD}\nmsgid ""\nmsgstr ""\n{fields}\n'.encode() + sink.getvalue())
    COMPILED.write_bytes(compiled(catalogue))


def compiled(catalogue: Catalog) -> bytes:
    """The .mo file of a catalogue: what is translated and not fuzzy."""
    finished = [one for one in catalogue if one.id and not one.fuzzy and all(texts(one.string))]
    sink = BytesIO()
    write_mo(sink, cast("Catalog", _Messages([Message("", FIELDS), *finished])))
    return sink.getvalue()


class _Messages(list[Message]):
    """What write_mo takes of a Catalog, whose own head bears the date and Babel's version."""

    charset = "utf-8"


def main(arguments: list[str]) -> int:
    """Renew the catalogue, or with --check only say what it lacks; 1 when it is not complete."""
    wanted = msgids()
    if "--check" not in arguments:
        write(renewed(translated(), wanted))
    found = list(problems(translated(), wanted))
    for line in found:
        print(line)
    print(f"{len(wanted)} sentences, {len(found)} to do" if found else f"{len(wanted)} sentences, all translated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
