"""Every socket event, asked by everyone, about contacts of every kind; and every credential at the door."""

import base64
import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import socketio
import socketio.exceptions
import websocket

from callmanager.domain.permissions import Permission
from callmanager.server.edges.routing import DECLARED
from callmanager.server.realtime import models
from callmanager.server.realtime.handlers import EVENTS
from callmanager.server.realtime.registry import DeclaredEvent
from callmanager.server.realtime.registry import event as declare_event
from callmanager.server.security.tokens import Tokens
from callmanager.settings import load_settings
from tests.server.live_office import LiveOffice, Window, shut
from tests.server.matrix_people import Person
from tests.server.matrix_ways import RECORDS
from tests.server.socket_ways import CELLS, CONNECTED, REFUSED, WAYS, SocketOffice, expected, outcome, sees


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SocketOffice]:
    opened = SocketOffice.open(tmp_path_factory.mktemp("sockets"))
    yield opened
    opened.close()


@pytest.mark.parametrize("person", CONNECTED, ids=lambda person: person.name)
@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_lets_in_exactly_whom_the_table_says(office: SocketOffice, event: str, person: Person) -> None:
    assert event in WAYS, "say in socket_ways.py how this event is asked"
    wrong = []
    for kind in RECORDS:
        contact = office.contact(kind)
        given = WAYS[event](office, person, contact)
        answer = office.ask(person.name, event, **given)
        if event == "lock_contact" and answer["ok"]:
            office.held.append((person.name, answer["id"], answer["token"]))
        seen = sees(person, contact, office)
        right = expected(event, person, seen=seen)
        if outcome(answer) != right:
            wrong.append(f"{kind}: {outcome(answer)}, not {right}: {answer}")
        if not seen and event != "sync" and office.rival(person) in str(answer):
            wrong.append(f"{kind}: it names who holds what the asker may not see: {answer}")
        office.give_back()
    assert not wrong, "\n".join(wrong)


def test_the_table_names_every_event_with_its_permission() -> None:
    assert {name: declared.permission.value for name, declared in EVENTS.items()} == {
        name: cells[0] for name, cells in CELLS.items()
    }
    assert set(WAYS) == set(EVENTS)


def test_an_event_asks_for_the_permission_of_the_route_of_the_same_purpose() -> None:
    routes = {
        "sync": "GET /sync/changes",
        "view_contact": "GET /contacts/<int:contact_id>",
        "update_contact": "PATCH /contacts/<int:contact_id>",
        "lock_contact": "PUT /contacts/<int:contact_id>/lock",
        "renew_locks": "PUT /contacts/<int:contact_id>/lock",
        "unlock_contact": "DELETE /contacts/<int:contact_id>/lock",
        "request_contact": "POST /contacts/<int:contact_id>/lock/request",
        "answer_request": "DELETE /contacts/<int:contact_id>/lock",
        "set_state": "PUT /agents/me/state",
        "softphone": "PUT /agents/me/state",
    }
    asked = {f"{route.method} {route.path}": route.permission for route in DECLARED.values()}
    assert {name: asked[route] for name, route in routes.items()} == {n: e.permission for n, e in EVENTS.items()}


def test_an_event_cannot_be_registered_without_a_permission() -> None:
    with pytest.raises(TypeError, match="permission"):
        declare_event("nowhere", body=models.Done)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="permission"):
        DeclaredEvent(name="nowhere", body=models.Done, answer=None, handler=lambda _asked, _body: {})  # type: ignore[call-arg]
    assert "permission" in {field.name for field in dataclasses.fields(DeclaredEvent)}
    assert all(isinstance(declared.permission, Permission) for declared in EVENTS.values())


def test_an_event_cannot_be_declared_twice() -> None:
    declare = declare_event("sync", Permission.SYNC_READ, models.SyncAsked)
    with pytest.raises(ValueError, match="twice"):
        declare(lambda _asked, _body: {})


@pytest.mark.parametrize("name", ["connect", "disconnect", "agent_state", "SYNC", "", "__class__", "changes"])
def test_an_event_that_was_not_declared_is_not_there(office: SocketOffice, name: str) -> None:
    answer = office.windows["boss"].client.call(name or " ", {}, timeout=10)
    assert (answer["ok"], answer["error"]["status"], answer["error"]["code"]) == (False, 403, "event_unknown")


