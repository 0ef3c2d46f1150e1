"""The contact card against a real server, with two people at their own workplaces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.card.dispute import THEIRS
from callmanager.desktop.models.card.open_card import Mode, PassingNotice
from callmanager.desktop.models.contacts.creating import NewContactModel
from callmanager.desktop.models.contacts.merging import KEPT, OTHER, MergeModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Status
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Locked
from tests.desktop.conftest import LiveOffice
from tests.live_server import start_server
from tests.web import QUICK, Web

WAIT_SECONDS = 20.0


class Desk:
    """A user signed in at a PC of his own, with the card's model and what it told."""

    def __init__(self, office: LiveOffice, who: str, folder: Path) -> None:
        self.bus, self.told = Bus(), list[PassingNotice]()
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


def open_office(folder: Path) -> LiveOffice:
    """A server that the test may kill."""
    people = Web(folder)
    people.services.imports.close()
    people.close()
    server = start_server(folder, **QUICK)
    return LiveOffice(server, Remote(server.url, api_key=people.keys["boss"], language="en"), people.keys, people.teams)


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
    assert ana.card.now.drafts.find(made["id"]) is None


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


def test_a_note_written_while_the_server_is_away_goes_out_once_when_it_is_back(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("away")
    live = open_office(folder)
    made = live.create(name="Ausente", team_id=live.teams["Norte"])
    ana = Desk(live, "agent-norte", tmp_path)
    ana.edit(made)
    ana.card.editing.type_in("note", "antes")
    live.server.kill()
    ana.until(lambda: not ana.card.now.is_online)
    ana.card.editing.type_in("company", "no se puede ahora")
    ana.card.editing.type_in("note", "sin servidor")
    ana.card.saving.save()
    assert (ana.card.now.pending_note, ana.card.now.saved_at, ana.card.now.has_unsaved) == ("sin servidor", None, False)
    with start_server(folder, SERVER_PORT=live.server.port, **QUICK):
        ana.until(lambda: ana.card.now.pending_note is None, seconds=60)
        assert live.boss.get_contact(made["id"])["note"] == "sin servidor"
        lines = live.boss.ask("GET", f"/contacts/{made['id']}/history").body
        assert [line["fields"]["note"][1] for line in lines if line["kind"] == "updated"] == ["sin servidor"]
        assert ana.workplace.store.work.list_refused() == []
        assert ana.card.now.record is not None
        assert ana.card.now.record["company"] == ""
        ana.close()
    live.boss.close()


def test_the_history_says_old_and_new_in_words_and_puts_a_value_back(office: LiveOffice, desk: Desks) -> None:
    ana, made = desk("agent-norte"), office.create(name="Historia", team_id=office.teams["Norte"])
    changed = office.boss.edit_contact(made["id"], {"status": "INTERESADO", "name": "Otra"}, version=1)
    ana.open(changed)
    ana.card.toggle_history()
    history = ana.card.history
    assert history is not None
    ana.until(lambda: history.lines)
    lines = {line.field: line for line in history.lines if line.what == "Changed"}
    assert (lines["status"].old, lines["status"].new, lines["status"].who) == ("Not worked yet", "Interested", "boss")
    assert not lines["name"].can_undo  # an agent does not take back what others did
    history.restore(lines["name"])
    ana.until(lambda: ana.card.now.record and ana.card.now.record["name"] == "Historia")
    assert office.boss.get_contact(made["id"])["status"] == "INTERESADO"


def test_a_lead_takes_a_change_set_of_another_back(office: LiveOffice, desk: Desks) -> None:
    luz, made = desk("lead-norte"), office.create(name="Conjunto", team_id=office.teams["Norte"])
    changed = office.boss.edit_contact(made["id"], {"name": "Mal", "company": "Mal"}, version=1)
    luz.open(changed)
    luz.card.toggle_history()
    history = luz.card.history
    assert history is not None
    luz.until(lambda: history.lines)
    history.undo(next(line for line in history.lines if line.field == "name" and line.can_undo))
    luz.until(lambda: luz.card.now.record and luz.card.now.record["name"] == "Conjunto")
    assert office.boss.get_contact(made["id"])["company"] == ""


def test_who_has_the_number_already_is_shown_while_it_is_typed(office: LiveOffice, desk: Desks) -> None:
    ana, made = desk("agent-norte"), office.create(name="Repetida", phone="7123-4567", team_id=office.teams["Norte"])
    ana.knows(made)
    new, created = NewContactModel(ana.tools, ana.workplace), list[Any]()
    new.created.connect(created.append)
    new.type_in("phone", "7123")
    assert new.same_number == []
    new.type_in("phone", "+506 7123 4567")
    assert [record["id"] for record in new.same_number] == [made["id"]]
    new.type_in("phone", "7123-4568")
    assert new.same_number == []
    new.type_in("email", "no")
    new.create()
    ana.until(lambda: new.field_errors)
    new.type_in("email", "")
    new.create()
    ana.until(lambda: created)
    assert created[0]["phone"] == "7123-4568"


def test_a_merge_does_what_its_preview_said(office: LiveOffice, desk: Desks) -> None:
    luz, team = desk("lead-norte"), office.teams["Norte"]
    kept = office.create(name="Marta", phone="6000-0001", note="uno", company="", team_id=team)
    other = office.create(name="Marta R.", phone="6000-0002", note="dos", company="Sol", email="m@sol.cr", team_id=team)
    luz.open(kept)
    luz.knows(other)
    merge, done = MergeModel(luz.card.now, luz.card.undoing), list[bool]()
    merge.merged.connect(lambda: done.append(True))
    merge.search("6000-0002")
    luz.until(lambda: merge.found)
    assert [record["id"] for record in merge.found] == [other["id"]]
    merge.choose_other(other["id"])
    luz.until(lambda: merge.other)
    assert {row.field: row.side for row in merge.rows if row.is_open} == {
        "name": KEPT,
        "email": OTHER,
        "company": OTHER,
    }
    merge.choose("name", OTHER)
    promised = dict(merge.united)
    merge.merge()
    luz.until(lambda: done)
    result = office.boss.get_contact(kept["id"])
    assert (result["name"], result["email"], result["company"]) == ("Marta R.", "m@sol.cr", "Sol")
    names = luz.card.now.names
    assert promised == {name: names.value(name, result[name]) for name in promised}
    assert office.boss.get_contact(other["id"])["merged_into"] == kept["id"]
    luz.card.undoing.undo()
    luz.until(lambda: office.boss.get_contact(other["id"])["archived_at"] is None)
