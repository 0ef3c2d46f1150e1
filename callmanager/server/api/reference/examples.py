"""Examples of bodies and of command lines, made from the schemas so that they cannot fall behind them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

# What a value of this name looks like in an office; everything else follows from its type.
_SAMPLES: dict[str, Any] = {
    "company": "Soda La Esquina",
    "email": "ana@example.com",
    "extra": {"plan": "básico"},
    "field": "name",
    "label": "casa",
    "name": "Ana Mora",
    "new_password": "una clave larga y mía",
    "confirm_password": "una clave larga y mía",
    "next_call_at": "2026-11-22T16:00:00Z",
    "note": "Prefiere la mañana",
    "number": "+506 8312 3456",
    "old_password": "1234",
    "password": "la clave de Ana 9",
    "phone": "+506 8312 3456",
    "reason": "lo pidió",
    "role": "agent",
    "username": "ana",
}
_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "string": "texto", "null": None}
_DEEPEST = 6
_NOT_BY_KEY = frozenset({"create_api_key"})


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits the schema; `schemas` resolves its references."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth)
    for fixed in ("examples", "enum"):
        if schema.get(fixed):
            return schema[fixed][0]
    if "const" in schema:
        return schema["const"]
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    if kinds:
        return example_of(kinds[0], schemas, name, depth)
    return _of_type(schema, schemas, name, depth)


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    if schema.get("type") == "object":
        return _object(schema, schemas, name, depth)
    if schema.get("type") == "array":
        return [example_of(schema.get("items", {}), schemas, name, depth + 1)] if depth < _DEEPEST else []
    return _SAMPLES.get(name, _scalar(schema))


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    properties = schema.get("properties")
    if not properties or depth >= _DEEPEST:
        return _SAMPLES.get(name, {})
    wanted = schema.get("required") or [key for key in properties if key in _SAMPLES][:3] or list(properties)[:3]
    return {key: example_of(properties[key], schemas, key, depth + 1) for key in wanted}


def _scalar(schema: Mapping[str, Any]) -> Any:
    if schema.get("format") == "date-time":
        return "2026-11-22T10:53:31.123Z"
    if schema.get("default") is not None:
        return schema["default"]
    return _BY_TYPE.get(schema.get("type", ""), {})


def curl_line(method: str, path: str, operation: Mapping[str, Any], example: Any, server: str) -> str:
    """A command line that works as it stands once the key and the numbers are right."""
    parts = ["curl"] if method == "GET" else ["curl", "-X", method]
    parts.append(_address(path, server))
    if operation.get("security") != []:
        by_key = operation["operationId"] not in _NOT_BY_KEY
        parts += ["-H", '"X-API-Key: $KEY"' if by_key else '"Authorization: Bearer $TOKEN"']
    if any(ref.get("$ref", "").endswith("/IfMatch") for ref in operation["parameters"]):
        parts += ["-H", shlex.quote('If-Match: "3"')]
    parts += _body_parts(operation.get("requestBody", {}).get("content", {}), example)
    return " ".join(parts)


def _address(path: str, server: str) -> str:
    filled = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
    return server + filled


def _body_parts(content: Mapping[str, Any], example: Any) -> list[str]:
    if "application/json" in content:
        text = json.dumps(example, ensure_ascii=False)
        return ["-H", shlex.quote("Content-Type: application/json"), "-d", shlex.quote(text)]
    if "multipart/form-data" in content:
        return ["-F", "file=@contactos.csv"]
    return []
