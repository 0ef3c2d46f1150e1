"""Sends files of do-not-call registers to a server under test."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.server.people_office import Caller

CSV = "text/csv"


def send(caller: Caller, content: bytes | str, *, kind: str = CSV, key: str = "", **query: Any) -> TestResponse:
    """POST /do-not-call/registers; `query` has `source` and the rest."""
    headers = {**caller.headers, **({"Idempotency-Key": key} if key else {})}
    return caller.app.test_client(use_cookies=False).open(
        "/do-not-call/registers",
        method="POST",
        query_string={"source": "Registro", **query},
        data=content.encode() if isinstance(content, str) else content,
        content_type=kind,
        headers=headers,
        base_url=f"http://{caller.host}",
        environ_overrides={"REMOTE_ADDR": caller.address},
    )


def loaded(caller: Caller, content: bytes | str, **query: Any) -> dict[str, Any]:
    """The load, which must be in force."""
    answer = send(caller, content, **query)
    assert (answer.status_code, answer.json["state"]) == (201, "done"), answer.text
    found: dict[str, Any] = answer.json
    return found


def tried_out(caller: Caller, content: bytes | str, **query: Any) -> dict[str, Any]:
    """The report of a dry run."""
    answer = send(caller, content, dry_run="1", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def figures(report: dict[str, Any], *names: str) -> list[int]:
    return [report[name] for name in names]
