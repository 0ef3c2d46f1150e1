"""Answers of one shape: ready JSON, entity tags, next links, streams, and the answer of a write kept for a repeat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from callmanager.server.edges import headers
from callmanager.server.edges.headers import has_version, parse_version

JSON = "application/json"
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9_=&.~-]*")


def json_answer(body: bytes | str | list[bytes], status: int = 200, *, version: int | None = None) -> Response:
    """Ready JSON text, whole or in pieces, with the version as an entity tag when there is one.

    304 to a reader who has that version.
    """
    if version is None:
        return Response(body, status, content_type=JSON)
    if request.method in ("GET", "HEAD") and has_version(request.headers, version):
        body, status = b"", 304
    return Response(body, status, content_type=JSON, headers={"ETag": f'"{version}"'})


def value_answer(value: Any, status: int = 200, *, version: int | None = None) -> Response:
    """A value as JSON."""
    return json_answer(orjson.dumps(value), status, version=version)


def with_next(response: Response, cursor: str | int | None) -> Response:
    """The response with a link to the next page of the same list."""
    if cursor is not None:
        given = request.query_string.decode("latin-1")
        if "cursor" in given or not _PLAIN_QUERY.fullmatch(given):
            given = urlencode({name: value for name, value in request.args.items() if name != "cursor"})
        query = f"{given}&cursor={cursor}" if given else f"cursor={cursor}"  # a cursor needs no quoting
        response.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return response


def stream_array(pieces: Iterable[bytes]) -> Response:
    """A JSON array sent while it is being read."""
    return Response(_array(pieces), mimetype=JSON, headers={"X-Accel-Buffering": "no"})


def _array(pieces: Iterable[bytes]) -> Iterator[bytes]:
    separator = b"["
    for piece in pieces:
        yield separator + piece
        separator = b","
    yield b"]" if separator == b"," else b"[]"


def find_lease() -> int | None:
    """The token of the lease under which this request writes, when it bears one. Raises Invalid."""
    return headers.find_lease(request.headers)


def required_lease() -> int:
    """The same. Raises Invalid (428 without one)."""
    return headers.parse_lease(request.headers)


def required_version() -> int:
    """The version on which this request is based. Raises Invalid (428 without one)."""
    return parse_version(request.headers)
