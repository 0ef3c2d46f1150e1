"""The description of this API, for programs and for people; it needs no other site.

GET /openapi.json     public
GET /asyncapi.json    public
GET /docs             public
GET /docs/errors      public
GET /docs/style.css   public
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, current_app, request

from callmanager.i18n import choose_language
from callmanager.server.api.models import docs as m
from callmanager.server.api.reference.openapi import build_document
from callmanager.server.api.reference.rendering import errors_page, reference_page, style_sheet
from callmanager.server.edges.answers import json_answer, value_answer
from callmanager.server.edges.routing import PUBLIC, Call, Routes

routes = Routes("docs")

ASYNCAPI = "callmanager.asyncapi"
"""Where an application keeps what builds that document: `app.extensions[ASYNCAPI]`."""

_KEPT = "callmanager.openapi"
_HTML = {"answer": ("text/html",)}


@routes.route_for("GET", "/openapi.json", PUBLIC, answers={200: m.OpenApi})
def show_openapi(call: Call) -> Response:
    """This API as an OpenAPI 3.1 document."""
    del call
    return json_answer(_kept()[1])


@routes.route_for("GET", "/asyncapi.json", PUBLIC, answers={200: m.AsyncApi})
def show_asyncapi(call: Call) -> Response:
    """The live sockets as an AsyncAPI 3 document."""
    del call
    build: Callable[[], dict[str, Any]] = current_app.extensions[ASYNCAPI]
    return value_answer(build())


@routes.route_for("GET", "/docs", PUBLIC, query=m.PageQuery, answers={200: None}, media=_HTML)
def show_docs(call: Call, query: m.PageQuery) -> Response:
    """This API as a page to read."""
    language = _language(call, query)
    return _page(reference_page(_kept()[0], request.host_url.rstrip("/"), language), language)


@routes.route_for("GET", "/docs/errors", PUBLIC, query=m.PageQuery, answers={200: None}, media=_HTML)
def show_error_codes(call: Call, query: m.PageQuery) -> Response:
    """Every error code with its status and its sentence."""
    language = _language(call, query)
    return _page(errors_page(language), language)


@routes.route_for("GET", "/docs/style.css", PUBLIC, answers={200: None}, media={"answer": ("text/css",)})
def show_style(call: Call) -> Response:
    """The style sheet of these pages."""
    del call
    return Response(style_sheet(), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


def _kept() -> tuple[dict[str, Any], bytes]:
    """The document and its JSON, made at the first question."""
    kept: tuple[dict[str, Any], bytes] | None = current_app.extensions.get(_KEPT)
    if kept is None:
        document = build_document(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy has it
        kept = current_app.extensions[_KEPT] = (document, orjson.dumps(document))
    return kept


def _language(call: Call, query: m.PageQuery) -> str:
    accepted = query.lang or request.headers.get("Accept-Language")
    return choose_language(accepted, default=call.services.rules.language)


def _page(text: str, language: str) -> Response:
    response = Response(text, mimetype="text/html")
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    return response
