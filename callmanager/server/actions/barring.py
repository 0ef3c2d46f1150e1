"""Puts lines and people on the do-not-call list, takes them off, and sets the mark that their contacts bear.

The mark of a contact follows from the list: whoever changes the list, a contact's phones or its status settles it here.
What a line and a person mean: domain/prohibitions.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, select

from callmanager.domain.contacts import check_text
from callmanager.domain.dispositions import NEW
from callmanager.domain.phones import line_of, parse_phone
from callmanager.domain.prohibitions import Kind, check_days, is_marked, lines_of
from callmanager.server.changes.entities import CONTACT, DO_NOT_CALL
from callmanager.server.changes.write import Record, Transaction
from callmanager.server.storage.contact_index import ids_on_line
from callmanager.server.storage.dispositions import list_barring
from callmanager.server.storage.prohibitions import barred_lines, barred_people, in_force
from callmanager.server.storage.tables import contacts, do_not_call

FROM_CALL, FROM_STATUS, FROM_IMPORT = "call", "status", "import"
"""Where the program's own entries come from. An undo takes what came from a status or an import back with it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Why and until when something is listed: days as 2026-11-22, the last one still counts."""

    reason: str = ""
    source: str = ""
    reference: str = ""
    listed_on: str | None = None
    expires_on: str | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Terms:
        """What an entry says; one of an older program says less."""
        return cls(**{one.name: said.get(one.name, one.default) for one in fields(cls)})


def list_number(tx: Transaction, number: str, terms: Terms, *, region: str) -> tuple[Record, bool]:
    """Bar a line for everybody and mark its contacts; says whether this source had not listed it. Raises Invalid.

    What was listed before keeps what was said of it, but binds for the longer of both times.
    """
    phone = parse_phone(number, region)
    line = line_of(phone.key)
    values = {**_checked(terms), "kind": Kind.LINE.value, "number": phone.number, "key": line}
    same = (do_not_call.c.key == line, do_not_call.c.kind == values["kind"], do_not_call.c.source == values["source"])
    record, is_new = _list(tx, values, same)
    settle_marks(tx, _bearers(tx, line))
    return record, is_new


def bar_person(tx: Transaction, contact: Record, terms: Terms, *, key: str = "") -> tuple[Record, bool]:
    """Bar all phones of a contact; `key` names the phone on which that was said. Answers as `list_number` does."""
    record, is_new = enter_person(tx, contact, terms, key=key)
    settle_marks(tx, [tx.get(CONTACT, contact.id)])
    return record, is_new


def bar_refusing(tx: Transaction, records: Iterable[Record], *, source: str, reference: str = "") -> None:
    """Bar those of the contacts whose new status says that they want no calls, however they came to it."""
    said = [contact for contact in records if contact["status"] != NEW]
    barring = list_barring(tx.connection) if said else frozenset()
    refusing = [contact for contact in said if contact["status"] in barring]
    barred = barred_people(tx.connection, {contact.id for contact in refusing}, tx.now)
    fresh = [contact for contact in refusing if contact.id not in barred]
    for contact in fresh:
        enter_person(tx, contact, Terms(contact["status"], source, reference))
    settle_marks(tx, [tx.get(CONTACT, contact.id) for contact in fresh])


def bar_as(tx: Transaction, contact: Record, other: Record) -> None:
    """Bar a contact as the other that is merged into it is barred: it is the same person."""
    alive = (do_not_call.c.contact_id == other.id, in_force(tx.now))
    found = tx.first(DO_NOT_CALL, select(do_not_call).where(*alive))
    if found is not None:
        enter_person(tx, contact, Terms.of(found.row), key=found["key"])


def free_refusing(tx: Transaction, contact_ids: Collection[int], *, source: str, reference: str) -> None:
    """After an undo: who was barred by this source for a status that is taken back is free, and every mark is right."""
    mine = (do_not_call.c.source == source, do_not_call.c.reference == reference)
    alive = do_not_call.c.contact_id.in_(sorted(contact_ids)), do_not_call.c.archived_at.is_(None)
    found = tx.connection.execute(select(do_not_call).where(*alive, *mine)).mappings().all()
    barring = list_barring(tx.connection) if found else frozenset()
    for row in found:
        contact = tx.get(CONTACT, row["contact_id"])
        if contact["status"] not in barring or contact["archived_at"] is not None:
            tx.delete(Record(DO_NOT_CALL, dict(row)))
    settle_marks_of(tx, contact_ids)


