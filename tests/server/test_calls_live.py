"""Calls at a real server: a request that was cut off is repeated safely, windows hear of calls, leads see phones."""

from collections.abc import Iterator
from typing import Any, Literal, get_args

import pytest

from callmanager.domain.calls import CallResult, CallState, EndCause
from callmanager.server.edges import call_shapes
from callmanager.server.edges.call_shapes import Call, CallBrief
from callmanager.softphones import Confidence
from tests.server.live_office import LiveOffice

AGENT = "agent-norte"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("calls"))
    yield opened
    opened.close()


def test_the_shapes_on_the_wire_know_the_words_of_calls() -> None:
    assert get_args(call_shapes.State) == tuple(CallState)
    assert get_args(call_shapes.Result) == tuple(CallResult)
    assert get_args(call_shapes.CauseTold) == tuple(cause for cause in EndCause if cause is not EndCause.LOST)
    assert get_args(call_shapes.Cause) == (call_shapes.CauseTold, Literal[EndCause.LOST.value])
    assert get_args(call_shapes.Step.model_fields["confidence"].annotation) == tuple(Confidence)


def begin(office: LiveOffice, phone: str, who: str = AGENT) -> tuple[dict[str, Any], dict[str, Any]]:
    """A contact that somebody holds, and the body with which he calls it."""
    contact = office.create("boss", phone=phone, team_id=office.teams["Norte"])
    lease = office.ask(who, "PUT", f"/contacts/{contact['id']}/lock", json={"purpose": "call"}).json()
    return contact, {
        "contact_id": contact["id"],
        "lease_token": lease["token"],
        "number": phone,
        "driver": "simulated",
    }


def test_a_call_runs_its_course_and_every_window_hears_what_it_may(office: LiveOffice) -> None:
    with (
        office.window(AGENT, client="desktop") as mine,
        office.window("lead-norte") as lead,
        office.window("agent-sur") as other,
    ):
        contact, body = begin(office, "8800-0001")
        key = {"Idempotency-Key": "llamada-1"}
        made = office.ask(AGENT, "POST", "/calls", json=body, headers=key)
        again = office.ask(AGENT, "POST", "/calls", json=body, headers=key)
        assert (made.status_code, again.status_code) == (201, 201), made.text
        assert made.json() == again.json()
        call = made.json()
        Call.model_validate_json(made.text)
        assert mine.told("call", lambda told: told["call"]["id"] == call["id"])["call"] == call
        path = f"/calls/{call['id']}"
        for state, cause in (("dialing", None), ("connected", None), ("ended", "hung_up")):
            step = {"state": state, "confidence": "assumed", "cause": cause, "ago": 0.01}
            told = office.ask(AGENT, "PATCH", path, json={"steps": [step]}, headers=key)
            assert told.status_code == 200, told.text
        assert lead.told("call", lambda told: told["call"]["state"] == "ended")["call"] == told.json()
        assert (told.json()["estimated"], told.json()["needs_disposition"]) == (True, True)
        waiting = office.ask(AGENT, "GET", f"/calls?open=1&user_id={office.ids[AGENT]}").json()
        assert [one["id"] for one in waiting] == [call["id"]]
        outcome = {"disposition": "VENTA", "anyway": True}
        said = {"Idempotency-Key": "resultado-1"}
        done = office.ask(AGENT, "POST", f"{path}/disposition", json={**outcome, "ago": 0.001}, headers=said)
        assert done.status_code == 200, done.text
        again = office.ask(AGENT, "POST", f"{path}/disposition", json={"ago": 60, **outcome}, headers=said)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (done.json(), "true")
        other_words = office.ask(AGENT, "POST", f"{path}/disposition", json={**outcome, "note": "no"}, headers=said)
        assert (other_words.status_code, other_words.json()["code"]) == (422, "idempotency_key_reused")
        assert (done.json()["contact"]["status"], done.json()["contact"]["attempts"]) == ("VENTA", 1)
        refusal = office.ask(AGENT, "POST", f"/changes/{done.json()['set_id']}/undo")
        assert (refusal.status_code, refusal.json()["code"]) == (409, "call_not_undoable")
        assert office.ask("agent-sur", "GET", path).status_code == 404
        assert office.ask("lead-norte", "GET", f"/contacts/{contact['id']}/calls").json()[0]["user"] == AGENT
        fence = office.create("boss", name="after the call")
        other.told_of(fence["seq"])
        assert "call" not in [name for name, _told in other.seen]
        day = office.ask(AGENT, "GET", "/agents/me/day").json()["calls"]
        assert (day["attempts"], day["contacts"], day["talk_seconds"]) == (1, 1, 0.0)
        assert day["dispositions"] == {"VENTA": 1}
        back = office.ask(AGENT, "DELETE", f"{path}/disposition").json()
        assert (back["contact"]["status"], back["call"]["disposition"]) == ("SIN_GESTIONAR", None)
        office.ask(AGENT, "POST", f"{path}/disposition", json=outcome)


