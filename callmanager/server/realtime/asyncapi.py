"""The description of the live side as an AsyncAPI 3 document, made from the models that check and declare it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from callmanager import __version__
from callmanager.server.realtime.handlers import EVENTS
from callmanager.server.realtime.models import TOLD, Refused
from callmanager.server.realtime.registry import DeclaredEvent

_REF = "#/components/schemas/{model}"
_INTRODUCTION = (
    "Socket.IO 5 over WebSocket at /socket.io/, namespace /. The handshake carries `auth`: {token} or {api_key}, "
    "`language` (es, en) for sentences, and `client` (desktop, console, api), the origin of its changes; a window also "
    "`protocol`, `needs` and `understands`. "
    "Every event of a client has an acknowledgement: {ok: true, ...} or {ok: false, "
    "error: {status, code, detail, fields}}. See docs/realtime.md."
)


def build_asyncapi() -> dict[str, Any]:
    """The whole document."""
    messages = {f"{name}.asked": _asked(declared) for name, declared in sorted(EVENTS.items())}
    messages |= {f"{name}.answered": _answered(declared) for name, declared in sorted(EVENTS.items())}
    messages |= {name: _message(name, model) for name, model in sorted(TOLD.items())}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "CallManager live", "version": __version__, "description": _INTRODUCTION},
        "defaultContentType": "application/json",
        "channels": {
            "live": {"address": "/socket.io/", "messages": {name: _ref("messages", name) for name in messages}}
        },
        "operations": {**_receiving(), **_sending()},
        "components": {
            "messages": messages,
            "schemas": _schemas(),
            "securitySchemes": {
                "credential": {"type": "userPassword", "description": "`auth`: {token} or {api_key} of the handshake"}
            },
        },
    }


def _receiving() -> dict[str, Any]:
    """What clients send, from where the server stands."""
    return {
        name: {
            "action": "receive",
            "channel": {"$ref": "#/channels/live"},
            "summary": declared.summary,
            "description": f"Needs the permission {declared.permission.value}.",
            "messages": [_of_channel(f"{name}.asked")],
            "reply": {"channel": {"$ref": "#/channels/live"}, "messages": [_of_channel(f"{name}.answered")]},
        }
        for name, declared in sorted(EVENTS.items())
    }


def _sending() -> dict[str, Any]:
    return {
        f"tell_{name}": {
            "action": "send",
            "channel": {"$ref": "#/channels/live"},
            "messages": [_of_channel(name)],
        }
        for name in sorted(TOLD)
    }


def _asked(declared: DeclaredEvent) -> dict[str, Any]:
    return _message(declared.name, declared.body)


def _answered(declared: DeclaredEvent) -> dict[str, Any]:
    models: list[type[BaseModel]] = [Refused] if declared.answer is None else [declared.answer, Refused]
    payload = {"oneOf": [_schema(model) for model in models]}
    return {"name": declared.name, "title": f"Acknowledgement of {declared.name}", "payload": payload}


def _message(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"name": name, "summary": (model.__doc__ or "").strip(), "payload": _schema(model)}


def _schema(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _of_channel(name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/live/messages/{name}"}


def _schemas() -> dict[str, Any]:
    models: set[type[BaseModel]] = {Refused, *TOLD.values()}
    for declared in EVENTS.values():
        models |= {declared.body} | ({declared.answer} if declared.answer is not None else set())
    ordered = sorted(models, key=lambda model: model.__name__)
    _, document = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    found: dict[str, Any] = document["$defs"]
    return found