# The door


def refusal(live: LiveOffice, auth: Any) -> str | None:
    """The code with which a handshake is refused; None when it is let in."""
    client = socketio.Client(reconnection=False)
    told: list[Any] = []
    client.on("connect_error", told.append)
    try:
        client.connect(live.url, auth=auth, transports=["websocket"], wait_timeout=5)
    except socketio.exceptions.ConnectionError:
        return str(told[0]["data"]["code"])
    finally:
        shut(client)
    return None


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_who_may_not_listen_is_not_let_in(office: SocketOffice, name: str) -> None:
    auth = {} if name == "nobody" else {"api_key": office.live.keys[name]}
    assert refusal(office.live, auth) == REFUSED[name]


@dataclasses.dataclass
class StoppedClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


def minted(live: LiveOffice, *, secret: bytes | None = None, ago: timedelta = timedelta(0), **other: Any) -> str:
    """A token like a genuine one of agent-norte but for what is given."""
    claims = jwt.decode(live.sign_in("agent-norte"), options={"verify_signature": False})
    key = secret or load_settings(live.folder, {}, {}).SECRET_FILE.read_bytes().strip()
    named = {"issuer": other.get("issuer", "callmanager"), "audience": other.get("audience", "callmanager")}
    tokens = Tokens(key, clock=StoppedClock(datetime.now(UTC) - ago), **named)
    session, version = other.get("session", claims["jti"]), claims["ver"] + other.get("newer", 0)
    return tokens.issue(other.get("user_id", int(claims["sub"])), session=session, version=version)[0]


def unsigned(live: LiveOffice) -> str:
    claims = jwt.decode(live.sign_in("boss"), options={"verify_signature": False})
    return jwt.encode(claims, None, algorithm="none")


def altered(live: LiveOffice) -> str:
    """A token of an agent whose claims were rewritten to be the administrator's."""
    head, claims, seal = live.sign_in("agent-norte").split(".")
    text = base64.urlsafe_b64decode(claims + "==").replace(
        b'"sub":"%d"' % live.ids["agent-norte"], b'"sub":"%d"' % live.ids["boss"]
    )
    return ".".join((head, base64.urlsafe_b64encode(text).rstrip(b"=").decode(), seal))


