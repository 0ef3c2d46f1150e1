"""Days of calls by chance, the same for a seed."""

from __future__ import annotations

import random
from typing import Any

from callmanager.server.actions import agent_states
from tests.call_office import CallOffice

UNANSWERED = ("busy", "no_answer", "rejected", "unreachable", "failed", "hung_up_here")
OUTCOMES = ("NC", "OCUPADO", "BUZON", "CUELGA", "VENTA", "NO_INTERESADO", "SIN_RED")


class Day:
    """One agent's day, by a seed: pauses, calls of every kind, steps told late, wrap-up of any length."""

    def __init__(self, office: CallOffice, seed: int) -> None:
        self.office, self.dice = office, random.Random(seed)
        self.contacts = [office.contact(phone=f"8{number:07}") for number in range(40)]
        self.sold = 0
        office.sign_in("ana")

    def run(self, number_of_calls: int) -> None:
        for number in range(number_of_calls):
            self.wait(25)
            if self.dice.random() < 0.05:
                self.pause()
            self.call(self.contacts[number % len(self.contacts)])

    def wait(self, most: float) -> None:
        self.office.hand.pass_time(round(self.dice.uniform(0, most), 3))

    def pause(self) -> None:
        office, ana = self.office, self.office.people["ana"]
        for state, reason in (("not_ready", "lunch"), ("not_ready", "restroom"), ("ready", None)):
            office.do(agent_states.set_own, office.states, state, reason, actor=ana)
            self.wait(200)

    def call(self, contact: Any) -> None:
        office, dice = self.office, self.dice
        call = office.start("ana", contact, anyway=True)
        if dice.random() < 0.03:
            office.tell("ana", call, "ended", "failed")
            return
        assumed = dice.random() < 0.3
        steps = [step for step in ("dialing", "ringing") if dice.random() < 0.8]
        answered = dice.random() < 0.5
        for step in (*steps, *(["connected"] if answered else [])):
            self.wait(10)
            office.tell("ana", call, step, ago=round(dice.uniform(0, 5), 3), assumed=assumed)
        if answered and dice.random() < 0.2:
            self.wait(20)
            office.tell("ana", call, "on_hold")
        self.wait(30)
        cause = "hung_up" if answered else dice.choice(UNANSWERED)
        ended = office.tell("ana", call, "ended", cause, ago=round(dice.uniform(0, 4), 3), assumed=assumed)
        self.wait(40)
        if office.listed("ana", is_open=True):
            late = dice.choice((0.0, round(dice.uniform(0, 40), 3)))
            told, _contact = office.dispose("ana", ended, dice.choice(OUTCOMES), anyway=True, ago=late)
            if told["disposition"] == "VENTA":
                self.follow(contact)
            if dice.random() < 0.1:
                self.wait(5)
                office.retract("ana", told)
                self.wait(5)
                office.dispose("ana", told, "NC", anyway=True)

    def follow(self, contact: Any) -> None:
        """Who bought is called no more: somebody else comes in his place."""
        self.sold += 1
        self.contacts[self.contacts.index(contact)] = self.office.contact(phone=f"87{self.sold:06}")
