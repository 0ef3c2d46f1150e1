"""Undo takes back exactly one change set, and never what somebody did since."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.errors import Conflict, Locked, NotFound
from callmanager.server.actions import contacts, merges, undo
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.undo import Undone
from callmanager.server.changes.write import Record
from callmanager.server.storage.sqlite import SqliteStorage
from tests.lease_office import LeaseOffice
from tests.office import REGION, Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    storage = SqliteStorage(tmp_path / "contacts.db")
    yield Office(storage)
    storage.close()


def change(office: Office, contact_id: int, **fields: Any) -> int:
    """Set fields, whoever was before; the number of the change set."""
    with office.write() as tx:
        tx.update(tx.get(CONTACT, contact_id), **fields)
        return tx.set_id


def take_back(office: Office, set_id: int, *, partly: bool = False) -> tuple[Undone, int]:
    with office.write(origin="undo", origin_id=set_id) as tx:
        return undo.undo_set(tx, set_id, partly=partly), tx.set_id


def current(office: Office, contact_id: int) -> Record:
    with office.write() as tx:
        return tx.get(CONTACT, contact_id)


def test_undo_and_undo_of_the_undo(office: Office) -> None:
    made = office.create(name="Ana")
    edited = change(office, made.id, name="Eva", note="n")
    _, undone = take_back(office, edited)
    assert (current(office, made.id)["name"], current(office, made.id)["note"]) == ("Ana", "")
    _, again = take_back(office, undone)
    assert current(office, made.id)["name"] == "Eva"
    take_back(office, again)
    assert current(office, made.id)["name"] == "Ana"


def test_what_was_undone_already_cannot_be_undone_again(office: Office) -> None:
    made = office.create(name="Ana")
    edited = change(office, made.id, name="Eva")
    take_back(office, edited)
    with pytest.raises(Conflict):
        take_back(office, edited)


def test_a_field_that_somebody_changed_since_is_named_and_nothing_happens(office: Office) -> None:
    made = office.create(name="Ana")
    edited = change(office, made.id, name="Eva", note="n")
    change(office, made.id, note="later")
    with pytest.raises(Conflict) as refusal:
        take_back(office, edited)
    assert refusal.value.fields["fields"] == ["note"]
    assert (current(office, made.id)["name"], current(office, made.id)["note"]) == ("Eva", "later")


def test_another_field_that_somebody_changed_since_is_kept(office: Office) -> None:
    made = office.create(name="Ana")
    edited = change(office, made.id, name="Eva")
    change(office, made.id, note="later")
    take_back(office, edited)
    assert (current(office, made.id)["name"], current(office, made.id)["note"]) == ("Ana", "later")


def test_a_partial_undo_says_what_it_left_alone(office: Office) -> None:
    made = office.create(name="Ana")
    edited = change(office, made.id, name="Eva", note="n")
    change(office, made.id, name="Iris")
    done, _ = take_back(office, edited, partly=True)
    assert done.records == 1
    assert done.kept == [{"entity": "contact", "record_id": made.id, "fields": ["name"]}]
    assert (current(office, made.id)["name"], current(office, made.id)["note"]) == ("Iris", "")


def test_what_a_partial_undo_left_alone_still_stands_in_the_way_of_an_older_undo(office: Office) -> None:
    """`second` was undone but for its name: undoing `first` must not overwrite that name unasked."""
    made = office.create(name="Ana")
    first = change(office, made.id, name="Eva")
    second = change(office, made.id, name="Iris", note="n")
    third = change(office, made.id, name="Olga")
    take_back(office, second, partly=True)
    take_back(office, third)
    assert current(office, made.id)["name"] == "Iris"
    with pytest.raises(Conflict):
        take_back(office, first)
    assert current(office, made.id)["name"] == "Iris"


def test_an_undo_is_refused_what_somebody_works_on_or_leaves_it_alone(office: Office) -> None:
    shift = LeaseOffice(office.storage)
    made = shift.contact(note="antes")
    edited = change(shift, made.id, note="después")
    shift.lock("ana", made.id)
    with pytest.raises(Locked):
        take_back(shift, edited)
    done, _ = take_back(shift, edited, partly=True)
    assert done.records == 0
    assert done.kept == [{"entity": "contact", "record_id": made.id, "fields": ["note"]}]
    assert current(shift, made.id)["note"] == "después"


def test_undoing_a_creation_archives_what_nobody_touched_since(office: Office) -> None:
    made = office.create(name="Ana")
    assert take_back(office, 1)[0] == Undone(records=1)
    assert current(office, made.id)["archived_at"] is not None
    other = office.create(name="Luis")
    change(office, other.id, note="ours now")
    with pytest.raises(Conflict):
        take_back(office, 3)
    assert current(office, other.id)["archived_at"] is None


def test_undoing_an_archive_brings_it_back_and_the_undo_can_be_undone(office: Office) -> None:
    made = office.create(name="Ana")
    office.do(contacts.delete, made.id, version=1)
    _, undone = take_back(office, 2)
    assert current(office, made.id)["archived_at"] is None
    take_back(office, undone)
    assert current(office, made.id)["archived_at"] is not None


def test_undoing_a_merge_separates_both_as_they_were(office: Office) -> None:
    first = office.create(name="Ana", phone="8888-0001", note="a")
    second = office.create(name="Ana M", phone="8888-0002", note="b")
    office.do(merges.merge, first.id, second.id, keep_version=1, other_version=1, fields={}, region=REGION)
    assert len(current(office, first.id)["phones"]) == 2
    take_back(office, 3)
    for record in (first, second):
        now = current(office, record.id)
        for name in ("phones", "note", "name", "archived_at", "merged_into"):
            assert now[name] == record[name], name


def test_a_change_set_that_never_was_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        take_back(office, 99)
