"""Calls over the API at hours of the day that a test chooses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from werkzeug.test import TestResponse

from tests.web import Web

HOURS = {"weekdays": [*[["08:00-12:00", "13:00-20:00"]] * 5, [], []], "holidays": ["2026-12-25"]}
NIGHT = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)  # Monday, 22:30 in Costa Rica
DAY = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


def campaign_with(web: Web, hours: Any = HOURS) -> dict[str, Any]:
    answer = web.ask("manager", "POST", "/campaigns", json={"name": "Navidad", "calling_hours": hours})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def dial(web: Web, who: str, contact: dict[str, Any], **more: Any) -> TestResponse:
    lock = web.ask(who, "PUT", f"/contacts/{contact['id']}/lock")
    assert lock.status_code == 200, lock.text
    body = {"contact_id": contact["id"], "lease_token": lock.json["token"], "number": contact["phone"], **more}
    headers = {"Accept-Language": "en"}
    answer = web.ask(who, "POST", "/calls", json={"driver": "simulated", **body}, headers=headers)
    if answer.status_code != 201:
        web.ask(who, "DELETE", f"/contacts/{contact['id']}/lock", json={"token": lock.json["token"]})
    return answer
