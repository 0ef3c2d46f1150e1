"""Who signs in at a real desktop gets a state, and each is told as much of it as he may know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.remote import Live
from callmanager.domain.errors import Conflict, Invalid
from callmanager.server.agents.marks import read_mark
from callmanager.server.storage.sqlite import SqliteStorage
from tests.server.live_office import LiveOffice, Window

HIDDEN = {"reason": None, "since": None, "by": None, "why": ""}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("agents"))
    opened.keys["colleague"] = hire(opened, "colleague", team_id=opened.teams["Norte"])
    opened.keys["lead-free"] = hire(opened, "lead-free", role="team_lead")
    yield opened
    opened.close()


def hire(office: LiveOffice, name: str, role: str = "agent", **fields: Any) -> str:
    given = {"username": name, "password": f"clave de {name}", "role": role, "must_change_password": False, **fields}
    made = office.ask("boss", "POST", "/users", json=given).json()
    office.ids[name] = made["id"]
    return str(made["api_key"])


def desk(office: LiveOffice, who: str) -> Window:
    return office.window(who, client="desktop")


def state_of(office: LiveOffice, asker: str, who: str) -> dict[str, Any] | None:
    listed = office.ask(asker, "GET", "/agents").json()
    found = next((agent for agent in listed if agent["id"] == office.ids[who]), None)
    return None if found is None else {name: value for name, value in found.items() if name != "phone"}


def test_a_desktop_signs_in_and_a_listener_does_not(office: LiveOffice) -> None:
    office.keys["newcomer"] = hire(office, "newcomer")
    with office.window("manager") as boss:
        with office.window("newcomer"):
            found = state_of(office, "manager", "newcomer")
            assert found is not None
            assert found["state"] == "offline"
        with desk(office, "newcomer") as window:
            told = boss.told("agent_state", lambda agent: agent["id"] == office.ids["newcomer"])
            assert (told["state"], told["reason"], told["by"]) == ("not_ready", "signed_in", None)
            answer = window.call("set_state", state="ready")
            assert (answer["ok"], answer["agent"]["state"]) == (True, "ready")
            assert window.told("agent_state", lambda agent: agent["seq"] == answer["agent"]["seq"]) == answer["agent"]
            assert boss.told("agent_state", lambda agent: agent["state"] == "ready") == answer["agent"]
            assert state_of(office, "manager", "newcomer") == answer["agent"]


def test_a_state_may_be_set_at_once_after_connecting(office: LiveOffice) -> None:
    for _ in range(5):
        with Window(office.url, {"api_key": office.keys["free"], "client": "desktop"}) as window:
            assert window.call("set_state", state="ready")["ok"] is True


def test_each_is_told_what_he_may_know_and_no_more(office: LiveOffice) -> None:
    """The event, the list and the answer to sync say the same: all of it, that he is not ready, or nothing."""
    mine = office.ids["agent-norte"]
    everything = ("agent-norte", "lead-norte", "manager", "boss")
    nothing = ("agent-sur", "lead-sur", "free", "lead-free")
    with desk(office, "agent-norte") as window:
        listeners = {who: office.window(who) for who in (*everything, *nothing, "colleague")}
        set_to = window.call("set_state", state="not_ready", reason="restroom")["agent"]
        fence = office.create("boss", name="after the state")
        for who, listener in listeners.items():
            listener.told_of(fence["seq"])
            heard = [told for name, told in listener.seen if name == "agent_state" and told["seq"] == set_to["seq"]]
            listed = state_of(office, who, "agent-norte")
            (synced,) = [agent for agent in listener.call("sync")["agents"] if agent["id"] == mine] or [None]
            right = {None: None, True: set_to, False: {**set_to, **HIDDEN}}[
                None if who in nothing else who in everything
            ]
            assert heard == ([] if right is None else [right]), who
            assert listed == synced == right, who
            assert ("restroom" in str(listener.seen)) == (who in everything), who
            changes = office.ask(who, "GET", "/changes?limit=1000").text
            assert ("restroom" in changes) == (who == "boss"), who
            listener.close()


def test_who_is_put_into_a_state_by_another_is_told_by_whom_and_why(office: LiveOffice) -> None:
    path = f"/agents/{office.ids['agent-norte']}/state"
    given = {"state": "not_ready", "reason": "meeting", "why": "reunión de las 10"}
    with desk(office, "agent-norte") as window:
        window.call("set_state", state="ready")
        answer = office.ask("lead-norte", "PUT", path, json=given)
        assert answer.status_code == 200, answer.text
        told = window.told("agent_state", lambda agent: agent["by"] is not None)
        assert (told["by"], told["why"], told["reason"]) == ("lead-norte", "reunión de las 10", "meeting")
        (change, _) = office.ask("boss", "GET", "/changes?entity=agent_state&limit=2").json()
        assert (change["actor"]["name"], change["fields"]["why"]) == ("lead-norte", [None, "reunión de las 10"])
    assert office.ask("lead-sur", "PUT", path, json=given).status_code == 404
    assert office.ask("colleague", "PUT", path, json=given).status_code == 403
    assert office.ask("lead-norte", "PUT", path, json={**given, "why": ""}).status_code == 422


def test_a_day_is_shown_to_oneself_and_ones_lead(office: LiveOffice) -> None:
    with desk(office, "agent-norte") as window:
        window.call("set_state", state="ready")
        own = office.ask("agent-norte", "GET", "/agents/me/day").json()
    assert own["intervals"][-1]["state"] == "ready"
    assert sum(own["seconds"].values()) == sum(one["seconds"] for one in own["intervals"])
    path = f"/agents/{office.ids['agent-norte']}/day"
    asked = {
        who: office.ask(who, "GET", path).status_code for who in ("lead-norte", "manager", "lead-sur", "colleague")
    }
    assert asked == {"lead-norte": 200, "manager": 200, "lead-sur": 404, "colleague": 403}
    for query, status in (
        ("date=2026-02-30", 422),
        ("date=1999-01-01", 422),
        ("offset=900", 422),
        ("offset=-360", 200),
    ):
        assert office.ask("agent-norte", "GET", f"/agents/me/day?{query}").status_code == status, query
    old = office.ask("agent-norte", "GET", "/agents/me/day?date=2020-01-31&offset=-360").json()
    assert (old["intervals"], old["from"], old["to"]) == ([], "2020-01-31T06:00:00.000Z", "2020-02-01T06:00:00.000Z")
    future = office.ask("agent-norte", "GET", "/agents/me/day?date=2999-12-31").json()
    assert future["intervals"] == []


def test_the_client_library_sets_states_and_hears_what_is_refused(office: LiveOffice) -> None:
    handshake = {"api_key": office.keys["free"], "language": "es", "client": "desktop"}
    live = Live.open(office.url, handshake, lambda _event, _payload: None, ca_file=None)
    assert live.set_state("not_ready", "lunch")["reason"] == "lunch"
    assert live.set_state("ready")["state"] == "ready"
    with pytest.raises(Invalid):
        live.set_state("not_ready")
    live.close()
    listener = Live.open(
        office.url, {"api_key": office.keys["lead-sur"], "language": "es"}, lambda _event, _payload: None, ca_file=None
    )
    with pytest.raises(Conflict) as refusal:
        listener.set_state("ready")
    assert "escritorio" in str(refusal.value)
    listener.close()


def test_a_limited_key_without_the_permission_is_no_desk_and_is_told_nothing(office: LiveOffice) -> None:
    limits = {"label": "reads", "permissions": ["change:read", "contact:read", "sync:read"]}
    with Window(office.url, {"api_key": office.make_key("boss", **limits)["api_key"], "client": "desktop"}) as window:
        assert window.call("sync")["agents"] == []
        assert window.call("set_state", state="ready")["error"]["code"] == "forbidden"
        with desk(office, "free") as other:
            other.call("set_state", state="not_ready", reason="training")
            window.told_of(office.create("boss")["seq"])
        assert [name for name, _ in window.seen if name == "agent_state"] == []


def test_a_restart_of_the_server_keeps_the_state_of_who_comes_back(office: LiveOffice) -> None:
    with desk(office, "agent-sur") as window:
        before = window.call("set_state", state="not_ready", reason="training")["agent"]
    office.restart()
    with desk(office, "agent-sur"):
        assert state_of(office, "agent-sur", "agent-sur") == before


def test_a_server_that_stops_in_order_notes_who_was_there_and_who_had_left(tmp_path: Path) -> None:
    office = LiveOffice(tmp_path)
    with office.window("manager") as watcher, desk(office, "agent-norte"):
        with desk(office, "agent-sur"):
            pass
        gone = {"id": office.ids["agent-sur"], "online": False}
        watcher.told("presence", lambda presence: gone in presence["people"])
        assert office.server.stop() == 0
    storage = SqliteStorage(office.server.database)
    with storage.read() as connection:
        mark = read_mark(connection)
    storage.close()
    assert mark is not None
    assert set(mark.away) == {office.ids["agent-norte"], office.ids["agent-sur"]}
    assert mark.away[office.ids["agent-sur"]] <= mark.away[office.ids["agent-norte"]] <= mark.at
    office.close()
