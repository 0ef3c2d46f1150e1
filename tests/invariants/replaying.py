"""The tables as the log tells them: rebuilt from `changes.fields` alone, and the tables as they are, to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, select

from callmanager.domain.clock import from_wire
from callmanager.domain.people import SYSTEM
from callmanager.domain.permissions import visibility
from callmanager.domain.search_text import query_terms, search_text, searched_note
from callmanager.server.changes.entities import CONTACT, ENTITIES, Entity
from callmanager.server.queries.contacts import ContactFilter, list_contacts
from callmanager.server.storage.tables import changes, contact_phones, contact_search, contacts

Key = tuple[str, int]
Tables = dict[Key, dict[str, Any]]


class Replay:
    """Applies changes in order; after the change `seq` it holds every record as it stood then."""

    def __init__(self) -> None:
        self.seq = 0
        self.records: Tables = {}

    def follow(self, connection: Connection) -> None:
        """Apply what the log has more than this."""
        fresh = select(changes).where(changes.c.seq > self.seq).order_by(changes.c.seq)
        for row in connection.execute(fresh).mappings():
            assert row["seq"] == self.seq + 1, "a hole in the log"
            self.seq = row["seq"]
            self._apply(row)

    def _apply(self, row: Mapping[str, Any]) -> None:
        entity, key = ENTITIES[row["entity"]], (row["entity"], row["record_id"])
        at = from_wire(row["at"])
        record = self.records.get(key)
        if row["kind"] == "created":
            assert record is None, "created twice"
            record = {**entity.blank(), "id": row["record_id"], "version": 0, "created_at": at}
        assert record is not None, "changed before it was created"
        fields = orjson.loads(row["fields"])
        for name, (old, new) in fields.items():
            if row["kind"] != "created":
                assert entity.to_log(record[name]) == old, "the old value is not what stood there"
            record[name] = entity.from_log(name, new)
        assert (row["kind"] == "deleted") <= (record["archived_at"] is not None)
        assert (row["kind"] == "restored") <= (record["archived_at"] is None)
        record.update(version=record["version"] + 1, seq=row["seq"], updated_at=at)
        entity.derive(record)
        self.records[key] = record


def read_tables(connection: Connection, entities: Iterable[Entity]) -> Tables:
    """Every record as it stands, without what is never logged."""
    found: Tables = {}
    for entity in entities:
        for row in connection.execute(select(entity.table)).mappings():
            found[entity.name, row["id"]] = dict(row)
    return found


def comparable(tables: Tables, entities: Iterable[Entity]) -> Tables:
    """Records of these kinds, without secrets and what others than the log keep."""
    kept = {entity.name: entity for entity in entities}
    return {
        key: {name: _plain(name, value) for name, value in row.items() if name not in _apart(kept[key[0]])}
        for key, row in tables.items()
        if key[0] in kept
    }


def _plain(name: str, value: Any) -> Any:
    return orjson.loads(value) if name == "wire" else value  # the order inside of JSON objects means nothing


def _apart(entity: Entity) -> frozenset[str]:
    # what `derive` fills is compared; users.sight_seq and api_keys.last_used_at have no rule to fill them
    return entity.secret | {"sight_seq", "last_used_at"}


def check_derived(connection: Connection) -> None:
    """Numbers, words and ready JSON of contacts are what a rebuild from the contacts would give."""
    rows = [dict(row) for row in connection.execute(select(contacts)).mappings()]
    for row in rows:
        assert orjson.loads(row["wire"]) == orjson.loads(orjson.dumps(CONTACT.encode(row)))
    phones = {(row["id"], place, phone["key"]) for row in rows for place, phone in enumerate(row["phones"])}
    assert {tuple(row) for row in connection.execute(select(contact_phones))} == phones
    words = {(row["id"], search_text(row), searched_note(row)) for row in rows}
    assert {tuple(row) for row in connection.execute(select(contact_search))} == words


def check_search(connection: Connection, query: str) -> None:
    """The index finds exactly the contacts whose words, or note, hold every piece of the query."""
    terms = query_terms(query)
    page = list_contacts(connection, visibility(SYSTEM), ContactFilter(text=query), limit=5_000, cursor=None)
    is_number = all(term.isdecimal() for term in terms)
    words = select(contact_search).join(contacts)
    living = connection.execute(words.where(contacts.c.archived_at.is_(None))).all()
    said = {row.contact_id: row.text if is_number else f"{row.text}\n{row.note}" for row in living}
    expected = [number for number, text in said.items() if all(term in text for term in terms)]
    assert [contact["id"] for contact in orjson.loads(b"".join(page.json()))] == sorted(expected), query
