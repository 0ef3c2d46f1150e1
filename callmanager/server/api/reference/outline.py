"""The OpenAPI document as pages show it: sections of operations with parameters, example, answers and curl line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callmanager.server.api.reference.examples import curl_line, example_of
from callmanager.server.api.reference.statuses import phrase

JSON = "application/json"
_EVERYWHERE = [{"$ref": "#/components/parameters/AcceptLanguage"}]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the path, the query or a header; `kind` says in words what it may be."""

    name: str
    place: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One route as a reader needs it. `permission` and `roles` are empty on public routes."""

    id: str
    method: str
    path: str
    summary: str
    permission: str
    roles: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body_types: tuple[str, ...]
    body: str
    answers: tuple[tuple[str, str], ...]
    answer: str
    refusals: tuple[str, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one tag."""

    name: str
    text: str
    operations: tuple[Operation, ...]


def outline(document: Mapping[str, Any], server: str) -> list[Section]:
    """The document by tag; `server` is the address that the curl lines call."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(
                _operation(document, method.upper(), path, operation, server)
            )
    return [Section(tag["name"], tag["description"], tuple(found[tag["name"]])) for tag in document["tags"]]


def _operation(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any], server: str
) -> Operation:
    schemas = document["components"]["schemas"]
    content = operation.get("requestBody", {}).get("content", {})
    example = example_of(content[JSON]["schema"], schemas) if JSON in content else None
    good = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        permission=operation.get("x-permission", ""),
        roles=tuple(operation.get("x-roles", ())),
        parameters=tuple(_parameter(document, given) for given in operation["parameters"] if given not in _EVERYWHERE),
        body_types=tuple(content),
        body="" if example is None else _pretty(example),
        answers=tuple((phrase(int(status)), ", ".join(answer.get("content", ()))) for status, answer in good.items()),
        answer=_answer_example(good, schemas),
        refusals=tuple(phrase(int(status)) for status in operation["responses"] if status >= "400"),
        curl=curl_line(method, path, operation, example, server),
    )


def _answer_example(good: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    for answer in good.values():
        if JSON in answer.get("content", {}):
            return _pretty(example_of(answer["content"][JSON]["schema"], schemas))
    return ""


def _pretty(value: Any) -> str:
    """Indented JSON; short lists and objects stay on one line."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return re.sub(
        r"[\[{]\n\s+([^\[\]{}]{0,90}?)\n\s+([\]}])",
        lambda found: found[0][0] + re.sub(r"\s*\n\s*", " ", found[1]) + found[2],
        text,
    )


def _parameter(document: Mapping[str, Any], given: Mapping[str, Any]) -> Parameter:
    if "$ref" in given:
        given = document["components"]["parameters"][given["$ref"].rpartition("/")[2]]
    schema = given["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return Parameter(
        name=given["name"],
        place=given["in"],
        kind=kind_of(schema),
        required=bool(given["required"]),
        text=given.get("description", ""),
    )


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a value may be, in few words: `integer 1 to 5000`, `"old" or "new"`, `date-time`."""
    if "anyOf" in schema:
        return " or ".join(kind_of(kind) for kind in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("format") if schema.get("format") == "date-time" else schema.get("type", "any"))
    if "maxLength" in schema:
        kind += f", at most {schema['maxLength']} characters"
    if kind == "integer" and "maximum" in schema and schema["maximum"] < 10**6:
        kind += f" {schema.get('minimum', '')} to {schema['maximum']}"
    return kind + (f", default {json.dumps(schema['default'])}" if "default" in schema else "")