def unlist(tx: Transaction, record: Record) -> Record:
    """Take an entry off the list; its contacts lose the mark unless something else bars them."""
    removed = tx.delete(record)
    settle_marks(tx, whom_it_bars(tx, removed))
    return removed


def whom_it_bars(tx: Transaction, record: Record) -> list[Record]:
    """The contacts whose mark an entry may have set, archived ones too, since they may come back."""
    if record["contact_id"] is not None:
        return [tx.get(CONTACT, record["contact_id"])]
    return _bearers(tx, record["key"])


def settle_marks(tx: Transaction, records: Sequence[Record]) -> None:
    """Let the mark of each contact, given as it stands now, say what the list says."""
    marks = read_marks(tx, [record.row for record in records])
    wrong = [(record, {"do_not_call": mark}) for record, mark in zip(records, marks, strict=True)]
    tx.update_many([(record, fields) for record, fields in wrong if record["do_not_call"] != fields["do_not_call"]])


def settle_marks_of(tx: Transaction, contact_ids: Collection[int]) -> None:
    """The same for contacts that were written in this transaction, by their ids."""
    found = select(contacts).where(contacts.c.id.in_(sorted(contact_ids)))
    settle_marks(tx, [Record(CONTACT, dict(row)) for row in tx.connection.execute(found).mappings()])


def serves_others(tx: Transaction, key: str, contact_id: int) -> bool:
    """Whether other living contacts are reached on the line of that phone, or it has extensions."""
    line = line_of(key)
    others = select(contacts.c.id).where(contacts.c.id.in_(ids_on_line(line)), contacts.c.id != contact_id)
    alive = others.where(contacts.c.archived_at.is_(None)).limit(1)
    return line != key or tx.connection.execute(alive).first() is not None


def read_marks(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Whether each contact (its phones and, of one that is there already, its id) is not to be called at all."""
    lines = barred_lines(tx.connection, lines_of(phone for row in rows for phone in row["phones"]), tx.now)
    people = barred_people(tx.connection, {row["id"] for row in rows if row.get("id")}, tx.now)
    return [is_marked(row["phones"], lines, is_person=row.get("id") in people) for row in rows]


def with_do_not_call(
    tx: Transaction, checked: dict[str, Any], current: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """`checked` with the mark that follows from its numbers."""
    if "phones" not in checked or (current is not None and current["phones"] == checked["phones"]):
        return checked
    (mark,) = read_marks(tx, [{"id": (current or {}).get("id"), "phones": checked["phones"]}])
    return {**checked, "do_not_call": mark}


def enter_person(tx: Transaction, contact: Record, terms: Terms, *, key: str = "") -> tuple[Record, bool]:
    """As `bar_person`, for whoever settles the marks of many at once."""
    phone = next((one for one in contact["phones"] if one["key"] == key), contact["phones"][0])
    values = {**_checked(terms), "kind": Kind.PERSON.value, "contact_id": contact.id}
    values |= {"number": phone["number"], "key": phone["key"]}
    return _list(tx, values, (do_not_call.c.contact_id == contact.id,))


def _list(tx: Transaction, values: dict[str, Any], same: Sequence[ColumnElement[bool]]) -> tuple[Record, bool]:
    living_first = do_not_call.c.archived_at.is_not(None), do_not_call.c.id
    listed = tx.first(DO_NOT_CALL, select(do_not_call).where(*same).order_by(*living_first))
    if listed is None:
        return tx.insert(DO_NOT_CALL, values), True
    if listed["archived_at"] is not None:
        return tx.restore(listed, **values), True
    days = (listed["expires_on"], values["expires_on"])
    longer = None if None in days else max(days)
    return tx.update(listed, expires_on=longer), False


def _checked(terms: Terms) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: check_text("note", getattr(terms, name)) for name in ("reason", "source", "reference")
    }
    values["listed_on"], values["expires_on"] = check_days(terms.listed_on, terms.expires_on)
    return values


def _bearers(tx: Transaction, line: str) -> list[Record]:
    """The contacts on that line, archived ones too, since they may come back."""
    statement = select(contacts).where(contacts.c.id.in_(ids_on_line(line))).order_by(contacts.c.id)
    return [Record(CONTACT, dict(row)) for row in tx.connection.execute(statement).mappings()]
