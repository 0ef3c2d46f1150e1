"""Live sockets: who may connect, what each hears, and that what is told is what was saved."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import socketio
import socketio.exceptions
import websocket

from tests.server.live_office import LiveOffice, Window, shut


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("live"))
    yield opened
    opened.close()


def refusal(office: LiveOffice, auth: Any, **how: Any) -> Any:
    """What somebody who is not let in is told."""
    client = socketio.Client(reconnection=False)
    told: list[Any] = []
    client.on("connect_error", told.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(office.url, auth=auth, transports=["websocket"], wait_timeout=5, **how)
    shut(client)
    return told[0]


@pytest.mark.parametrize(
    "auth",
    [None, {}, {"token": "x"}, {"api_key": "cm_x_y"}, {"api_key": 7}, ["api_key"], "text", {"user": "boss"}],
)
def test_nobody_connects_without_a_credential(office: LiveOffice, auth: Any) -> None:
    told = refusal(office, auth)
    assert (told["data"]["status"], told["data"]["code"]) in {(401, "not_signed_in"), (401, "key_invalid")}
    assert told["message"] == told["data"]["detail"]


def test_the_headers_of_the_connection_are_no_credential(office: LiveOffice) -> None:
    told = refusal(office, None, headers={"X-API-Key": office.keys["boss"]})
    assert told["data"]["code"] == "not_signed_in"


def test_a_refusal_is_told_in_the_language_of_the_caller(office: LiveOffice) -> None:
    spoken = {language: refusal(office, {"language": language})["message"] for language in ("es", "en")}
    assert spoken["en"].startswith("Sign in first")
    assert spoken["es"] != spoken["en"]


def test_a_session_connects_with_its_token(office: LiveOffice) -> None:
    with Window(office.url, {"token": office.sign_in("agent-norte")}) as window:
        assert window.call("sync")["ok"] is True


def test_who_must_change_the_password_is_not_let_in(office: LiveOffice) -> None:
    token = office.sign_in("admin", "1234")
    assert refusal(office, {"token": token})["data"]["code"] == "password_change_needed"


def knock(office: LiveOffice, **how: Any) -> str:
    """What a bare WebSocket is answered: the first frame of Engine.IO, or the status of a refusal."""
    try:
        socket = websocket.create_connection(f"ws{office.url[4:]}/socket.io/?EIO=4&transport=websocket", 10, **how)
    except websocket.WebSocketBadStatusException as error:
        return str(error.status_code)
    with contextlib.closing(socket):
        return str(socket.recv())[:6]


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1.evil.example", "http://127.0.0.1:1"]
)
def test_a_page_of_another_site_cannot_connect(office: LiveOffice, origin: str) -> None:
    assert knock(office, origin=origin) == "403"


def test_a_name_that_was_rebound_to_this_server_cannot_connect(office: LiveOffice) -> None:
    assert knock(office, host="rebound.example", origin="http://rebound.example") == "403"


def test_pages_of_this_server_and_programs_without_a_page_connect(office: LiveOffice) -> None:
    assert knock(office, origin=office.url) == '0{"sid'
    assert knock(office, suppress_origin=True) == '0{"sid'


def test_polling_is_refused_with_a_sentence(office: LiveOffice) -> None:
    answer = requests.get(f"{office.url}/socket.io/?EIO=4&transport=polling", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "websocket_needed")


def test_everybody_is_told_what_one_saves_and_so_is_he(office: LiveOffice) -> None:
    with office.window("manager") as own, office.window("agent-norte") as other:
        contact = office.create(team_id=office.teams["Norte"], name="Nora")
        for window in (own, other):
            told = window.told_of(contact["seq"])[-1]
            assert told["records"]["contact"] == [contact]
            assert told["changes"][0]["actor"]["name"] == "manager"
            assert (told["changes"][0]["kind"], told["changes"][0]["fields"]["name"]) == ("created", [None, "Nora"])


def test_an_edit_by_socket_is_one_by_request(office: LiveOffice) -> None:
    contact = office.create(name="Ada")
    with office.window("agent-sur") as window:
        done = window.call("update_contact", id=contact["id"], version=1, fields={"note": "nueva"})
        assert (done["ok"], done["contact"]["note"], done["contact"]["version"]) == (True, "nueva", 2)
        stale = window.call("update_contact", id=contact["id"], version=1, fields={"note": "otra"})
        assert (stale["ok"], stale["error"]["code"], stale["error"]["status"]) == (False, "version_conflict", 412)
        assert stale["error"]["fields"]["disputed"]["note"]["theirs"] == "nueva"
    assert office.ask("manager", "GET", f"/contacts/{contact['id']}").json() == done["contact"]


@pytest.mark.parametrize(("client", "origin"), [("desktop", "desktop"), ("console", "console"), (None, "api")])
def test_a_change_bears_what_the_program_called_itself(office: LiveOffice, client: str | None, origin: str) -> None:
    contact = office.create()
    with office.window("free", **({} if client is None else {"client": client})) as window:
        assert window.call("update_contact", id=contact["id"], version=1, fields={"note": "por socket"})["ok"] is True
    headers = {} if client is None else {"CallManager-Client": client}
    path = f"/contacts/{contact['id']}"
    asked = office.ask("free", "PATCH", path, if_match=2, json={"note": "por petición"}, headers=headers)
    assert asked.status_code == 200
    lines = office.ask("boss", "GET", f"{path}/history").json()
    assert [line["origin"] for line in lines] == [origin, origin, "api"]


@pytest.mark.parametrize("client", ["cli", "import", "job", "undo", "Desktop", 7, ["desktop"]])
def test_a_program_that_calls_itself_what_there_is_not_is_refused(office: LiveOffice, client: Any) -> None:
    told = refusal(office, {"api_key": office.keys["boss"], "client": client})
    assert (told["data"]["status"], told["data"]["code"]) == (422, "client_unknown")
    asked = office.ask("boss", "GET", "/auth/me", headers={"CallManager-Client": str(client)})
    assert (asked.status_code, asked.json()["code"]) == (422, "client_unknown")


def test_the_header_of_the_connection_does_not_name_the_program(office: LiveOffice) -> None:
    contact = office.create()
    opened = Window(office.url, {"api_key": office.keys["free"]}, headers={"CallManager-Client": "desktop"})
    with opened as window:
        window.call("sync")
        window.call("update_contact", id=contact["id"], version=1, fields={"note": "x"})
    assert office.ask("boss", "GET", f"/contacts/{contact['id']}/history").json()[0]["origin"] == "api"


@pytest.mark.parametrize(
    ("event", "given", "path", "how"),
    [
        ("view_contact", {"id": 99_999}, "GET /contacts/99999", {}),
        ("view_contact", {"id": "x"}, "POST /contacts", {"json": {"phone": 7}}),
        ("update_contact", {"id": 1, "version": 9, "fields": {"note": "x"}}, "PATCH /contacts/1", {"if_match": 9}),
        ("unlock_contact", {"id": 1, "token": 1}, "DELETE /contacts/1/lock", {"headers": {"Lease-Token": "1"}}),
        ("request_contact", {"id": 1}, "POST /contacts/1/lock/request", {}),
    ],
)
def test_a_refusal_has_the_status_that_it_has_by_request(
    office: LiveOffice, event: str, given: dict[str, Any], path: str, how: dict[str, Any]
) -> None:
    first = office.create(name="La primera")
    given = {name: first["id"] if name == "id" and value == 1 else value for name, value in given.items()}
    method, _, address = path.replace("/1", f"/{first['id']}").partition(" ")
    if method == "PATCH":
        how = {**how, "json": given["fields"]}
    asked = office.ask("manager", method, address, **how)
    with office.window("manager") as window:
        told = window.call(event, **given)
    assert told["ok"] is False
    assert (told["error"]["status"], told["error"]["code"]) == (asked.status_code, asked.json()["code"])


def test_messages_follow_each_other_without_a_gap_or_a_repeat(office: LiveOffice) -> None:
    with office.window("free") as window:
        seq = window.call("sync")["seq"]
        last = [office.create(phone=f"8800-{number:04d}") for number in range(30)][-1]
        told = window.told_of(last["seq"])
        assert told[0]["prev"] <= seq
        assert all(before["seq"] == after["prev"] for before, after in itertools.pairwise(told))
        seqs = [change["seq"] for message in told for change in message["changes"]]
        assert seqs == sorted(set(seqs))


def test_each_is_told_only_what_he_may_see(office: LiveOffice) -> None:
    with office.window("agent-norte") as norte, office.window("free") as free, office.window("boss") as boss:
        secret = office.create(team_id=office.teams["Sur"], name="Secreta del sur")
        office.edit("manager", secret, note="Secreta")
        shared = office.create(name="De todos")
        for window in (norte, free):
            text = str(window.told_of(shared["seq"]))
            assert "Secreta" not in text
            assert "De todos" in text
        assert "Secreta" in str(boss.told_of(shared["seq"]))


def test_what_only_administrators_see_is_told_to_them_alone(office: LiveOffice) -> None:
    with office.window("manager") as manager, office.window("boss") as boss:
        office.sign_in("free")
        mark = office.create(name="Marca")
        sessions = [
            {change["entity"] for message in window.told_of(mark["seq"]) for change in message["changes"]}
            for window in (manager, boss)
        ]
        assert "session" not in sessions[0]
        assert "session" in sessions[1]


def test_a_contact_that_moves_out_of_sight_is_a_deletion_for_those_who_lose_it(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Norte"])
    with office.window("agent-norte") as norte, office.window("agent-sur") as sur:
        moved = office.edit("manager", contact, team_id=office.teams["Sur"])
        lost, won = norte.told_of(moved["seq"])[-1], sur.told_of(moved["seq"])[-1]
        assert (lost["deleted"], lost["records"], lost["changes"]) == ({"contact": [contact["id"]]}, {}, [])
        assert ([record["id"] for record in won["records"]["contact"]], won["deleted"]) == ([contact["id"]], {})


def test_sync_says_whether_to_pull(office: LiveOffice) -> None:
    page = office.ask("agent-norte", "GET", "/sync/snapshot").json()
    with office.window("agent-norte") as window:
        here = {"epoch": page["epoch"], "seq": page["to"], "sight": page["sight"]}
        answers = [
            window.call("sync", **{**here, **other})
            for other in ({}, {"seq": page["to"] - 1}, {"epoch": "otra"}, {"seq": 10**9}, {"sight": page["sight"] + 1})
        ]
    assert [(answer["pull"], answer["snapshot"]) for answer in answers] == [
        (False, False),
        (True, False),
        (False, True),
        (False, True),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("event", "values", "code"),
    [
        ("unheard", {}, "event_unknown"),
        ("connect", {}, "event_unknown"),
        ("disconnect", {}, "event_unknown"),
        ("view_contact", {"id": "7"}, "invalid_input"),
        ("view_contact", {"id": 1, "user": "boss"}, "invalid_input"),
        ("view_contact", {"id": 999_999}, "contact_not_found"),
        ("update_contact", {"id": 1}, "invalid_input"),
        ("sync", {"seq": -1}, "invalid_input"),
    ],
)
def test_what_is_not_right_is_refused_in_the_acknowledgement(
    office: LiveOffice, event: str, values: dict[str, Any], code: str
) -> None:
    with office.window("agent-norte", language="en") as window:
        answer = window.call(event, **values)
    assert (answer["ok"], answer["error"]["code"]) == (False, code)
    assert answer["error"]["detail"]


def test_a_contact_of_another_team_cannot_be_touched(office: LiveOffice) -> None:
    contact = office.create(team_id=office.teams["Sur"])
    with office.window("agent-norte") as window:
        assert window.call("view_contact", id=contact["id"])["error"]["code"] == "contact_not_found"
        edited = window.call("update_contact", id=contact["id"], version=1, fields={"note": "x"})
        assert edited["error"]["code"] == "contact_not_found"


def test_too_many_events_are_refused_until_later(office: LiveOffice) -> None:
    with office.window("lead-norte") as window:
        answers = [window.call("view_contact", id=None) for _ in range(150)]
    refused = [answer for answer in answers if not answer["ok"]]
    assert refused
    assert {answer["error"]["code"] for answer in refused} == {"too_many_events"}
