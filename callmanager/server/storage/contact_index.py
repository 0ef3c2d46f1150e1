"""Keeps the derived tables of contacts (numbers, words) equal to the contacts, and answers searches from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    table,
    update,
)

from callmanager.domain.phones import extensions_of
from callmanager.domain.search_text import query_terms, search_text, searched_note
from callmanager.server.storage.prepared import insert_rows, run_many_prepared, run_prepared
from callmanager.server.storage.tables import contact_phones, contact_search, contacts, metadata
from callmanager.server.storage.types import Sortable

_TRIGRAM = 3

# Derived from contacts.phones: the lines that a number may mean which is kept as it is written (domain/phone_cells.py).
contact_parts = Table(
    "contact_parts",
    metadata,
    Column("contact_id", Integer, ForeignKey("contacts.id"), primary_key=True),
    Column("line", Sortable, primary_key=True),
    Index("ix_contact_parts_line_contact_id", "line", "contact_id"),
    sqlite_with_rowid=False,
)

contact_fts = table("contact_fts", column("rowid"), column("contact_fts"))


def phone_key(phone: Mapping[str, Any]) -> str:
    """What duplicates are found by: the E.164 number or, without one, what the number says."""
    return str(phone["key"])


def index_created(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Index contacts that were just made."""
    numbers = [_phone_row(row["id"], *item) for row in rows for item in enumerate(row["phones"])]
    insert_rows(connection, contact_phones, numbers)
    bearing = {row["id"]: row for row in rows for phone in row["phones"] if "lines" in phone}
    insert_rows(connection, contact_parts, [part for row in bearing.values() for part in _part_rows(row)])
    insert_rows(connection, contact_search, [_search_row(row) for row in rows])


def index_updated(connection: Connection, pairs: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Index contacts that changed, given before and after; what did not change is not written."""
    renamed, noted = [], []
    for before, after in pairs:
        if before["phones"] != after["phones"]:
            _replace_phones(connection, after)
        if (words := search_text(after)) != search_text(before):
            renamed.append({"b_id": after["id"], "b_text": words})
        if (note := searched_note(after)) != searched_note(before):
            noted.append({"b_id": after["id"], "b_note": note})
    run_many_prepared(connection, _SET_WORDS, renamed)
    run_many_prepared(connection, _SET_NOTE, noted)


def _search_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"contact_id": row["id"], "text": search_text(row), "note": searched_note(row)}


def _replace_phones(connection: Connection, row: Mapping[str, Any]) -> None:
    run_prepared(connection, _FORGET_PHONES, {"b_id": row["id"]})
    run_prepared(connection, _FORGET_PARTS, {"b_id": row["id"]})
    insert_rows(connection, contact_phones, [_phone_row(row["id"], *item) for item in enumerate(row["phones"])])
    insert_rows(connection, contact_parts, _part_rows(row))


_SET_WORDS = (
    update(contact_search).where(contact_search.c.contact_id == bindparam("b_id")).values(text=bindparam("b_text"))
)
_SET_NOTE = (
    update(contact_search).where(contact_search.c.contact_id == bindparam("b_id")).values(note=bindparam("b_note"))
)
_FORGET_PHONES = delete(contact_phones).where(contact_phones.c.contact_id == bindparam("b_id"))

_FORGET_PARTS = delete(contact_parts).where(contact_parts.c.contact_id == bindparam("b_id"))


def _part_rows(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    lines = {line for phone in row["phones"] for line in phone.get("lines", ())}
    return [{"contact_id": row["id"], "line": line} for line in sorted(lines)]


def _phone_row(contact_id: int, position: int, phone: Mapping[str, Any]) -> dict[str, Any]:
    return {"contact_id": contact_id, "position": position, "key": phone_key(phone)}


def find_by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, list[int]]:
    """Ids of the living contacts that bear each key, oldest first."""
    statement = (
        select(contact_phones.c.key, contact_phones.c.contact_id)
        .join(contacts, contacts.c.id == contact_phones.c.contact_id)
        .where(contact_phones.c.key.in_(keys), contacts.c.archived_at.is_(None))
        .order_by(contact_phones.c.contact_id)
    )
    found: dict[str, list[int]] = {}
    for key, contact_id in connection.execute(statement):
        found.setdefault(key, []).append(contact_id)
    return found


def ids_on_line(key: str | BindParameter[str]) -> CompoundSelect[tuple[int]]:
    """The ids of the contacts that bear a phone key; without an extension in it, with whatever extension they have, and
    also where several numbers of one cell may mean that line."""
    wanted: ColumnElement[str] = literal(key, Sortable) if isinstance(key, str) else key
    first, after = (wanted.concat(end) for end in extensions_of(""))
    found = contact_phones.c.key
    bearing = select(contact_phones.c.contact_id).where(or_(found == wanted, and_(found >= first, found < after)))
    return bearing.union_all(select(contact_parts.c.contact_id).where(contact_parts.c.line == wanted))


def matching_ids(dialect: str, query: str) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    """The ids, as `contact_id`, of the contacts in whose words, digits or note every piece of `query` occurs.

    A number is looked for among the numbers alone, by the index; for words every note is read.
    """
    terms = query_terms(query)
    is_number = all(term.isdecimal() for term in terms)
    if dialect != "sqlite" or all(len(term) < _TRIGRAM for term in terms):
        holds = _like if dialect != "sqlite" else _holds
        return _where(*(holds(_TEXT, term) if is_number else _anywhere(holds, term) for term in terms))
    if is_number:
        return _by_words(terms)
    in_note = or_(*(_holds(_NOTE, term) for term in terms))
    return _by_words(terms).union(_where(in_note, *(_anywhere(_holds, term) for term in terms)))


def _by_words(terms: Sequence[str]) -> Select[tuple[int]]:
    """By the index, and by reading for pieces that are too short for it."""
    long = [term for term in terms if len(term) >= _TRIGRAM]
    short = [_holds(_TEXT, term) for term in terms if term not in long]
    phrases = " ".join('"' + term.replace('"', '""') + '"' for term in long)
    ids = select(contact_fts.c.rowid.label("contact_id")).where(contact_fts.c.contact_fts.op("MATCH")(phrases))
    return ids.join(contact_search, contact_search.c.contact_id == contact_fts.c.rowid).where(*short) if short else ids


Holds = Callable[[ColumnElement[str], str], ColumnElement[bool]]
_TEXT, _NOTE = contact_search.c.text, contact_search.c.note


def _where(*conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(contact_search.c.contact_id).where(*conditions)


def _anywhere(holds: Holds, term: str) -> ColumnElement[bool]:
    return or_(holds(_TEXT, term), holds(_NOTE, term))


def _holds(text: ColumnElement[str], term: str) -> ColumnElement[bool]:
    return func.instr(text, term) > 0


def _like(text: ColumnElement[str], term: str) -> ColumnElement[bool]:
    escaped = term.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return text.like(literal(f"%{escaped}%"), escape="\\")
