"""Idempotency-Key: the same request sent again gets the same answer and is done once, also after a crash.

The answer is kept in the transaction that did the work: either both are there or neither. Work of several transactions
(an import) claims its key in the first and keeps the answer in the last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, request
from sqlalchemy import Connection, insert, select, update

from callmanager.domain.errors import Conflict, Invalid
from callmanager.domain.people import Actor
from callmanager.domain.texts import N_
from callmanager.server.changes.write import Transaction
from callmanager.server.edges.answers import JSON
from callmanager.server.edges.headers import find_idempotency_key
from callmanager.server.edges.routing import Call
from callmanager.server.security.tokens import Tokens
from callmanager.server.storage.tables import idempotency_keys


def find_earlier(call: Call, repeat: Claim | None) -> Response | None:
    """The answer to the same request sent before. Raises Conflict when that one has not been answered."""
    if repeat is None:
        return None
    with call.services.storage.read() as connection:
        return _earlier(connection, call.actor, repeat.key, repeat.seal)


def perform(
    call: Call,
    work: Callable[[Transaction], Response],
    *,
    origin: str | None = None,
    origin_id: int | None = None,
    kept: Callable[[Response], str] | None = None,
    varying: Collection[str] = (),
) -> Response:
    """Run `work` in one transaction and answer with what it returns, or with what it returned the first time.

    `kept` gives the text to keep when the answer holds a secret that must not be stored. `varying` names what of the
    body may be another when the same is sent again.
    """
    key = _key()
    seal = request_seal(call.services.tokens, varying) if key else ""
    with call.services.log.write(call.actor, origin or call.who.origin, origin_id=origin_id) as tx:
        earlier = _earlier(tx.connection, tx.actor, key, seal) if key else None
        if earlier is not None:
            return earlier
        response = work(tx)
        if key:
            _keep(tx, key, seal, response, kept(response) if kept else response.get_data(as_text=True))
    return response


def perform_apart(call: Call, work: Callable[[], Response]) -> Response:
    """Like `perform`, for `work` that takes long or touches no table: no transaction is held meanwhile.

    A crash between the work and its record lets a repeat do it again.
    """
    key = _key()
    seal = request_seal(call.services.tokens) if key else ""
    if key:
        with call.services.log.write(call.actor, call.who.origin) as tx:
            earlier = _earlier(tx.connection, tx.actor, key, seal)
        if earlier is not None:
            return earlier
    response = work()
    if key:
        with call.services.log.write(call.actor, call.who.origin) as tx:
            _keep(tx, key, seal, response, response.get_data(as_text=True))
    return response


def _key() -> str | None:
    return find_idempotency_key(request.headers)


def request_seal(tokens: Tokens, varying: Collection[str] = ()) -> str:
    """What makes a request the same: method, address, version and body. Sealed, since the body may hold a password."""
    parts = [request.method, request.full_path, request.headers.get("If-Match", "")]
    body = request.get_data(cache=True)
    if varying:
        body = orjson.dumps({name: value for name, value in orjson.loads(body).items() if name not in varying})
    return tokens.seal("\n".join(parts).encode() + b"\n" + body)


@dataclass(frozen=True, slots=True)
class Claim:
    """The key of work that takes several transactions: claimed in its first, answered in its last."""

    key: str
    seal: str

    def keep(self, tx: Transaction, location: str) -> None:
        """Claim the key, in the transaction that begins the work; `location` tells where to look for its state."""
        if _earlier(tx.connection, tx.actor, self.key, self.seal) is not None:
            raise _unanswered(location)
        _insert(tx, self.key, self.seal, location=location)

    def settle(self, tx: Transaction, response: Response) -> None:
        """Keep the answer, in the transaction that ends the work."""
        table = idempotency_keys
        mine = (table.c.user_id == tx.actor.id) & (table.c.key == self.key)
        values = {"status": response.status_code, "answer": response.get_data(as_text=True)}
        tx.connection.execute(update(table).where(mine).values(values))


def claim(call: Call, content: Iterable[bytes]) -> Claim | None:
    """The claim of the request that is answered just now, when it bears a key. `content` is what its body holds."""
    key = _key()
    if key is None:
        return None
    address = f"{request.method}\n{request.full_path}\n"
    return Claim(key, call.services.tokens.seal(address.encode(), *content))


def _earlier(connection: Connection, actor: Actor, key: str, seal: str) -> Response | None:
    table = idempotency_keys
    statement = select(table).where(table.c.user_id == actor.id, table.c.key == key)
    row = connection.execute(statement).mappings().first()
    if row is None:
        return None
    if row["request_hash"] != seal:
        raise Invalid(
            "idempotency_key_reused",
            N_("This Idempotency-Key was used for another request. Use a new one for each."),
            fields={"field": "Idempotency-Key"},
        )
    if row["status"] is None:
        raise _unanswered(row["location"])
    response = Response(row["answer"], row["status"], mimetype=JSON)
    if (version := _version_in(row["answer"])) is not None:
        response.headers["ETag"] = f'"{version}"'
    if row["location"]:
        response.headers["Location"] = row["location"]
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _version_in(answer: str) -> int | None:
    """The version of the record that an answer holds, which was its entity tag."""
    value = orjson.loads(answer)
    return value.get("version") if isinstance(value, dict) else None


def _unanswered(location: str) -> Conflict:
    return Conflict(
        "import_running",
        N_("This request is still being worked on, or was cut off. Look at %(location)s; a new one needs a new key."),
        fields={"location": location},
        location=location,
    )


def _keep(tx: Transaction, key: str, seal: str, response: Response, answer: str) -> None:
    _insert(tx, key, seal, status=response.status_code, answer=answer)


def _insert(tx: Transaction, key: str, seal: str, **values: Any) -> None:
    row = {"user_id": tx.actor.id, "key": key, "request_hash": seal, "created_at": tx.now, **values}
    tx.connection.execute(insert(idempotency_keys), row)
