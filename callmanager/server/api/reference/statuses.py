"""Which statuses a route can answer with, and what each means. Holds no route: it is asked about one."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from callmanager.server.edges.routing import Declared

MEANINGS = {
    400: "The body is not JSON, or the request cannot be read at all.",
    401: "Nobody is signed in, or the token or key is no longer good.",
    403: "The caller may not do this, or came by a name or page that the server does not allow.",
    404: "There is no such record, or the caller may not know that there is.",
    405: "This address does not take that method; Allow says which it takes.",
    408: "The request did not come whole in time. Send it again.",
    409: "What is there now does not allow it; `fields` says what stands in the way.",
    410: "What the caller remembers is gone; it must start again from a snapshot.",
    412: "Somebody changed the record since the version in If-Match; `fields.disputed` has mine, theirs and original.",
    413: "The request is larger than this server takes.",
    415: "The server does not read this kind of content.",
    422: "A value is missing, unknown or not right; `fields` names it.",
    423: "Somebody else holds the record; `fields` says who and until when.",
    428: "If-Match, or the token of one's lock, is missing.",
    429: "Too many requests; wait for Retry-After seconds.",
    500: "Something went wrong on the server; `fields.incident` is the number to tell IT.",
    503: "The server cannot do it just now; try again after Retry-After seconds.",
    507: "The disk of the server is full; reading still works.",
}
_LATER = (429, 503, 507)


def refusals(declared: Declared) -> list[int]:
    """The statuses above 399 that the route can answer with, in order."""
    found = {403, 413, 422, 500, *declared.errors}  # 422: no address holds a control character
    if declared.permission is not None:
        found |= {401, 429, 503}
    if "<" in declared.path:
        found.add(404)
    if declared.body is not None or "body" in (declared.media or {}):
        found |= {400, 408}
    if declared.method != "GET":
        found |= {503, 507}
    return sorted(found)


def problem_answers() -> dict[str, Any]:
    """The answer of each status, for `components.responses`; Problem404 and so on."""
    return {f"Problem{status}": _answer(status, meaning) for status, meaning in MEANINGS.items()}


def phrase(status: int) -> str:
    """The status as people know it: `404 Not Found`."""
    return f"{status} {HTTPStatus(status).phrase}"


def _answer(status: int, meaning: str) -> dict[str, Any]:
    return {
        "description": f"{HTTPStatus(status).phrase}. {meaning}",
        "headers": _headers(status),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _headers(status: int) -> Mapping[str, Any]:
    headers: dict[str, Any] = {
        "Content-Language": {"description": "The language of `detail`.", "schema": {"enum": ["es", "en"]}},
        "X-Request-Id": {"$ref": "#/components/headers/RequestId"},
    }
    if status in _LATER:
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    if status == 401:
        headers["WWW-Authenticate"] = {"description": "How to sign in.", "schema": {"type": "string"}}
    return headers
