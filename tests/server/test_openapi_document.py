"""The OpenAPI document and the pages made from it: whole, true to the routes, and free of anything from elsewhere."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from callmanager.server.api.reference.error_codes import list_error_codes
from callmanager.server.api.reference.openapi import openapi_path
from callmanager.server.edges.routing import DECLARED
from tests.web import Web

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def document(web: Web) -> dict[str, Any]:
    answer = web.client.get("/openapi.json")
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.json
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_described_and_nothing_else(document: dict[str, Any]) -> None:
    assert set(operations(document)) == {f"{d.method} {openapi_path(d.path)}" for d in DECLARED.values()}


def test_names_of_operations_and_models_are_used_once(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(ids) == len(set(ids))
    models = {model for declared in DECLARED.values() for model in (declared.query, declared.body) if model is not None}
    models |= {model for declared in DECLARED.values() for model in declared.answers.values() if model is not None}
    names = [model.__name__ for model in models]
    assert sorted(names) == sorted(set(names))
    assert not [name for name in document["components"]["schemas"] if "__" in name], "two models share a name"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in re.findall(r'"\$ref": ?"([^"]+)"', str(document).replace("'", '"')):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_a_route_that_needs_no_sign_in_says_so_and_all_others_name_their_permission(document: dict[str, Any]) -> None:
    described = operations(document)
    for declared in DECLARED.values():
        operation = described[f"{declared.method} {openapi_path(declared.path)}"]
        if declared.permission is None:
            assert operation["security"] == []
        else:
            assert operation["x-permission"] == declared.permission.value
            assert {"401", "403", "429"} <= operation["responses"].keys()


def test_start_up_makes_no_schema() -> None:
    program = (
        "import sys\n"
        "from pydantic.json_schema import GenerateJsonSchema\n"
        "made = []\n"
        "make = GenerateJsonSchema.__init__\n"
        "GenerateJsonSchema.__init__ = lambda *a, **k: made.append(a) or make(*a, **k)\n"
        "import callmanager.server.app\n"
        "sys.exit(len(made))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


class Addresses(HTMLParser):
    """What a page loads, what it links to, and the anchors it has."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.anchors: set[str] = set()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("link", "script", "img", "iframe"):
            self.loaded.append(given.get("href") or given.get("src") or "inline")
        if tag == "a":
            self.linked.append(given["href"])
        if "id" in given:
            self.anchors.add(given["id"])
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


def read(text: str) -> Addresses:
    parser = Addresses()
    parser.feed(text)
    return parser


@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_page_is_whole_without_the_internet_and_under_its_own_policy(web: Web, path: str, lang: str) -> None:
    answer = web.client.get(path, query_string={"lang": lang})
    page = read(answer.text)
    assert answer.headers["Content-Language"] == lang
    assert set(page.loaded) == {"/docs/style.css", "data:,"}
    assert page.inline == []
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert web.client.get("/docs/style.css").mimetype == "text/css"


def test_every_link_of_the_reference_leads_to_an_anchor(web: Web) -> None:
    pages = {path: read(web.client.get(path).text) for path in ("/docs", "/docs/errors")}
    for path, page in pages.items():
        for link in page.linked:
            address, _, anchor = link.partition("#")
            if anchor:
                assert anchor in pages[address or path].anchors, link


def test_the_type_of_every_problem_leads_to_its_explanation(web: Web) -> None:
    anchors = read(web.client.get("/docs/errors").text).anchors
    assert {code.code for code in list_error_codes()} <= anchors
    for method, path in (("GET", "/contacts"), ("GET", "/nowhere"), ("PUT", "/health"), ("PATCH", "/contacts/1")):
        problem = web.ask("boss" if method == "PATCH" else None, method, path).json
        address, _, anchor = problem["type"].partition("#")
        assert (address, anchor) == ("/docs/errors", problem["code"])
        assert anchor in anchors


def test_the_committed_pages_and_codes_are_what_the_source_says() -> None:
    done = subprocess.run(
        [sys.executable, "deploy/write_api.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python deploy/write_api.py"