def test_colleagues_hear_who_is_on_a_call_and_no_more(office: LiveOffice) -> None:
    made = {"username": "vecina", "password": "clave de vecina", "role": "agent", "team_id": office.teams["Norte"]}
    made["must_change_password"] = False
    office.keys["vecina"] = office.ask("boss", "POST", "/users", json=made).json()["api_key"]
    with office.window("vecina") as neighbour:
        _contact, body = begin(office, "8800-0002")
        call = office.ask(AGENT, "POST", "/calls", json=body).json()
        told = neighbour.told("call", lambda told: told["call"]["id"] == call["id"])["call"]
        assert set(told) == set(CallBrief.model_fields)
        assert told["user"] == AGENT
    step = {"steps": [{"state": "ended", "confidence": "observed", "cause": "failed"}]}
    assert office.ask(AGENT, "PATCH", f"/calls/{call['id']}", json=step).json()["needs_disposition"] is False


def test_a_lead_sees_the_phones_of_his_team(office: LiveOffice) -> None:
    def phone(asker: str) -> str | None:
        listed = office.ask(asker, "GET", "/agents").json()
        return next((one["phone"] for one in listed if one["id"] == office.ids[AGENT]), "unseen")

    with office.window(AGENT, client="desktop") as mine:
        assert mine.call("softphone", health={"state": "not_running", "detail": "MicroSIP"})["ok"] is True
        assert (phone("lead-norte"), phone(AGENT), phone("agent-sur")) == ("not_running", "not_running", "unseen")
        assert mine.call("softphone", health={"state": "broken"})["ok"] is False
    with office.window(AGENT, client="desktop"):
        assert phone("lead-norte") is None


def test_an_export_of_calls_is_recorded_and_stays_in_the_team(office: LiveOffice) -> None:
    caller = "lead-norte"
    _contact, body = begin(office, "8800-0003", caller)
    path = f"/calls/{office.ask(caller, 'POST', '/calls', json=body).json()['id']}"
    steps = [{"state": "connected", "confidence": "assumed"}]
    steps.append({"state": "ended", "confidence": "assumed", "cause": "closed_by_agent"})
    assert office.ask(caller, "PATCH", path, json={"steps": steps}).status_code == 200
    assert office.ask(AGENT, "GET", "/calls/export").status_code == 403
    table = office.ask("lead-norte", "GET", "/calls/export?format=csv", headers={"Accept-Language": "es"})
    assert table.status_code == 200, table.text
    assert "Conversación es" in table.content.decode("utf-8-sig").splitlines()[0]
    assert "estimada" in table.text
    assert caller not in office.ask("lead-sur", "GET", "/calls/export").text
    assert office.ask("manager", "GET", "/calls/export?format=xlsx").content[:2] == b"PK"
    recorded = office.ask("boss", "GET", "/changes?entity=export").json()
    assert [one["fields"]["filters"][1]["kind"] for one in recorded] == ["calls"] * 3
