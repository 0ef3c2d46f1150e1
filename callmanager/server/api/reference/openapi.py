"""The OpenAPI 3.1 document: what SpecTree knows of bodies and answers, joined with what each route declared."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from flask import Flask
from pydantic import BaseModel

from callmanager import __version__
from callmanager.domain.people import Role
from callmanager.domain.permissions import ROLES
from callmanager.server.api.models.problems import Problem
from callmanager.server.api.reference.statuses import problem_answers, refusals
from callmanager.server.edges.routing import DECLARED, Declared, spec

JSON = "application/json"
DESCRIPTION = (
    "Contacts and calls of one office. Sign in at /auth/login for a token, or use an API key. Errors are problem "
    "documents (RFC 9457) whose code is stable; /docs/errors explains each. Instants are UTC with a final Z. "
    "Bodies are JSON whatever type they are declared as, and unknown fields are refused."
)
_VARIABLE = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")

Operation = dict[str, Any]


def build_document(app: Flask) -> dict[str, Any]:
    """The whole document for the routes that `app` has. Takes tens of milliseconds: keep what it answers."""
    generated = spec.generate(app)
    paths: dict[str, dict[str, Operation]] = {}
    for _endpoint, declared in declared_routes(app):
        path = openapi_path(declared.path)
        operation = generated["paths"][path][declared.method.lower()]
        paths.setdefault(path, {})[declared.method.lower()] = _completed(operation, declared)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/"}],
        "tags": _tags(app),
        "paths": paths,
        "components": _components(generated["components"]["schemas"]),
        "security": [{"bearer": []}, {"apiKey": []}],
    }


def declared_routes(app: Flask) -> list[tuple[str, Declared]]:
    """Endpoint and declaration of each route of `app`, in the order in which its blueprints were registered."""
    names = list(app.blueprints)
    found = [(endpoint, declared) for endpoint, declared in DECLARED.items() if endpoint in app.view_functions]
    return sorted(found, key=lambda pair: names.index(pair[0].partition(".")[0]))


def openapi_path(path: str) -> str:
    """`/contacts/<int:contact_id>` as `/contacts/{contact_id}`."""
    return _VARIABLE.sub(r"{\1}", path)


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


def _completed(operation: Operation, declared: Declared) -> Operation:
    operation = deepcopy(operation)
    operation["description"] = f"{operation['description']}\n\n{_who(declared)}".strip()
    if declared.permission is None:
        operation["security"] = []
    else:
        operation["x-permission"] = declared.permission.value
        if declared.or_local:
            operation["security"] = [{"bearer": []}, {"apiKey": []}, {}]
        operation["x-roles"] = roles_of(declared)
    operation["parameters"] = [*map(_tidy, operation["parameters"]), *_headers_read(declared)]
    if declared.body is not None and not declared.body.model_json_schema().get("required"):
        operation["requestBody"]["required"] = False  # nothing given is an empty object
    if "body" in (declared.media or {}):
        body = operation.setdefault("requestBody", {"required": True, "content": {}})
        body["content"] |= _content(declared, "body")
    operation["responses"] = _answers(operation["responses"], declared)
    return operation


def _who(declared: Declared) -> str:
    if declared.permission is None:
        return "Public: no sign-in needed."
    before = " Open before a first password is changed." if declared.before_password_change else ""
    local = " Programs on the server's own PC need no sign-in." if declared.or_local else ""
    return f"Permission: `{declared.permission.value}` ({', '.join(roles_of(declared))}).{before}{local}"


def _tidy(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter as it is on the wire: a query has no null, and ids in paths start with 1."""
    schema = dict(parameter["schema"])
    if parameter["in"] == "path":
        whole = schema.get("type") == "integer"
        return {
            **parameter,
            "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 10**15 - 1} if whole else schema,
        }
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    schema |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
    if schema.get("default", "") is None:
        del schema["default"]
    schema.pop("title", None)
    described = {"description": schema.pop("description")} if schema.get("description") else {}
    return {"name": parameter["name"], "in": "query", "required": parameter["required"], "schema": schema, **described}


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


def _answers(generated: Mapping[str, Any], declared: Declared) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, model in declared.answers.items():
        answer = dict(generated[str(status)])
        media = _content(declared, "answer")
        if media:
            answer["content"] = {**(answer.get("content", {}) if model else {}), **media}
        elif model is None:
            answer.pop("content", None)
        answer["headers"] = _headers_sent(declared, status)
        answers[str(status)] = answer
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
    problem = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The token of /auth/login."}
    key = {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key of a user: cm_..."}
    return {
        "schemas": {**dict(sorted(schemas.items())), "Problem": problem},
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
