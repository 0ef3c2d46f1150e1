"""Whoever changes something that all windows are told of: a real PATCH, or bare bytes for the floor. On one connection,
as a program that stays open has it.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.servers import Running

CONTACT = 7

Tell = Callable[[str], None]


@contextmanager
def patching(server: Running, contact: int = CONTACT) -> Iterator[Tell]:
    """A real PATCH: commit, audit and hash."""
    version = json.loads(server.get(f"/contacts/{contact}"))["version"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def tell(note: str) -> None:
        nonlocal version
        headers = {"X-API-Key": server.key, "If-Match": f'"{version}"'}
        _ask(connection, "PATCH", f"/contacts/{contact}", json.dumps({"note": note}), headers)
        version += 1

    yield tell
    connection.close()


@contextmanager
def emitting(server: Running) -> Iterator[Tell]:
    """The message of such a PATCH, with nothing saved."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    yield lambda note: _ask(connection, "POST", "/emit", SAMPLE.replace("NOTE", note), {})
    connection.close()


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: str, headers: dict[str, str]) -> None:
    connection.request(method, path, body.encode(), headers)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(f"{method} {path}: {response.status} {answer[:300]!r}")


_INSTANT = "2026-11-22T12:27:33.928Z"
_RECORD = {
    "id": 7, "phone": "81000006", "phone_e164": "+50681000006", "phone_valid": True,
    "phones": [{"number": "81000006", "e164": "+50681000006", "label": "", "valid": True, "key": "+50681000006"}],
    "name": "María José Gutiérrez Núñez", "email": "", "company": "", "note": "NOTE", "status": "SIN_GESTIONAR",
    "team_id": None, "campaign_id": None, "assigned_to": None, "extra": {}, "attempts": 0, "last_called_at": None,
    "last_called_by": None, "next_call_at": None, "do_not_call": False, "merged_into": None, "version": 3, "seq": 21,
    "created_at": _INSTANT, "updated_at": _INSTANT, "archived_at": None, "lock": None,
}  # fmt: skip
_CHANGE = {
    "seq": 21, "set_id": 6, "at": _INSTANT, "actor": {"id": 1, "name": "admin"}, "origin": "api", "origin_id": None,
    "entity": "contact", "record_id": 7, "kind": "updated", "fields": {"note": ["NOTE", "NOTE"]},
}  # fmt: skip
SAMPLE = json.dumps(
    {
        "epoch": "58f65183-106f-4e14-91a1-f9635a371c3c",
        "prev": 20,
        "seq": 21,
        "changes": [_CHANGE],
        "records": {"contact": [_RECORD]},
        "deleted": {},
    }
)
"""What our server tells of such a PATCH."""