def signed_out(live: LiveOffice) -> str:
    token = live.sign_in("agent-norte")
    assert live.ask(None, "POST", "/auth/logout", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    return token


def hired(live: LiveOffice, name: str) -> dict[str, Any]:
    given = {"username": name, "password": f"clave de {name}", "role": "agent", "must_change_password": False}
    made: dict[str, Any] = live.ask("boss", "POST", "/users", json=given).json()
    return made


def deactivated(live: LiveOffice, name: str) -> tuple[str, str]:
    """Key and token of somebody who has left."""
    made = hired(live, name)
    token = live.sign_in(name)
    answer = live.ask("boss", "PATCH", f"/users/{made['id']}", if_match=1, json={"active": False})
    assert answer.status_code == 200, answer.text
    return made["api_key"], token


def revoked_key(live: LiveOffice) -> str:
    made = live.make_key("free")
    assert live.ask("free", "DELETE", f"/api-keys/{made['id']}").status_code == 200
    return str(made["api_key"])


def wrong_secret(live: LiveOffice) -> str:
    """The public part of one key with the secret of another."""
    mine, others = live.keys["free"].split("_", 2), live.keys["boss"].split("_", 2)
    return "_".join((others[0], others[1], mine[2]))


Credential = Callable[[LiveOffice], Any]
GOOD: dict[str, Credential] = {
    "a key": lambda live: {"api_key": live.keys["free"]},
    "a token": lambda live: {"token": live.sign_in("free")},
    "a key as a token": lambda live: {"token": live.keys["free"]},
    "a token as a key": lambda live: {"api_key": live.sign_in("free")},
    "a minted token, to see that the forged ones fail for what is wrong with them": lambda live: {
        "token": minted(live)
    },
}
BAD: dict[str, tuple[str, Credential]] = {
    "nothing": ("not_signed_in", lambda _live: None),
    "empty texts": ("not_signed_in", lambda _live: {"token": "", "api_key": ""}),
    "a name": ("not_signed_in", lambda _live: {"user": "boss", "username": "boss", "role": "admin"}),
    "a password": ("key_invalid", lambda _live: {"token": "clave de boss"}),
    "an unsigned token": ("token_invalid", lambda live: {"token": unsigned(live)}),
    "an altered token": ("token_invalid", lambda live: {"token": altered(live)}),
    "a token of another secret": ("token_invalid", lambda live: {"token": minted(live, secret=b"x" * 64)}),
    "a token of another issuer": ("token_invalid", lambda live: {"token": minted(live, issuer="elsewhere")}),
    "a token for another audience": ("token_invalid", lambda live: {"token": minted(live, audience="elsewhere")}),
    "an expired token": ("token_expired", lambda live: {"token": minted(live, ago=timedelta(hours=25))}),
    "a token of tomorrow": ("token_invalid", lambda live: {"token": minted(live, ago=-timedelta(hours=25))}),
    "a token of no session": ("signed_out", lambda live: {"token": minted(live, session="0" * 32)}),
    "a session with another user": ("signed_out", lambda live: {"token": minted(live, user_id=live.ids["boss"])}),
    "a token of another version": ("signed_out", lambda live: {"token": minted(live, newer=1)}),
    "a session that was ended": ("signed_out", lambda live: {"token": signed_out(live)}),
    "a revoked key": ("key_invalid", lambda live: {"api_key": revoked_key(live)}),
    "a key with another's secret": ("key_invalid", lambda live: {"api_key": wrong_secret(live)}),
    "a key of who has left": ("key_invalid", lambda live: {"api_key": deactivated(live, "se-fue")[0]}),
    "a session of who has left": ("signed_out", lambda live: {"token": deactivated(live, "se-fue-ya")[1]}),
    "a bad token beside a good key": (
        "token_invalid",
        lambda live: {"token": unsigned(live), "api_key": live.keys["boss"]},
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_credential_opens_the_door(office: SocketOffice, name: str) -> None:
    with Window(office.live.url, GOOD[name](office.live)) as window:
        assert window.call("sync")["ok"] is True


@pytest.mark.parametrize("name", BAD)
def test_any_other_credential_does_not(office: SocketOffice, name: str) -> None:
    code, credential = BAD[name]
    assert refusal(office.live, credential(office.live)) == code


def test_a_key_opens_nothing_after_its_time(office: SocketOffice) -> None:
    until = datetime.now(UTC) + timedelta(seconds=4)
    key = office.live.make_key("free", expires_at=until.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))["api_key"]
    with Window(office.live.url, {"api_key": key}) as window:
        assert window.told("signed_out")["reason"] == "token_expired"
    assert refusal(office.live, {"api_key": key}) == "key_invalid"


def knock(live: LiveOffice, **how: Any) -> int:
    """The status of a bare WebSocket's upgrade."""
    try:
        opened = websocket.create_connection(f"ws{live.url[4:]}/socket.io/?EIO=4&transport=websocket", 10, **how)
    except websocket.WebSocketBadStatusException as error:
        return int(error.status_code)
    with contextlib.closing(opened):
        return 101


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        (None, None, 101),
        ("{url}", None, 101),
        ("http://evil.example", None, 403),
        ("null", None, 403),
        ("{url}.evil.example", None, 403),
        (None, "rebound.example", 403),
        ("http://rebound.example", "rebound.example", 403),
        (None, "127.0.0.1.evil.example", 403),
    ],
)
def test_pages_and_names_that_are_not_ours_do_not_get_as_far_as_a_credential(
    office: SocketOffice, origin: str | None, host: str | None, status: int
) -> None:
    live = office.live
    how: dict[str, Any] = {"header": [f"X-API-Key: {live.keys['boss']}"]}
    how |= {"host": host} if host else {}
    how |= {"origin": origin.format(url=live.url)} if origin is not None else {"suppress_origin": True}
    assert knock(live, **how) == status
