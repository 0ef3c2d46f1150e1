"""The OpenAPI document as pages show it: sections of operations with parameters, example, answers and curl line.

Its texts are msgids, as the document has them; only kinds of values are put together here, in the language of `say`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from callmanager.domain.texts import N_
from callmanager.i18n import sentence
from callmanager.server.api.reference.examples import curl_line, example_of
from callmanager.server.api.reference.statuses import phrase

JSON = "application/json"
Say = Callable[..., str]
"""A msgid and the values of its placeholders as a sentence."""
_EVERYWHERE = [{"$ref": "#/components/parameters/AcceptLanguage"}]


def in_english(message: str, /, **params: Any) -> str:
    """The msgid itself with its values."""
    return sentence(message, "en", params)


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


def outline(document: Mapping[str, Any], server: str, say: Say = in_english) -> list[Section]:
    """The document by tag; `server` is the address that the curl lines call."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(
                _operation(document, method.upper(), path, operation, server=server, say=say)
            )
    return [Section(tag["name"], tag["description"], tuple(found[tag["name"]])) for tag in document["tags"]]


def _operation(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any], *, server: str, say: Say
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
        parameters=tuple(_parameter(document, one, say) for one in operation["parameters"] if one not in _EVERYWHERE),
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


def _parameter(document: Mapping[str, Any], given: Mapping[str, Any], say: Say) -> Parameter:
    if "$ref" in given:
        given = document["components"]["parameters"][given["$ref"].rpartition("/")[2]]
    schema = given["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return Parameter(
        name=given["name"],
        place=given["in"],
        kind=kind_of(schema, say),
        required=bool(given["required"]),
        text=given.get("description", ""),
    )


def kind_of(schema: Mapping[str, Any], say: Say = in_english) -> str:
    """What a value may be, in few words: `integer 1 to 5000`, `old, new`, `date-time`. Names of types stay."""
    if "anyOf" in schema:
        first, *others = (kind_of(kind, say) for kind in schema["anyOf"])
        return reduce(lambda left, right: say(N_("%(left)s or %(right)s"), left=left, right=right), others, first)
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("format") if schema.get("format") == "date-time" else schema.get("type", "any"))
    if "maxLength" in schema:
        kind = say(N_("%(kind)s, at most %(limit)s characters"), kind=kind, limit=schema["maxLength"])
    if schema.get("type") == "integer" and schema.get("maximum", 10**6) < 10**6:
        least, most = schema.get("minimum", ""), schema["maximum"]
        kind = say(N_("%(kind)s %(least)s to %(most)s"), kind=kind, least=least, most=most)
    if "default" in schema:
        kind = say(N_("%(kind)s, default %(value)s"), kind=kind, value=json.dumps(schema["default"]))
    return kind
