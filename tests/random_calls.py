"""Clients that call by chance: contacts that share lines in every spelling, and all that happens between the calls.

Each works as a program of the API does. How it asks (sockets, or an application in this process) it is told.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from callmanager.domain.clock import to_wire

Ask = Callable[..., tuple[int, Any]]
"""`ask(key, method, path, body, version=..., lease=...)`: the status and what was answered."""

LINES = (
    *(f"+506 88{number} 4{number}0" for number in range(10, 26)),
    *(f"+52 55 1{number:03} 5678" for number in range(200, 206)),
    *(f"+34 91{number} 45 67" for number in range(200, 206)),
)
OUTCOMES = (
    *("NC",) * 6,
    *("OCUPADO", "BUZON", "CUELGA", "VOLVER_A_LLAMAR", "VOLVER_A_LLAMAR", "INTERESADO", "VENTA", "NO_INTERESADO"),
    *("NUMERO_EQUIVOCADO", "SIN_RED", "NO_CONTACTO", "NC", "BUZON", "INTERESADO"),
)
CAUSES = ("no_answer", "busy", "unreachable", "hung_up", "rejected", "closed_by_agent", "hung_up_here", "failed")
STATUSES = ("NC", "INTERESADO", "VENTA", "NO_INTERESADO", "SIN_GESTIONAR")


@dataclass
class Book:
    """What all clients know: contacts with their numbers, and campaigns; and what they did."""

    campaigns: list[int | None] = field(default_factory=lambda: [None])
    contacts: dict[int, list[str]] = field(default_factory=dict)
    said_yes: dict[int, bool] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        with self.lock:
            self.done[what] += 1


class RandomClient:
    """One person at work, by a seed. `now` is the clock of the server; `attempts` how often it has tried to call."""

    def __init__(self, ask: Ask, key: str, book: Book, seed: int, now: Callable[[], datetime], *, leads: bool) -> None:
        self._ask, self._key, self._book, self._now, self._leads = ask, key, book, now, leads
        self.dice = random.Random(seed)
        self.attempts = 0

    def ask(self, method: str, path: str, body: Any = None, **headers: int) -> tuple[int, Any]:
        status, answer = self._ask(self._key, method, path, body, **headers)
        assert status < 500, (method, path, body, answer)
        return status, answer

    def work(self) -> None:
        """Something, by chance: mostly a call."""
        chance = self.dice.random()
        if chance < 0.80:
            self.call()
        elif chance < 0.85:
            self.write_down()
        elif chance < 0.87:
            self.list_somebody()
        elif chance < 0.94:
            self.edit()
        elif chance < 0.95:
            self.renew()
        elif self._leads:
            self.dice.choice((self.withdraw, self.withdraw, self.bring_in, self.merge))()

    def fill(self, contacts: int) -> None:
        for _ in range(contacts):
            self.create()

    # calls

    def call(self) -> None:
        yes, reason = self.dice.random() < 0.6, "Lo pidió" if self.dice.random() < 0.15 else ""
        self.call_one(*self._choose(), yes=yes, reason=reason)

    def call_one(self, contact_id: int, numbers: list[str], *, yes: bool, reason: str) -> None:
        """`yes`: if asked, he calls all the same; `reason`: why he may."""
        self.attempts += 1
        path = f"/contacts/{contact_id}/lock"
        status, lease = self.ask("PUT", path, {"purpose": "call"})
        if status != 200:
            self._book.note(f"not taken: {lease['code']}")
            return
        wanted = {"contact_id": contact_id, "lease_token": lease["token"], "number": self.spell(numbers)}
        wanted |= {"driver": "simulated", "anyway": yes, "override_reason": reason}
        status, call = self.ask("POST", "/calls", wanted)
        if status == 201:
            self._book.said_yes[call["id"]] = yes
            self._book.note("called with a reason" if call["override_reason"] else "called")
            self._end(call["id"])
        else:
            self._book.note(f"refused: {call['code']} {call.get('fields', {}).get('limit', '')}".strip())
        self.ask("DELETE", path, lease=lease["token"])

    def _end(self, call_id: int) -> None:
        step = {"confidence": "observed"}
        if self.dice.random() < 0.1:
            steps = [{**step, "state": "ended", "cause": self.dice.choice(("cancelled", "failed"))}]
        else:
            heard = [state for state in ("dialing", "ringing", "connected") if self.dice.random() < 0.6] or ["dialing"]
            steps = [{**step, "state": state} for state in heard]
            steps.append({**step, "state": "ended", "cause": self.dice.choice(CAUSES)})
        self.ask("PATCH", f"/calls/{call_id}", {"steps": steps})
        if len(steps) > 1:
            self._say(f"/calls/{call_id}/disposition", {})

    def _say(self, path: str, more: dict[str, Any]) -> None:
        code = self.dice.choice(OUTCOMES)
        told = {"disposition": code, "anyway": True, "note": "", **more}
        if code == "VOLVER_A_LLAMAR" or (code in ("INTERESADO", "NC") and self.dice.random() < 0.5):
            told["callback_at"] = to_wire(self._now() + timedelta(seconds=self.dice.choice((1, 60, 1_800, 90_000))))
        if code == "NO_CONTACTO":
            told["bars"] = self.dice.choice(("line", "person", None))
        status, answer = self.ask("POST", path, told)
        self._book.note("said" if status < 300 else f"not said: {answer['code']}")

    def write_down(self) -> None:
        contact_id, numbers = self._choose()
        talk = self.dice.choice((None, 5.0))
        begun = self._now() - timedelta(seconds=self.dice.choice((10, 600, 7_200, 100_000)))
        call = {"contact_id": contact_id, "number": self.spell(numbers), "started_at": to_wire(begun)}
        self._say("/calls/logged", {**call, "talk_seconds": talk})

    # what happens between them

    def renew(self) -> None:
        """Somebody new in place of one whom nobody works on any more."""
        with self._book.lock:
            self._book.contacts.pop(self.dice.choice(list(self._book.contacts)))
        self.create()

    def create(self) -> None:
        numbers = [self.spell() for _ in range(self.dice.choice((1, 1, 2)))]
        body = {"phones": [{"number": number} for number in numbers], "campaign_id": self._campaign()}
        status, made = self.ask("POST", "/contacts", body)
        assert status == 201, made
        self._book.contacts[made["id"]] = [phone["number"] for phone in made["phones"]]

    def list_somebody(self) -> None:
        body: dict[str, Any] = {"number": self.spell(), "source": self.dice.choice(("", "registro"))}
        if self.dice.random() < 0.3:
            body = {"contact_id": self._choose()[0]}
        status, _entry = self.ask("POST", "/do-not-call", body)
        self._book.note("listed" if status < 300 else "not listed")

    def call_whom_a_list_let_go(self, number: str) -> None:
        """As often as he may, and with a reason once more: a contact whose line was listed and is not any more."""
        _, entry = self.ask("POST", "/do-not-call", {"number": number})
        status, contact = self.ask("POST", "/contacts", {"phones": [{"number": number}]})
        assert status == 201, contact
        self.call_one(contact["id"], [number], yes=True, reason="")
        self.ask("DELETE", f"/do-not-call/{entry['id']}")
        for reason in ("", "", "", "", "Lo pidió"):
            self.call_one(contact["id"], [number], yes=True, reason=reason)

    def withdraw(self) -> None:
        """A third of what is listed."""
        _, entries = self.ask("GET", "/do-not-call?limit=1000")
        for entry in self.dice.sample(entries, len(entries) // 3):
            status, _ = self.ask("DELETE", f"/do-not-call/{entry['id']}")
            self._book.note("withdrawn" if status < 300 else "not withdrawn")

    def edit(self) -> None:
        contact_id, _numbers = self._choose()
        status, contact = self.ask("GET", f"/contacts/{contact_id}")
        fields: dict[str, Any] = self.dice.choice((self._phones, self._status, self._move))()
        if status != 200:
            return
        status, after = self.ask("PATCH", f"/contacts/{contact_id}", fields, version=contact["version"])
        if status == 200:
            self._book.contacts[contact_id] = [phone["number"] for phone in after["phones"]]
        self._book.note(f"edited {next(iter(fields))}" if status == 200 else "not edited")

    def _phones(self) -> dict[str, Any]:
        return {"phones": [{"number": self.spell()} for _ in range(self.dice.choice((1, 2)))]}

    def _status(self) -> dict[str, Any]:
        status = self.dice.choice(STATUSES)
        return {"status": status, "status_reason": "Firmó" if status == "VENTA" else ""}

    def _move(self) -> dict[str, Any]:
        if self.dice.random() < 0.5:
            return {"campaign_id": self._campaign()}
        soon = self._now() + timedelta(seconds=self.dice.choice((1, 3_600)))
        return {"next_call_at": self.dice.choice((None, to_wire(soon)))}

    def bring_in(self) -> None:
        rows = [{"phone": self.spell(), "status": self.dice.choice((*STATUSES, "NO_CONTACTO"))} for _ in range(3)]
        status, _ = self.ask("POST", "/import", rows)
        self._book.note("imported" if status < 300 else "not imported")
        self._look_up(rows[0]["phone"])

    def _look_up(self, number: str) -> None:
        _, found = self.ask("GET", f"/contacts?{urlencode({'phone': number})}")
        with self._book.lock:
            known = [one for one in found if one["id"] in self._book.contacts] or found[:1]
            self._book.contacts |= {one["id"]: [phone["number"] for phone in one["phones"]] for one in known}

    def merge(self) -> None:
        (keep, _), (other, _) = self._choose(), self._choose()
        (_, kept), (_, gone) = self.ask("GET", f"/contacts/{keep}"), self.ask("GET", f"/contacts/{other}")
        if keep == other or "version" not in kept or "version" not in gone:
            return
        body = {"keep_id": keep, "merge_id": other, "keep_version": kept["version"]}
        status, _ = self.ask("POST", "/contacts/merge", {**body, "merge_version": gone["version"], "fields": {}})
        self._book.note("merged" if status < 300 else "not merged")
        if status < 300:
            with self._book.lock:
                self._book.contacts.pop(other, None)
            self.create()

    # chances

    def _choose(self) -> tuple[int, list[str]]:
        with self._book.lock:
            return self.dice.choice(list(self._book.contacts.items()))

    def _campaign(self) -> int | None:
        return self.dice.choice(self._book.campaigns)

    def spell(self, numbers: list[str] | None = None) -> str:
        """One of the numbers as it stands or, without any, a line as one of many people writes it."""
        if numbers is not None:
            return self.dice.choice(numbers)
        number = self.dice.choice(LINES)
        plain = number.replace(" ", "")
        mexican = [number.replace("+52 ", "+52 1 ")] if number.startswith("+52") else []
        local = [plain[4:8] + "-" + plain[8:]] if number.startswith("+506") else []
        spelt = self.dice.choice([number, plain, "00" + plain[1:], *mexican, *local])
        return spelt + self.dice.choice(("", "", f" ext. {self.dice.randint(1, 3)}", f" x{self.dice.randint(1, 2)}"))
