"""Answers of one shape: ready JSON, entity tags, next links, streams, and the answer of a write kept for a repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_

JSON = "application/json"
MOST_VERSION_DIGITS = 10


def json_answer(body: bytes | str, status: int = 200, *, version: int | None = None) -> Response:
    """Ready JSON text, with the version as an entity tag when there is one."""
    response = Response(body, status, mimetype=JSON)
    if version is not None:
        response.headers["ETag"] = f'"{version}"'
    return response


def value_answer(value: Any, status: int = 200, *, version: int | None = None) -> Response:
    """A value as JSON."""
    return json_answer(orjson.dumps(value), status, version=version)


def with_next(response: Response, cursor: str | int | None) -> Response:
    """The response with a link to the next page of the same list."""
    if cursor is not None:
        query = urlencode({**request.args.to_dict(), "cursor": cursor})
        response.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return response


def stream_array(pieces: Iterable[str]) -> Response:
    """A JSON array sent while it is being read."""
    return Response(_array(pieces), mimetype=JSON, headers={"X-Accel-Buffering": "no"})


def _array(pieces: Iterable[str]) -> Iterator[bytes]:
    separator = b"["
    for piece in pieces:
        yield separator + piece.encode()
        separator = b","
    yield b"]" if separator == b"," else b"[]"


def required_version() -> int:
    """The version that `If-Match: "v"` names. Raises Invalid when it is missing (428) or no version (422)."""
    text = request.headers.get("If-Match")
    if text is None:
        raise Invalid(
            "if_match_missing",
            N_('Send the version you changed as If-Match: "version" (the ETag of GET).'),
            fields={"field": "If-Match"},
        )
    digits = text.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_VERSION_DIGITS):
        raise Invalid(
            "if_match_invalid",
            N_('If-Match must be one version, such as "3".'),
            fields={"field": "If-Match"},
        )
    return int(digits)
