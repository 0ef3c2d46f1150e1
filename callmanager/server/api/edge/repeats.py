"""Idempotency-Key: the same request sent again gets the same answer and is done once, also after a crash.

The answer is kept in the transaction that did the work: either both are there or neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from sqlalchemy import insert, select

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.api.edge.answers import JSON
from callmanager.server.api.edge.routing import Call
from callmanager.server.changes.write import Transaction
from callmanager.server.security.tokens import Tokens
from callmanager.server.storage.tables import idempotency_keys

MOST_KEY_CHARACTERS = 200


def perform(
    call: Call,
    work: Callable[[Transaction], Response],
    *,
    origin: str | None = None,
    origin_id: int | None = None,
    kept: Callable[[Response], str] | None = None,
) -> Response:
    """Run `work` in one transaction and answer with what it returns, or with what it returned the first time.

    `kept` gives the text to keep when the answer holds a secret that must not be stored.
    """
    key = _key()
    seal = request_seal(call.services.tokens) if key else ""
    with call.services.log.write(call.actor, origin or call.who.origin, origin_id=origin_id) as tx:
        earlier = _earlier(tx, key, seal) if key else None
        if earlier is not None:
            return earlier
        response = work(tx)
        if key:
            _keep(tx, key, seal, response, kept(response) if kept else response.get_data(as_text=True))
    return response


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MOST_KEY_CHARACTERS or not key.isprintable():
        raise Invalid(
            "idempotency_key_invalid",
            N_("An Idempotency-Key has 1 to %(limit)s printable characters."),
            fields={"field": "Idempotency-Key"},
            limit=MOST_KEY_CHARACTERS,
        )
    return key


def request_seal(tokens: Tokens) -> str:
    """What makes a request the same: method, address, version and body. Sealed, since the body may hold a password."""
    parts = [request.method, request.full_path, request.headers.get("If-Match", "")]
    return tokens.seal("\n".join(parts).encode() + b"\n" + request.get_data(cache=True))


def _earlier(tx: Transaction, key: str, seal: str) -> Response | None:
    table = idempotency_keys
    statement = select(table).where(table.c.user_id == tx.actor.id, table.c.key == key)
    row = tx.connection.execute(statement).mappings().first()
    if row is None:
        return None
    if row["request_hash"] != seal:
        raise Invalid(
            "idempotency_key_reused",
            N_("This Idempotency-Key was used for another request. Use a new one for each."),
            fields={"field": "Idempotency-Key"},
        )
    response = Response(row["answer"], row["status"], mimetype=JSON)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _keep(tx: Transaction, key: str, seal: str, response: Response, answer: str) -> None:
    values: dict[str, Any] = {
        "user_id": tx.actor.id,
        "key": key,
        "request_hash": seal,
        "status": response.status_code,
        "answer": answer,
        "created_at": tx.now,
    }
    tx.connection.execute(insert(idempotency_keys), values)
