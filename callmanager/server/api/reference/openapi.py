"""The OpenAPI 3.1 document: what each route declared, with the schemas that pydantic makes of its models."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from inspect import cleandoc
from typing import Any, Literal

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from callmanager import __version__
from callmanager.domain.people import Role
from callmanager.domain.permissions import ROLES
from callmanager.server.api.models.problems import Problem
from callmanager.server.api.reference.statuses import problem_answers, refusals
from callmanager.server.edges.routing import DECLARED, Declared

JSON = "application/json"
DESCRIPTION = (
    "Contacts and calls of one office. Sign in at /auth/login for a token, or use an API key. Errors are problem "
    "documents (RFC 9457) whose code is stable; /docs/errors explains each. Instants are UTC with a final Z. "
    "Bodies are JSON whatever type they are declared as, and unknown fields are refused."
)
_VARIABLE = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_NUMBER = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 10**15 - 1}
_REFERENCE = "#/components/schemas/{model}"

Operation = dict[str, Any]
Mode = Literal["validation", "serialization"]
References = Mapping[tuple[type[BaseModel], Mode], dict[str, Any]]
"""Where the schema of a model stands: as callers write it, and as the server does."""


def build_document(app: Flask) -> dict[str, Any]:
    """The whole document for the routes that `app` has. Takes tens of milliseconds: keep what it answers."""
    routes = declared_routes(app)
    references, schemas = _schemas(declared for _endpoint, declared in routes)
    paths: dict[str, dict[str, Operation]] = {}
    for endpoint, declared in routes:
        operation = _operation(endpoint, app.view_functions[endpoint].__doc__ or "", declared, references)
        paths.setdefault(openapi_path(declared.path), {})[declared.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/"}],
        "tags": _tags(app),
        "paths": paths,
        "components": _components(schemas),
        "security": [{"bearer": []}, {"apiKey": []}],
    }


def declared_routes(app: Flask) -> list[tuple[str, Declared]]:
    """Endpoint and declaration of each route of `app`, in the order in which its blueprints were registered."""
    names = list(app.blueprints)
    found = [(endpoint, declared) for endpoint, declared in DECLARED.items() if endpoint in app.view_functions]
    return sorted(found, key=lambda pair: names.index(pair[0].partition(".")[0]))


def openapi_path(path: str) -> str:
    """`/contacts/<int:contact_id>` as `/contacts/{contact_id}`."""
    return _VARIABLE.sub(r"{\2}", path)


def roles_of(declared: Declared) -> list[str]:
    """The roles that have the permission of the route; empty for a public one."""
    return [role.value for role in Role if declared.permission in ROLES[role]]


def _info() -> dict[str, Any]:
    licence = {"name": "MIT", "identifier": "MIT"}
    return {"title": "CallManager", "version": __version__, "description": DESCRIPTION, "license": licence}


def _tags(app: Flask) -> list[dict[str, str]]:
    """One for each blueprint, described by the first sentences of its file."""
    found: dict[str, str] = {}
    for endpoint, _declared in declared_routes(app):
        text = sys.modules[app.view_functions[endpoint].__module__].__doc__ or ""
        found.setdefault(endpoint.partition(".")[0], text.split("\n\n")[0].replace("\n", " ").strip())
    return [{"name": name, "description": text} for name, text in found.items()]


def _schemas(routes: Iterable[Declared]) -> tuple[References, dict[str, Any]]:
    """References to the models of bodies and answers, and their schemas by name."""
    uses: dict[tuple[type[BaseModel], Mode], None] = {(Problem, "serialization"): None}
    for declared in routes:
        if declared.body is not None:
            uses[declared.body, "validation"] = None
        uses |= {(model, "serialization"): None for model in declared.answers.values() if model is not None}
    references, document = models_json_schema(list(uses), ref_template=_REFERENCE)
    return {use: references[use] for use in uses}, document["$defs"]


def _operation(endpoint: str, docstring: str, declared: Declared, references: References) -> Operation:
    tag, _, name = endpoint.partition(".")
    summary, *more = (part.replace("\n", " ") for part in cleandoc(docstring).split("\n\n"))
    operation: Operation = {
        "summary": summary,
        "operationId": name,
        "description": "\n\n".join([*more, _who(declared)]),
        "tags": [tag],
        "parameters": [*_path_read(declared), *_query_read(declared), *_headers_read(declared)],
        "responses": _answers(declared, references),
    }
    body = _body(declared, references)
    return operation | _access(declared) | ({"requestBody": body} if body["content"] else {})


def _access(declared: Declared) -> Operation:
    if declared.permission is None:
        return {"security": []}
    access: Operation = {"x-permission": declared.permission.value, "x-roles": roles_of(declared)}
    if declared.or_local:
        access["security"] = [{"bearer": []}, {"apiKey": []}, {}]
    return access


def _body(declared: Declared, references: References) -> dict[str, Any]:
    model, content = declared.body, _content(declared, "body")
    if model is None:
        return {"required": True, "content": content}
    may_be_empty = not any(field.is_required() for field in model.model_fields.values())  # nothing is an empty object
    return {"required": not may_be_empty, "content": {JSON: {"schema": references[model, "validation"]}, **content}}


def _who(declared: Declared) -> str:
    if declared.permission is None:
        return "Public: no sign-in needed."
    before = " Open before a first password is changed." if declared.before_password_change else ""
    local = " Programs on the server's own PC need no sign-in." if declared.or_local else ""
    return f"Permission: `{declared.permission.value}` ({', '.join(roles_of(declared))}).{before}{local}"


def _path_read(declared: Declared) -> Iterator[dict[str, Any]]:
    for converter, name in _VARIABLE.findall(declared.path):
        schema = _NUMBER if converter == "int" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_read(declared: Declared) -> Iterator[dict[str, Any]]:
    model = declared.query.model_json_schema(ref_template=_REFERENCE) if declared.query else {"properties": {}}
    for name, field in model["properties"].items():
        yield {"name": name, "in": "query", "required": name in model.get("required", ()), **_as_parameter(field)}


def _as_parameter(field: dict[str, Any]) -> dict[str, Any]:
    """A field of a query as it is on the wire, which has no null."""
    schema = {name: value for name, value in field.items() if name not in ("anyOf", "description", "title")}
    kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
    schema |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
    if schema.get("default", "") is None:
        del schema["default"]
    described = schema.pop("description", "") or field.get("description", "")
    return {"schema": schema, **({"description": described} if described else {})}


def _headers_read(declared: Declared) -> Iterable[dict[str, str]]:
    names = ["AcceptLanguage"]
    if declared.method == "GET" and any(_has_tag(model) for model in declared.answers.values()):
        names.append("IfNoneMatch")
    if declared.versioned:
        names.append("IfMatch")
    if declared.under_lease:
        names.append("LeaseToken" if declared.versioned else "OwnLeaseToken")
    if declared.repeatable:
        names.append("IdempotencyKey")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _content(declared: Declared, place: str) -> dict[str, Any]:
    types = (declared.media or {}).get(place, ())
    if isinstance(types, Mapping):
        return {name: {"schema": schema} for name, schema in types.items()}
    return {name: {"schema": {} if place == "body" or name == JSON else {"type": "string"}} for name in types}


def _answers(declared: Declared, references: References) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, model in declared.answers.items():
        content = {} if model is None else {JSON: {"schema": references[model, "serialization"]}}
        content |= _content(declared, "answer")
        answer = {"description": HTTPStatus(status).phrase, "headers": _headers_sent(declared, status)}
        answers[str(status)] = answer | ({"content": content} if content else {})
    if declared.method == "GET" and any("ETag" in answer["headers"] for answer in answers.values()):
        answers["304"] = {
            "description": "The caller has this version.",
            "headers": _named_headers(["RequestId", "ETag"]),
        }
    return answers | {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in refusals(declared)}


def _headers_sent(declared: Declared, status: int) -> dict[str, Any]:
    model = declared.answers[status]
    names = ["RequestId"]
    if _has_tag(model):
        names.append("ETag")
    if declared.query is not None and "cursor" in declared.query.model_fields:
        names.append("Link")
    if declared.repeatable:
        names.append("IdempotencyReplayed")
    return _named_headers(names)


def _has_tag(model: type[BaseModel] | None) -> bool:
    """What can be changed by its version is answered with it as ETag."""
    tagged = {answer for declared in DECLARED.values() if declared.versioned for answer in declared.answers.values()}
    return model is not None and model in tagged


def _named_headers(names: Iterable[str]) -> dict[str, Any]:
    return {_HEADERS[name][0]: {"$ref": f"#/components/headers/{name}"} for name in names}


_HEADERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "RequestId": ("X-Request-Id", "The number of this request in the server's log.", {"type": "string"}),
    "ETag": ("ETag", "The version of the record, for If-Match.", {"type": "string", "pattern": '^"[0-9]+"$'}),
    "Link": ("Link", 'The next page: `</contacts?cursor=...>; rel="next"`. Absent on the last.', {"type": "string"}),
    "IdempotencyReplayed": ("Idempotency-Replayed", "`true` when this is the answer of before.", {"enum": ["true"]}),
}


def _components(schemas: Mapping[str, Any]) -> dict[str, Any]:
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The token of /auth/login."}
    key = {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key of a user: cm_..."}
    return {
        "schemas": dict(sorted(schemas.items())),
        "responses": problem_answers(),
        "headers": {name: _header(name, text, schema) for name, (_, text, schema) in _HEADERS.items()},
        "parameters": _PARAMETERS,
        "securitySchemes": {"bearer": bearer, "apiKey": key},
    }


def _header(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "schema": schema, "required": name in ("RequestId", "ETag")}


def _header_parameter(name: str, text: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": text, "schema": schema}


_PARAMETERS = {
    "AcceptLanguage": _header_parameter(
        "Accept-Language", "The language of sentences: es or en.", {"type": "string", "examples": ["es"]}
    ),
    "IfNoneMatch": _header_parameter(
        "If-None-Match", "The ETag the caller has: 304 while it is still so.", {"type": "string", "examples": ['"3"']}
    ),
    "IfMatch": _header_parameter(
        "If-Match",
        "The version that was changed, as the ETag gave it.",
        {"type": "string", "pattern": '^"[0-9]{1,10}"$', "examples": ['"3"']},
        required=True,
    ),
    "LeaseToken": _header_parameter(
        "Lease-Token",
        "The token of the caller's lock: the write is refused (409 lease_lost) when it is no longer good.",
        {"type": "string", "pattern": "^[0-9]{1,15}$", "examples": ["3"]},
    ),
    "OwnLeaseToken": _header_parameter(
        "Lease-Token",
        "The token of the lock that is given back.",
        {"type": "string", "pattern": "^[0-9]{1,15}$", "examples": ["3"]},
        required=True,
    ),
    "IdempotencyKey": _header_parameter(
        "Idempotency-Key",
        "Any text that names this request: sent again with the same body, it is done once.",
        {"type": "string", "pattern": "^[!-~]{1,200}$", "examples": ["5f0c1d7e"]},
    ),
}
