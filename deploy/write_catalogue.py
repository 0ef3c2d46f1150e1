"""Collects the msgids of the package into callmanager/i18n/es/callmanager.po, keeping what is translated already.

They are what the source marks, and what the pages of the API ask for when they are made: summaries of routes, tags,
parameters and statuses are written for docs/api.md and the OpenAPI document, and marked nowhere.
`--check` writes nothing and answers 1 when a translation is missing, fuzzy or left over, or its placeholders differ.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "deploy")]

from write_api import SERVER, routes_only  # noqa: E402  # after the path of the checkout is known

from callmanager.i18n import sentence  # noqa: E402
from callmanager.server.api.reference.openapi import build_document  # noqa: E402
from callmanager.server.api.reference.rendering import errors_page, reference_page  # noqa: E402

CATALOGUE = ROOT / "callmanager" / "i18n" / "es" / "callmanager.po"
METHODS = [("**.py", "python"), ("**/pages/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"N_": None, "_": None, "gettext": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])|\{(\w*)(![rs])?\}")
HEAD = "# Spanish sentences by msgid. `python deploy/write_catalogue.py` adds new msgids; translate them here."


def msgids() -> list[str]:
    """Every msgid of the package, once, in the order of the alphabet."""
    found = extract_from_dir(str(ROOT / "callmanager"), method_map=METHODS, keywords=KEYWORDS)
    marked = {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}
    return sorted(marked | asked_by_pages())


def asked_by_pages() -> set[str]:
    """Every text that the pages of the API look up."""
    asked: set[str] = set()

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


def problems(catalogue: Catalog, wanted: list[str]) -> Iterator[str]:
    """What keeps the catalogue from being complete, one line each."""
    known = {str(message.id): message for message in catalogue if message.id}
    yield from (f"missing: {one!r}" for one in wanted if one not in known or not known[one].string)
    yield from (f"left over: {one!r}" for one in known if one not in set(wanted))
    yield from (f"left over: {one!r}" for one in catalogue.obsolete)
    for one, message in known.items():
        if message.fuzzy:
            yield f"fuzzy: {one!r}"
        if message.string and placeholders(one) != placeholders(str(message.string)):
            yield f"placeholders differ: {one!r} -> {message.string!r}"


def placeholders(text: str) -> list[str]:
    """The places of values in a sentence, each as often as it stands there but in any order."""
    return sorted(found[0] for found in PLACEHOLDER.finditer(text))


def renewed(catalogue: Catalog, wanted: list[str]) -> Catalog:
    """A catalogue of exactly the msgids `wanted`, with the translations there are."""
    fresh = Catalog(locale="es", project="CallManager", fuzzy=False, header_comment=HEAD)
    for one in wanted:
        known = catalogue.get(one)
        fresh.add(one, known.string if known is not None and not known.fuzzy else "")
    return fresh


def write(catalogue: Catalog) -> None:
    """Write the file; the head bears no date, so that the same catalogue is the same file."""
    lines: list[bytes] = []

    class Sink:
        def write(self, raw: bytes) -> None:
            lines.append(raw)

    write_po(Sink(), catalogue, width=0, no_location=True, omit_header=True)
    head = f'{HEAD}\nmsgid ""\nmsgstr ""\n"Language: es\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(head + b"".join(lines).decode("utf-8"), "utf-8", newline="\n")


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
