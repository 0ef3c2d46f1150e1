"""What can come of a call is a table that managers keep; what they add counts wherever a status is given."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.dispositions import DEFAULTS, STATUSES
from callmanager.server.actions import dispositions as actions
from tests.web import Web

MINE: dict[str, Any] = {"code": "mal horario", "name": "Mal horario", "contact": True, "priority": 5}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    web = Web(tmp_path_factory.mktemp("dispositions"))
    yield web
    web.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    fresh = Web(tmp_path)
    yield fresh
    fresh.close()


def made(web: Web, **fields: Any) -> dict[str, Any]:
    answer = web.ask("manager", "POST", "/dispositions", json={**MINE, **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json
    return body


def found(web: Web, code: str) -> dict[str, Any]:
    return next(row for row in web.ask("agent-norte", "GET", "/dispositions").json if row["code"] == code)


def changed(web: Web, code: str, **fields: Any) -> Any:
    row = found(web, code)
    return web.ask("manager", "PATCH", f"/dispositions/{row['id']}", if_match=row["version"], json=fields)


def test_everybody_reads_the_fourteen_that_the_program_brings(office: Web) -> None:
    for who in ("agent-norte", "lead-sur", "free", "manager", "boss"):
        rows = office.ask(who, "GET", "/dispositions").json
        ours = [row for row in rows if row["code"] in STATUSES]
        assert [row["code"] for row in ours] == [one.code for one in DEFAULTS]
    busy = found(office, "OCUPADO")
    assert (busy["retry"], busy["key"], busy["priority"]) == ({"delays": [900], "most": 4}, 2, 1)
    assert found(office, "SIN_GESTIONAR")["retry"] == {}


def test_a_code_of_ones_own_is_a_status_everywhere_from_then_on(web: Web) -> None:
    contact = web.create()
    refused = web.edit("manager", contact, status="MAL_HORARIO")
    assert (refused.status_code, refused.json["code"]) == (422, "status_unknown")

    own = made(web)
    assert (own["code"], own["position"], own["version"]) == ("MAL_HORARIO", 15, 1)
    edited = web.edit("manager", contact, status="mal horario")
    assert edited.json["status"] == "MAL_HORARIO"
    assert web.create(phone="8888-0001", status="Mal Horario")["status"] == "MAL_HORARIO"
    report = web.ask("manager", "POST", "/import", json=[{"phone": "8888-0002", "status": "mal_horario"}]).json
    assert (report["inserted"], report["rejected"]) == (1, 0)
    listed = web.ask("manager", "GET", "/contacts?status=MAL_HORARIO").json
    assert len(listed) == 3


def test_a_code_out_of_use_stays_a_status(web: Web) -> None:
    made(web)
    assert changed(web, "MAL_HORARIO", active=False).json["active"] is False
    assert web.create(status="MAL_HORARIO")["status"] == "MAL_HORARIO"


def test_codes_that_lists_use_for_another_are_taken(web: Web) -> None:
    for code in ("VENTA", "venta", "apagado", "No contesta"):
        answer = web.ask("manager", "POST", "/dispositions", json={**MINE, "code": code})
        assert (answer.status_code, answer.json["code"]) == (409, "disposition_code_taken"), code
    for code in ("", "1", "Á", "DOS-GUIONES", "X" * 41):
        answer = web.ask("manager", "POST", "/dispositions", json={**MINE, "code": code})
        assert (answer.status_code, answer.json["code"]) == (422, "disposition_code_invalid"), code


def test_a_key_chooses_one_of_those_in_use(web: Web) -> None:
    taken = web.ask("manager", "POST", "/dispositions", json={**MINE, "key": 7})
    assert (taken.status_code, taken.json["code"]) == (409, "disposition_key_taken")
    assert "VENTA" in taken.json["detail"]
    assert changed(web, "VENTA", active=False).json["key"] is None
    assert made(web, key=7)["key"] == 7
    assert changed(web, "VENTA", active=True, key=7).json["code"] == "disposition_key_taken"
    assert changed(web, "VENTA", active=True).status_code == 200


def test_the_status_of_contacts_that_nobody_called_has_no_flags(web: Web) -> None:
    renamed = changed(web, "SIN_GESTIONAR", name="Por trabajar", priority=2, position=3, active=True)
    assert (renamed.status_code, renamed.json["name"]) == (200, "Por trabajar")
    for fields in ({"active": False}, {"contact": True}, {"key": 1}, {"retry": {"delays": [900], "most": 1}}):
        answer = changed(web, "SIN_GESTIONAR", **fields)
        assert (answer.status_code, answer.json["code"]) == (409, "disposition_fixed"), fields


def test_an_edit_needs_the_version_and_keeps_what_it_does_not_name(office: Web) -> None:
    before = found(office, "BUZON")
    stale = office.ask("manager", "PATCH", f"/dispositions/{before['id']}", if_match=77, json={"needs_note": True})
    assert stale.status_code in (409, 412)
    after = changed(office, "BUZON", retry={"delays": ["next_day"], "most": 1}).json
    assert after["retry"] == {"delays": ["next_day"], "most": 1}
    told = {"retry", "version", "seq", "updated_at"}
    assert {name: value for name, value in after.items() if name not in told} == {
        name: value for name, value in before.items() if name not in told
    }
    assert changed(office, "BUZON", retry={}).json["retry"] == {}


@pytest.mark.parametrize("retry", [{"delays": [900]}, {"most": 3}, {"delays": [5], "most": 1}, {"delays": ["x"]}, 7])
def test_a_retry_rule_that_makes_no_sense_is_refused(office: Web, retry: Any) -> None:
    answer = changed(office, "NC", retry=retry)
    assert answer.status_code == 422
    assert "retry" in str(answer.json)


def test_settings_that_exclude_each_other_are_named(office: Web) -> None:
    answer = changed(office, "NC", sale=True)
    assert (answer.status_code, answer.json["code"]) == (422, "disposition_contradiction")
    assert answer.json["fields"]["field"] == "sale"
    assert "positive" in answer.json["detail"]


def test_a_name_is_needed_unless_the_program_has_one(office: Web) -> None:
    answer = office.ask("manager", "POST", "/dispositions", json={**MINE, "code": "ANONIMO", "name": " "})
    assert answer.json["code"] == "name_missing"
    assert changed(office, "CUELGA", name="Cortó").json["name"] == "Cortó"
    assert changed(office, "CUELGA", name="").json["name"] == ""


def test_each_is_called_something_in_both_languages(web: Web) -> None:
    assert found(web, "NC")["names"] == {"es": "No contesta", "en": "No answer"}
    assert made(web)["names"] == {"es": "Mal horario", "en": "Mal horario"}
    assert changed(web, "NC", name="Timbra").json["names"] == {"es": "Timbra", "en": "Timbra"}


def test_agents_and_leads_change_nothing(office: Web) -> None:
    for who in ("agent-norte", "lead-norte"):
        assert office.ask(who, "POST", "/dispositions", json=MINE).status_code == 403
        assert office.ask(who, "PATCH", "/dispositions/2", if_match=1, json={"needs_note": True}).status_code == 403


def test_there_are_never_more_than_people_can_choose_from(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST", len(DEFAULTS))
    answer = web.ask("manager", "POST", "/dispositions", json=MINE)
    assert (answer.status_code, answer.json["code"]) == (409, "dispositions_too_many")


def test_a_change_is_in_the_log_for_everybody_to_see(web: Web) -> None:
    changed(web, "NC", priority=9)
    lines = web.ask("agent-sur", "GET", "/changes?entity=disposition").json
    assert [line["fields"] for line in lines] == [{"priority": [1, 9]}]


def test_windows_hold_them_and_hear_of_changes_like_of_any_record(web: Web) -> None:
    before = web.ask("agent-sur", "GET", "/sync/snapshot?limit=1").json
    assert [row["code"] for row in before["records"]["disposition"]] == list(STATUSES)
    while before["has_more"]:
        before = pulled(web, before)
        assert before["records"]["disposition"] == []
    changed(web, "NC", priority=9)
    made(web)
    rows = pulled(web, before)["records"]["disposition"]
    assert [(row["code"], row["priority"]) for row in rows] == [("NC", 9), ("MAL_HORARIO", 5)]
    afresh = web.ask("agent-sur", "GET", "/sync/snapshot").json["records"]["disposition"]
    assert sorted(row["id"] for row in afresh) == list(range(1, 16))


def pulled(web: Web, last: dict[str, Any]) -> dict[str, Any]:
    query = {"epoch": last["epoch"], "since": last["to"], "sight": last["sight"]}
    body: dict[str, Any] = web.ask("agent-sur", "GET", "/sync/changes", query_string=query).json
    return body


def test_a_contradiction_is_told_in_the_language_of_the_caller(office: Web) -> None:
    row = found(office, "NC")
    spoken = office.ask(
        "manager",
        "PATCH",
        f"/dispositions/{row['id']}",
        if_match=row["version"],
        json={"positive": True},
        headers={"Accept-Language": "es"},
    )
    assert spoken.json["detail"].startswith("Estos ajustes no van juntos. Un resultado positivo supone")
