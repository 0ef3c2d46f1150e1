"""Errors as RFC 9457 problem documents: a stable code for programs, a sentence in the caller's language for people."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from callmanager.domain import errors
from callmanager.domain.texts import N_
from callmanager.i18n import choose_language, sentence
from callmanager.server.edges.failures import INTERNAL, headers_of_error, status_of
from callmanager.server.logs import get_log

_log = get_log("request")

_HTTP_MESSAGES = {
    400: ("bad_request", N_("The request could not be read. Check its address and body.")),
    404: ("route_not_found", N_("There is nothing at this address. The API is described at /docs.")),
    405: ("method_not_allowed", N_("This address does not take that method. The API is described at /docs.")),
    413: ("body_too_large", N_("The request is too large for this server.")),
    415: ("media_type", N_("The server does not read this kind of content.")),
}


def problem(error: errors.CallManagerError) -> Response:
    """The problem document for an error of ours."""
    response = _document(status_of(error), error.code, error.message, error.params, error.fields)
    response.headers.update(headers_of_error(error))
    return response


def install(app: Flask) -> None:
    """Let `app` answer every error with a problem document. This is one of the edges that may catch everything."""
    app.register_error_handler(errors.CallManagerError, problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _unexpected)


def _http_problem(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = _HTTP_MESSAGES.get(status, ("http_error", N_("The request was refused.")))
    response = _document(status, code, message, {}, {})
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _unexpected(error: Exception) -> Response:
    incident = secrets.token_hex(4)
    del error  # the log takes it, with its traceback, from the handler's context
    request_id = g.get("request_id", "")
    _log.exception("failed", incident=incident, method=request.method, path=request.path, id=request_id)
    return _document(500, *INTERNAL, {"incident": incident}, {"incident": incident})


def said(message: str, params: Mapping[str, Any]) -> str:
    """A sentence for the caller, in his language."""
    return sentence(message, caller_language(), params)


def caller_language() -> str:
    return choose_language(request.headers.get("Accept-Language"), default=g.get("language", "es"))


def _document(status: int, code: str, message: str, params: dict[str, Any], fields: dict[str, Any]) -> Response:
    language = caller_language()
    body = {
        "type": f"/docs/errors#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence(message, language, params),
        "code": code,
        "fields": fields,
        "request_id": g.get("request_id", ""),
    }
    response = Response(orjson.dumps(body, default=str), status, mimetype="application/problem+json")
    response.headers["Content-Language"] = language
    return response
