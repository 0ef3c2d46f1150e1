"""The contact card against a real server, with two people at their own workplaces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.conflict import THEIRS
from callmanager.desktop.models.card.open_card import Mode, Told
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Status
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Locked
from tests.desktop.conftest import LiveOffice

WAIT_SECONDS = 20.0


class Desk:
    """A user signed in at a PC of his own, with the card's model and what it told."""

    def __init__(self, office: LiveOffice, who: str, folder: Path) -> None:
        self.bus, self.told = Bus(), list[Told]()
        self.tools = Tools(self.bus, Background(self.bus), Speech("en"), SystemClock())
        remote = Remote(office.server.url, language="en")
        user = remote.sign_in(who, f"clave de {who}")
        self.workplace = Workplace(remote, user, Store(folder / who), SystemClock(), self._hear)
        self.card = ContactCardModel(self.tools, self.workplace)
        self.card.now.told.connect(self.told.append)
        self.workplace.start()
        self.until(lambda: self.workplace.sync.status is Status.LIVE and self.card.now.is_online)

    def _hear(self, event: Any) -> None:
        self.bus.post(lambda: self.card.hear(event))

    def until(self, is_true: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not is_true():
            self.bus.drain()
            assert time.monotonic() < end, (self.card.now.mode, self.card.now.problem, self.told)
            time.sleep(0.002)

    def knows(self, contact: dict[str, Any]) -> None:
        """Wait until the replica has it."""
        replica = self.workplace.store.replica
        self.until(lambda: (replica.find_contact(contact["id"]) or {}).get("seq", 0) >= contact["seq"])

    def open(self, contact: dict[str, Any]) -> None:
        self.knows(contact)
        self.card.open(contact["id"])
        assert self.card.now.record is not None

    def edit(self, contact: dict[str, Any]) -> None:
        self.open(contact)
        self.card.editing.begin()
        self.until(lambda: self.card.now.is_editing)

    def say(self, index: int = -1) -> str:
        if not self.told:
            return ""
        sentence = self.told[index].sentence
        return self.tools.speech.say(sentence.message, **sentence.params)

    def close(self) -> None:
        self.card.shut()
        self.tools.background.close()
        self.workplace.close()


@pytest.fixture
def desk(office: LiveOffice, tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    opened: list[Desk] = []

    def make(who: str) -> Desk:
        opened.append(Desk(office, who, tmp_path))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


Desks = Callable[[str], Desk]


def test_what_is_typed_is_saved_at_the_server_and_called_saved_only_then(office: LiveOffice, desk: Desks) -> None:
    ana, made = desk("agent-norte"), office.create(name="Ana", team_id=office.teams["Norte"])
    ana.edit(made)
    ana.card.editing.type_in("company", "Tica S.A.")
    ana.card.editing.type_in("phones", [{"number": "8888-1111", "label": "casa"}, {"number": "2222-3333", "label": ""}])
    ana.card.editing.type_in("next_call_at", "23/11/2026 08:30")
    ana.card.saving.save()
    assert (ana.card.now.is_saving, ana.card.now.saved_at) == (True, None)
    ana.until(lambda: ana.card.now.saved_at)
    saved = office.boss.get_contact(made["id"])
    assert (saved["company"], [phone["number"] for phone in saved["phones"]]) == (
        "Tica S.A.",
        ["8888-1111", "2222-3333"],
    )
    assert ana.workplace.store.replica is not None
    assert not ana.card.now.has_unsaved
    assert ana.card.list_left_drafts() == []


def test_who_comes_second_is_refused_with_the_name_of_the_first(office: LiveOffice, desk: Desks) -> None:
    ana, luz = desk("agent-norte"), desk("lead-norte")
    made = office.create(name="Uno", team_id=office.teams["Norte"])
    ana.edit(made)
    luz.open(made)
    luz.card.editing.begin()
    luz.until(lambda: isinstance(luz.card.now.problem, Locked))
    holder = luz.card.locks.holder
    assert holder is not None
    assert (holder.name, holder.purpose, luz.card.now.mode) == ("agent-norte", "edit", Mode.READING)
    assert holder.since


def test_who_asks_is_told_when_the_holder_lets_go(office: LiveOffice, desk: Desks) -> None:
    ana, luz = desk("agent-norte"), desk("lead-norte")
    made = office.create(name="Dos", team_id=office.teams["Norte"])
    ana.edit(made)
    luz.open(made)
    luz.until(lambda: luz.card.is_refused)
    ana.card.editing.type_in("note", "a medias")
    luz.card.locks.request()
    ana.until(lambda: ana.card.locks.asked_for)
    assert ana.card.locks.asked_for is not None
    assert ana.card.locks.asked_for.by == "lead-norte"
    ana.card.locks.answer(release=True)
    luz.until(lambda: luz.told and luz.told[-1].action is not None)
    assert luz.told[-1].action is not None
    luz.told[-1].action()
    luz.until(lambda: luz.card.now.is_editing)
    assert ana.card.now.draft is not None
    assert ana.card.now.draft.body["values"] == {"note": "a medias"}


def test_who_asks_is_told_that_the_holder_needs_it_longer(office: LiveOffice, desk: Desks) -> None:
    ana, luz = desk("agent-norte"), desk("lead-norte")
    made = office.create(name="Tres", team_id=office.teams["Norte"])
    ana.edit(made)
    luz.open(made)
    luz.until(lambda: luz.card.is_refused)
    luz.card.locks.request()
    ana.until(lambda: ana.card.locks.asked_for)
    ana.card.locks.answer(release=False)
    luz.until(lambda: "until" in luz.say())
    assert ana.card.now.is_editing


def test_a_lead_takes_a_contact_over_and_the_text_of_the_other_is_kept(office: LiveOffice, desk: Desks) -> None:
    ana, luz = desk("agent-norte"), desk("lead-norte")
    made = office.create(name="Cuatro", team_id=office.teams["Norte"])
    ana.edit(made)
    ana.card.editing.type_in("note", "sin guardar")
    luz.open(made)
    luz.until(lambda: luz.card.is_refused)
    luz.card.locks.take_over("urgente")
    luz.until(lambda: luz.card.now.is_editing)
    ana.until(lambda: ana.card.now.mode is Mode.READING and "urgente" in str(ana.card.now.problem))
    assert "lead-norte" in str(ana.card.now.problem)
    assert ana.card.now.draft is not None
    assert ana.card.now.draft.body["values"] == {"note": "sin guardar"}
    luz.card.editing.type_in("note", "de luz")
    luz.card.saving.save()
    luz.until(lambda: luz.card.now.saved_at)


def test_a_conflict_is_settled_field_by_field(office: LiveOffice, desk: Desks) -> None:
    ana, made = desk("agent-norte"), office.create(name="Cinco", company="Vieja", team_id=office.teams["Norte"])
    ana.edit(made)
    ana.card.editing.type_in("name", "Mío")
    ana.card.editing.type_in("company", "Mía")
    ana.workplace.release_contact(made["id"])  # the lease ran out unnoticed
    theirs = office.boss.edit_contact(made["id"], {"name": "Suyo", "company": "Suya", "email": "x@y.cr"}, version=1)
    ana.until(lambda: ana.card.now.record and ana.card.now.record["seq"] == theirs["seq"])
    form = ana.card.now.form
    assert form is not None
    assert (form["email"], form["name"], form.disturbed) == ("x@y.cr", "Mío", {"name": "Suyo", "company": "Suya"})
    ana.card.saving.save()
    ana.until(lambda: ana.card.saving.conflict)
    conflict = ana.card.saving.conflict
    assert conflict is not None
    rows = {row.field: (row.mine, row.theirs, row.original) for row in conflict.rows}
    assert rows == {"name": ("Mío", "Suyo", "Cinco"), "company": ("Mía", "Suya", "Vieja")}
    conflict.choose("company", THEIRS)
    ana.card.saving.settle_conflict()
    ana.until(lambda: ana.card.now.saved_at)
    saved = office.boss.get_contact(made["id"])
    assert (saved["name"], saved["company"], saved["email"]) == ("Mío", "Suya", "x@y.cr")


def test_the_last_change_is_taken_back_while_still_editing(office: LiveOffice, desk: Desks) -> None:
    ana, made = desk("agent-norte"), office.create(name="Seis", team_id=office.teams["Norte"])
    ana.edit(made)
    ana.card.editing.type_in("name", "Otra")
    ana.card.saving.save()
    ana.until(lambda: ana.card.now.saved_at)
    assert ana.told[-1].action_label == "Undo"
    ana.card.undoing.undo()
    ana.until(lambda: ana.card.now.record and ana.card.now.record["name"] == "Seis")
    assert not ana.card.undoing.has_undo
    assert ana.card.now.form is not None
    assert ana.card.now.form["name"] == "Seis"


def test_an_undo_that_would_overwrite_somebody_is_refused_and_said(office: LiveOffice, desk: Desks) -> None:
    ana, made = desk("agent-norte"), office.create(name="Siete", team_id=office.teams["Norte"])
    ana.edit(made)
    ana.card.editing.type_in("name", "Otra")
    ana.card.saving.save()
    ana.until(lambda: ana.card.now.saved_at)
    assert ana.card.editing.stop()
    ana.until(lambda: office.boss.get_contact(made["id"])["lock"] is None)
    office.boss.edit_contact(made["id"], {"name": "Tercera"}, version=2)
    ana.card.undoing.undo()
    ana.until(lambda: ana.told[-1].is_error)
    assert "name" in ana.say()
    assert office.boss.get_contact(made["id"])["name"] == "Tercera"


def test_a_wrong_value_is_said_beside_its_field_and_the_text_stays(office: LiveOffice, desk: Desks) -> None:
    ana, made = desk("agent-norte"), office.create(name="Ocho", team_id=office.teams["Norte"])
    ana.edit(made)
    ana.card.editing.type_in("email", "no es correo")
    ana.card.saving.save()
    ana.until(lambda: ana.card.now.field_errors)
    assert list(ana.card.now.field_errors) == ["email"]
    ana.card.editing.type_in("next_call_at", "mañana")
    ana.card.editing.type_in("email", "")
    ana.card.saving.save()
    assert list(ana.card.now.field_errors) == ["next_call_at"]
    assert ana.card.now.form is not None
    assert ana.card.now.form["next_call_at"] == "mañana"


def test_leaving_with_unsaved_text_asks_first(office: LiveOffice, desk: Desks) -> None:
    ana = desk("agent-norte")
    made, other = office.create(name="Nueve"), office.create(name="Diez")
    ana.edit(made)
    ana.card.editing.type_in("note", "medio")
    ana.knows(other)
    ana.card.open(other["id"])
    assert ana.card.is_leaving
    assert ana.card.now.contact_id == made["id"]
    ana.card.leave_with_draft()
    assert ana.card.now.contact_id == other["id"]
    ana.card.open(made["id"])
    assert ana.card.now.draft is not None
    ana.card.editing.resume()
    ana.until(lambda: ana.card.now.is_editing)
    assert ana.card.now.has_unsaved
    ana.card.close()
    ana.card.leave_saving()
    ana.until(lambda: not ana.card.is_open)
    assert office.boss.get_contact(made["id"])["note"] == "medio"


def test_an_archived_contact_is_shown_as_such_and_brought_back(office: LiveOffice, desk: Desks) -> None:
    luz, made = desk("lead-norte"), office.create(name="Once", team_id=office.teams["Norte"])
    luz.edit(made)
    luz.card.lifecycle.archive()
    luz.until(lambda: luz.card.now.is_archived)
    assert luz.card.now.mode is Mode.READING
    luz.card.lifecycle.restore()
    luz.until(lambda: not luz.card.now.is_archived)
    assert office.boss.get_contact(made["id"])["archived_at"] is None
