"""What IT asks the server: backups, settings and figures, and what others may not learn from them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from callmanager.server.backups import list_backups
from tests.web import Web

SECRET = "una-clave-que-nadie-debe-ver"
AFAR: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "192.168.1.77"}, "base_url": "http://192.168.1.5:5000"}
HERE: dict[str, Any] = {"base_url": "http://127.0.0.1:5000"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path, {"AUTH_TOKENS": [SECRET]})
    yield web
    web.close()


def as_boss(office: Web, **more: str) -> dict[str, str]:
    return {"X-API-Key": office.keys["boss"], **more}


def figures(text: str) -> dict[str, float]:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: sample.value for sample in samples if not sample.labels}


def test_an_office_without_backup_is_an_alarm_and_one_with_is_not(office: Web) -> None:
    before = office.client.get("/backups", headers=as_boss(office)).json
    assert before["backups"] == []
    assert (before["state"]["code"], before["state"]["alarm"]) == ("none", True)
    made = office.client.post("/backups", headers=as_boss(office))
    assert made.status_code == 201
    assert made.json["verified_at"] is not None
    after = office.client.get("/backups", headers=as_boss(office)).json
    assert [found["name"] for found in after["backups"]] == [made.json["name"]]
    assert (after["state"]["code"], after["state"]["last_verified"]) == ("fine", made.json["name"])


def test_a_repeated_order_takes_one_backup(office: Web) -> None:
    headers = as_boss(office, **{"Idempotency-Key": "once"})
    first, second = (office.client.post("/backups", headers=headers) for _ in range(2))
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(list_backups(office.services.backups.folder)) == 1


def test_verifying_finds_a_damaged_byte(office: Web) -> None:
    name = office.client.post("/backups", headers=as_boss(office)).json["name"]
    good = office.client.post(f"/backups/{name}/verify", headers=as_boss(office)).json
    assert (good["ok"], good["problems"]) == (True, [])
    file = office.services.backups.folder / name
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    bad = office.client.post(f"/backups/{name}/verify", headers=as_boss(office)).json
    assert bad["ok"] is False
    assert "hash_differs" in {problem["code"] for problem in bad["problems"]}
    assert all(problem["detail"] for problem in bad["problems"])


@pytest.mark.parametrize(
    "name", ["nada", "..", "contacts.db", "contacts_backup_20200101_000000.db", "%2e%2e%2fcontacts.db"]
)
def test_a_name_that_is_no_backup_is_not_found(office: Web, name: str) -> None:
    assert office.client.post(f"/backups/{name}/verify", headers=as_boss(office)).status_code == 404


def test_a_failed_backup_is_shown_with_its_reason_in_the_callers_language(office: Web) -> None:
    office.services.backups.folder.write_text("in the way", "utf-8")
    refused = office.client.post("/backups", headers=as_boss(office, **{"Accept-Language": "en"}))
    assert refused.status_code == 503
    office.services.backups.folder.unlink()
    state = office.client.get("/backups", headers=as_boss(office)).json["state"]
    assert state["failure"]["code"] == refused.json["code"]
    assert state["alarm"] is True


@pytest.mark.parametrize("path", ["/backups", "/settings", "/metrics"])
@pytest.mark.parametrize("who", ["agent-norte", "lead-norte", "manager"])
def test_only_administrators_look_into_the_machine_room(office: Web, path: str, who: str) -> None:
    for place in (AFAR, HERE):
        answer = office.client.get(path, headers={"X-API-Key": office.keys[who]}, **place)
        assert answer.status_code == 403


def test_settings_are_shown_without_secrets(office: Web) -> None:
    answer = office.client.get("/settings", headers=as_boss(office))
    assert answer.json["settings"]["SERVER_PORT"] == 5000
    assert answer.json["settings"]["AUTH_TOKENS"] == "***"
    assert SECRET not in answer.text


def test_figures_are_for_administrators_and_for_this_pc(office: Web) -> None:
    assert office.client.get("/metrics", headers=as_boss(office), **AFAR).status_code == 200
    assert office.client.get("/metrics", **HERE).status_code == 200
    assert office.client.get("/metrics", **AFAR).status_code == 401
    forwarded = {"X-Forwarded-For": "192.168.1.77"}
    assert office.client.get("/metrics", headers=forwarded, **HERE).status_code == 401
    assert office.client.get("/metrics", base_url="http://rebound.example").status_code in (401, 403)


def test_figures_count_what_happened(office: Web) -> None:
    for _ in range(3):
        office.client.get("/contacts/999", headers=as_boss(office))
    office.client.open("/contacts", method="BREW")
    office.client.post("/backups", headers=as_boss(office))
    text = office.client.get("/metrics", **HERE).text
    assert 'callmanager_requests_total{method="GET",route="/contacts/<int:contact_id>",status="404"} 3.0' in text
    assert 'method="other"' in text
    assert "BREW" not in text
    found = figures(text)
    assert found["callmanager_backup_alarm"] == 0
    assert found["callmanager_backup_age_seconds"] >= 0
    assert found["callmanager_database_bytes"] > 0
    assert found["callmanager_database_writable"] == 1
    assert found["callmanager_change_seq"] > 0
    assert found["callmanager_sessions"] == 0
    assert found["callmanager_log_lines_dropped"] == 0


def test_the_histogram_adds_up(office: Web) -> None:
    for _ in range(5):
        office.client.get("/health")
    families = text_string_to_metric_families(office.client.get("/metrics", **HERE).text)
    samples = [s for f in families for s in f.samples if s.labels.get("route") == "/health"]
    buckets = [s.value for s in samples if s.name.endswith("_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == next(s.value for s in samples if s.name.endswith("_count")) == 5
