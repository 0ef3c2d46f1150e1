"""What each person hears live, by socket and by stream, is exactly what GET shows him: nothing more, nothing less."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.live_office import LiveOffice, Window

VIEWERS = ("agent-norte", "agent-sur", "lead-norte", "lead-sur", "free", "manager", "boss")
SCOPES = ("Norte", "Sur", None)


class Stream:
    """The messages of /events, read by a thread of its own."""

    def __init__(self, office: LiveOffice, who: str) -> None:
        self.told: list[dict[str, Any]] = []
        self._grown = threading.Condition()
        self._connection = http.client.HTTPConnection("127.0.0.1", office.server.port, timeout=60)
        self._connection.request("GET", "/events", headers={"X-API-Key": office.keys[who]})
        self._answer = self._connection.getresponse()
        assert self._answer.readline() == b"retry: 3000\n"
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._answer:
            if line.startswith(b"data: "):
                with self._grown:
                    self.told.append(json.loads(line[6:]))
                    self._grown.notify()

    def wait_for(self, contact_id: int) -> list[dict[str, Any]]:
        """Everything heard up to the change of this contact."""
        with self._grown:
            heard = self._grown.wait_for(lambda: contact_id in contacts_in(self.told), timeout=20)
            assert heard, "the last change was not told"
            return list(self.told)

    def close(self) -> None:
        assert self._connection.sock is not None
        self._connection.sock.shutdown(2)
        self._thread.join(10)
        self._answer.close()
        self._connection.close()


def contacts_in(messages: list[dict[str, Any]]) -> set[int]:
    """Every contact that is named anywhere in messages of changes."""
    found: set[int] = set()
    for message in messages:
        found |= {record["id"] for record in message.get("records", {}).get("contact", ())}
        found |= set(message.get("deleted", {}).get("contact", ()))
        found |= {line["record_id"] for line in message.get("changes", ()) if line["entity"] == "contact"}
    return found


def kinds_in(messages: list[dict[str, Any]]) -> set[str]:
    return {line["entity"] for message in messages for line in message.get("changes", ())}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("leaks"))
    yield opened
    opened.close()


def work_in_every_scope(office: LiveOffice) -> dict[str | None, int]:
    """Contacts that are made, edited, locked, viewed and undone in each scope, and changes that only some may know."""
    made: dict[str | None, int] = {}
    for scope in SCOPES:
        contact = office.create(team_id=scope and office.teams[scope], name=f"Secreto de {scope}")
        contact = office.edit("manager", contact, note=f"confidencial {scope}")
        path = f"/contacts/{contact['id']}"
        lease = office.ask("manager", "PUT", f"{path}/lock", json={"purpose": "edit"}).json()
        office.ask("manager", "DELETE", f"{path}/lock", headers={"Lease-Token": str(lease["token"])})
        made[scope] = contact["id"]
    office.sign_in("manager")
    office.ask("boss", "POST", f"/users/{office.ids['free']}/api-keys", json={"label": "otra"})
    return made


def shown(office: LiveOffice, who: str, path: str) -> bool:
    return office.ask(who, "GET", path).status_code == 200


def test_each_hears_of_exactly_what_he_may_read(office: LiveOffice) -> None:
    windows = {who: office.window(who) for who in VIEWERS}
    streams = {who: Stream(office, who) for who in VIEWERS}
    with office.window("manager") as viewer:
        made = work_in_every_scope(office)
        for contact_id in made.values():
            viewer.call("view_contact", id=contact_id)
    last = office.create(name="Lo último, para todos")
    for who in VIEWERS:
        readable = {contact_id for contact_id in made.values() if shown(office, who, f"/contacts/{contact_id}")}
        by_socket = hear(windows[who], last["id"])
        by_stream = streams[who].wait_for(last["id"])
        everything = json.dumps([windows[who].seen, by_stream], ensure_ascii=False)
        for messages in (by_socket, by_stream):
            assert contacts_in(messages) == readable | {last["id"]}, who
            logged = office.ask(who, "GET", "/changes?limit=1000").json()
            assert kinds_in(messages) <= {line["entity"] for line in logged}, who
            assert ("session" in kinds_in(messages)) is (who == "boss")
        for scope, contact_id in made.items():
            assert (f"confidencial {scope}" in everything) is (contact_id in readable), f"{who}, {scope}"
        assert live_ids(windows[who]) & set(made.values()) == readable, who
    for opened in (*windows.values(), *streams.values()):
        opened.close()


def hear(window: Window, contact_id: int) -> list[dict[str, Any]]:
    """The messages of changes that a window was told, up to the one that names the contact."""
    window.told("changes", lambda told: contact_id in contacts_in([told]))
    return [payload for name, payload in window.seen if name == "changes"]


def live_ids(window: Window) -> set[int]:
    """The contacts of which locks or presence told."""
    found: set[int] = set()
    for name, payload in window.seen:
        if name in {"contact_locked", "contact_unlocked"}:
            found.add(payload["id"])
        elif name == "presence":
            found |= {contact["id"] for contact in payload["contacts"]}
    return found


def test_a_scope_that_is_lost_and_won_is_a_tombstone_here_and_a_record_there(office: LiveOffice) -> None:
    moved = office.create(team_id=office.teams["Norte"], name="Se muda")
    windows = {who: office.window(who) for who in VIEWERS}
    office.edit("manager", moved, team_id=office.teams["Sur"])
    for who, window in windows.items():
        told = window.told("changes", lambda told: moved["id"] in contacts_in([told]) or told["seq"] > moved["seq"])
        gone = moved["id"] in told["deleted"].get("contact", ())
        held = moved["id"] in {record["id"] for record in told["records"].get("contact", ())}
        reads = shown(office, who, f"/contacts/{moved['id']}")
        assert held is reads, who
        assert gone is (who in {"agent-norte", "lead-norte"}), who
        window.close()
