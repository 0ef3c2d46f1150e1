"""How each socket event is asked in its permission matrix, and what is right, written apart from the program."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.server.live_office import LiveOffice, Window
from tests.server.matrix_people import PEOPLE, Person
from tests.server.matrix_ways import MISSING, TEAMS

LIVE = frozenset({"sync:read", "change:read"})
"""What a key must be allowed before it may connect at all."""

LISTENER = Person("listener", "manager", only=LIVE)
VIEWER = Person("viewer", "manager", only=LIVE | {"contact:read"})
CONNECTED = (*(p for p in PEOPLE if p.role and not p.pending and p.only is None), LISTENER, VIEWER)
REFUSED = {"nobody": "not_signed_in", "pending": "password_change_needed", "limited": "forbidden"}
"""Those of the routes' matrix who do not even connect, and what they are told."""

TABLE = """
sync             sync:read     done  done
view_contact     contact:read  done  contact_not_found
update_contact   contact:edit  done  contact_not_found
lock_contact     contact:edit  done  contact_not_found
renew_locks      contact:edit  done  lost
unlock_contact   contact:edit  done  contact_not_found
request_contact  contact:edit  done  contact_not_found
answer_request   contact:edit  done  lease_lost
set_state        agent:set_own done  done
softphone        agent:set_own done  done
"""
"""Event, permission, what becomes of it about a contact that the asker sees, and about one that he does not."""

CELLS = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}
PAUSE_SECONDS = 0.1
_numbers = count(1)


@dataclass
class SocketOffice:
    """The people of the matrix with a window each, and what they hold for the present try."""

    live: LiveOffice
    windows: dict[str, Window] = field(default_factory=dict)
    held: list[tuple[str, int, int]] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path) -> SocketOffice:
        office = cls(LiveOffice(folder))
        office._hire("lead-free", role="team_lead")
        office._hire("pending", role="admin", must_change_password=True)
        for person in (LISTENER, VIEWER, next(p for p in PEOPLE if p.name == "limited")):
            office._limit(person)
        for person in CONNECTED:
            office.windows[person.name] = office.live.window(person.name, client="desktop")
        return office

    def close(self) -> None:
        for window in self.windows.values():
            window.close()
        self.live.close()

    def ask(self, who: str, event: str, **values: Any) -> dict[str, Any]:
        """Send an event by somebody's window, again when he has sent too many at once, as its program would."""
        while True:
            answer = self.windows[who].call(event, **values)
            if answer["ok"] or answer["error"]["code"] != "too_many_events":
                return answer
            time.sleep(PAUSE_SECONDS)

    def contact(self, kind: str) -> dict[str, Any]:
        """A contact of that kind of team; only its id and version, which do not exist, when it is `missing`."""
        if kind == "missing":
            return {"id": MISSING, "version": 1}
        team = TEAMS[kind]
        team_id = None if team is None else self.live.teams[team]
        return self.live.create("boss", phone=f"8{next(_numbers):07d}", team_id=team_id)

    def lock(self, who: str, contact: dict[str, Any]) -> int:
        """Take a contact as `who`, by his window; returns the token, or one that is nobody's when he may not."""
        if contact["id"] == MISSING:
            return 1
        answer = self.ask(who, "lock_contact", id=contact["id"])
        if not answer["ok"]:
            return 1
        self.held.append((who, contact["id"], answer["token"]))
        return int(answer["token"])

    def give_back(self) -> None:
        """Free everything that was taken for a try."""
        while self.held:
            who, contact_id, token = self.held.pop()
            self.ask(who, "unlock_contact", id=contact_id, token=token)

    def rival(self, person: Person) -> str:
        """Somebody else, who sees every contact."""
        return "manager" if person.name == "boss" else "boss"

    def _hire(self, name: str, **fields: Any) -> None:
        given = {"username": name, "password": f"clave de {name}", "must_change_password": False, **fields}
        made = self.live.ask("boss", "POST", "/users", json=given).json()
        self.live.ids[name], self.live.keys[name] = made["id"], made["api_key"]

    def _limit(self, person: Person) -> None:
        assert person.only is not None
        limits = {"label": person.name, "permissions": sorted(person.only)}
        self.live.keys[person.name] = self.live.make_key("manager", **limits)["api_key"]


Prepare = Callable[[SocketOffice, Person, dict[str, Any]], dict[str, Any]]


def _holder(office: SocketOffice, person: Person, contact: dict[str, Any], *, sees: bool) -> int:
    """The token of the contact: the asker's own, or, where he sees nothing, one that he stole from another."""
    may = sees and person.reach("contact:edit") != "-"
    return office.lock(person.name if may else office.rival(person), contact)


def _own_token(office: SocketOffice, person: Person, contact: dict[str, Any]) -> int:
    return _holder(office, person, contact, sees=sees(person, contact, office))


def sees(person: Person, contact: dict[str, Any], office: SocketOffice) -> bool:
    """Whether the contact exists for him."""
    if contact["id"] == MISSING:
        return False
    names = {team_id: name for name, team_id in office.live.teams.items()}
    return person.sees(names.get(contact["team_id"]))


def _ask_for(office: SocketOffice, person: Person, contact: dict[str, Any]) -> dict[str, Any]:
    _own_token(office, person, contact)
    others = {"boss", "manager"} - {who for who, _, _ in office.held}
    if contact["id"] != MISSING:
        office.ask(sorted(others)[0], "request_contact", id=contact["id"])
    return {"id": contact["id"], "answer": "keep"}


def _update(_office: SocketOffice, _person: Person, contact: dict[str, Any]) -> dict[str, Any]:
    return {"id": contact["id"], "version": contact["version"], "fields": {"note": "x"}}


def _of_rival(office: SocketOffice, person: Person, contact: dict[str, Any]) -> dict[str, Any]:
    office.lock(office.rival(person), contact)
    return {"id": contact["id"]}


WAYS: dict[str, Prepare] = {
    "set_state": lambda _office, _person, _contact: {"state": "not_ready", "reason": "lunch"},
    "softphone": lambda _office, _person, _contact: {"health": {"state": "ready", "detail": ""}},
    "sync": lambda _office, _person, _contact: {},
    "view_contact": lambda _office, _person, contact: {"id": contact["id"]},
    "update_contact": _update,
    "lock_contact": lambda _office, _person, contact: {"id": contact["id"], "purpose": "call"},
    "renew_locks": lambda office, person, contact: {
        "leases": [{"id": contact["id"], "token": _own_token(office, person, contact)}]
    },
    "unlock_contact": lambda office, person, contact: {
        "id": contact["id"],
        "token": _own_token(office, person, contact),
    },
    "request_contact": _of_rival,
    "answer_request": _ask_for,
}


def expected(event: str, person: Person, *, seen: bool) -> str:
    """The right cell: `done`, `lost`, or the code of the refusal."""
    permission, about_seen, about_unseen = CELLS[event]
    if person.reach(permission) == "-":
        return "forbidden"
    return about_seen if seen else about_unseen


def outcome(answer: dict[str, Any]) -> str:
    """What became of an event, in the words of the table."""
    if not answer["ok"]:
        return str(answer["error"]["code"])
    return "lost" if answer.get("lost") else "done"
