"""The pages of the API in Spanish: every text that they look up has a translation, and every text is looked up."""

from collections.abc import Iterator
from gettext import NullTranslations
from typing import Any

import pytest

from callmanager import i18n
from callmanager.server.api.reference.statuses import MEANINGS
from tests.web import Web


class Listening(NullTranslations):
    """A catalogue that remembers what it was asked for, and what of it has no translation."""

    def __init__(self, known: NullTranslations) -> None:
        super().__init__()
        self.known = known
        self.asked: set[str] = set()
        self.missing: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        text = self.known.gettext(message)
        if text is message:
            self.missing.add(message)
        return text


@pytest.fixture
def spanish(monkeypatch: pytest.MonkeyPatch) -> Listening:
    catalogues = {"es": Listening(i18n.catalogue("es")), "en": Listening(i18n.catalogue("en"))}
    monkeypatch.setattr(i18n, "catalogue", catalogues.__getitem__)
    return catalogues["es"]


def test_whatever_the_pages_look_up_is_translated(web: Web, spanish: Listening) -> None:
    for path in ("/docs", "/docs/errors"):
        assert web.client.get(path, query_string={"lang": "es"}).status_code == 200
    assert set(texts(web.client.get("/openapi.json").json)) | set(MEANINGS.values()) <= spanish.asked
    assert sorted(spanish.missing) == []


def test_the_kinds_of_values_are_in_the_language_of_the_page(web: Web) -> None:
    shown = {lang: web.client.get("/docs", query_string={"lang": lang}).text for lang in ("es", "en")}
    assert "string, como máximo 80 caracteres" in shown["es"]
    assert "string, at most 80 characters" in shown["en"]
    assert "integer de 1 a 5000, por omisión 5000" in shown["es"]
    assert "integer 1 to 5000, default 5000" in shown["en"]


def texts(document: dict[str, Any]) -> Iterator[str]:
    """What the document says in sentences about itself, its tags, its routes and their parameters."""
    yield document["info"]["description"]
    yield from (tag["description"] for tag in document["tags"])
    for methods in document["paths"].values():
        for operation in methods.values():
            yield operation["summary"]
            yield from (given["description"] for given in operation["parameters"] if given.get("description"))
