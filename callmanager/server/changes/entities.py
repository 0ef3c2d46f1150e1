"""The kinds of record, and for each: what is logged, what is derived, who may see it and how it goes on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import Boolean, Column, Connection, Integer, Table

from callmanager.domain.calls import held_of, needs_disposition, seconds_of, talk_of, wrap_up_of
from callmanager.domain.changes import ADMINS, EVERYONE, team_scope
from callmanager.domain.clock import from_wire, to_wire
from callmanager.domain.contact_fields import FIELDS, FieldKind, names_of
from callmanager.domain.search_text import sort_key
from callmanager.server.storage import contact_index
from callmanager.server.storage import tables as t
from callmanager.server.storage.calls import calls
from callmanager.server.storage.dispositions import dispositions
from callmanager.server.storage.registers import register_loads, registers
from callmanager.server.storage.types import Instant, Json

Row = dict[str, Any]
Pair = tuple[Row, Row]

# Kept by the write door itself, so a change never lists them.
BOOKKEEPING = frozenset({"id", "seq", "version", "created_at", "updated_at"})


class RecordIndex(Protocol):
    """Derived tables that follow a record."""

    def created(self, connection: Connection, rows: Sequence[Row]) -> None: ...

    def updated(self, connection: Connection, pairs: Iterable[Pair]) -> None: ...


@dataclass(frozen=True)
class Entity:
    """One kind of record.

    `derive` fills columns that follow from others before a row is written; `derived` names them. `secret` columns
    are written but never logged. `encode` makes the JSON that the API, the feed and live updates send.
    """

    name: str
    table: Table
    scope: Callable[[Mapping[str, Any]], str]
    encode: Callable[[Mapping[str, Any]], dict[str, Any]]
    derived: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    derive: Callable[[Row], None] = lambda _row: None
    index: RecordIndex | None = None
    undoable: bool = False
    logged: tuple[str, ...] = field(init=False)
    empty: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        hidden = BOOKKEEPING | self.derived | self.secret
        # str(): SQLAlchemy's names are a subclass, which orjson does not take as a key
        empty = {str(column.name): _empty(column) for column in self.table.columns}
        object.__setattr__(self, "empty", empty)
        object.__setattr__(self, "logged", tuple(name for name in empty if name not in hidden))

    def blank(self) -> Row:
        """A row in which nothing has been filled in. A created record's change lists only what differs from it."""
        return {name: {} if value == {} else value for name, value in self.empty.items()}

    def to_log(self, value: Any) -> Any:
        """A column's value as it stands in `changes.fields`."""
        return to_wire(value) if isinstance(value, datetime) else value

    def from_log(self, name: str, value: Any) -> Any:
        """The column's value that `changes.fields` holds for it."""
        if value is not None and isinstance(self.table.c[name].type, Instant):
            return from_wire(value)
        return value


def _empty(column: Column[Any]) -> Any:
    if column.nullable or isinstance(column.type, Instant):
        return None
    if isinstance(column.type, Json):
        return {}
    if isinstance(column.type, Boolean):
        return False
    return 0 if isinstance(column.type, Integer) else ""


def _instant(value: datetime | None) -> str | None:
    return None if value is None else to_wire(value)


_TRAIL = ("version", "seq", "created_at", "updated_at", "archived_at")
_CONTACT_COLUMNS = ("id", *(field.name for field in FIELDS), *_TRAIL)
_CONTACT_INSTANTS = names_of(FieldKind.INSTANT)


def contact_to_wire(row: Mapping[str, Any]) -> dict[str, Any]:
    """The contact as protocol.md fixes it; `lock` is put in when it is read: see present_locks.py."""
    wire = {name: row[name] for name in _CONTACT_COLUMNS}
    for name in _CONTACT_INSTANTS:
        wire[name] = _instant(wire[name])
    wire["created_at"], wire["updated_at"] = to_wire(row["created_at"]), to_wire(row["updated_at"])
    wire["archived_at"] = _instant(row["archived_at"])
    wire["lock"] = None
    return wire


_CALL_COLUMNS = (
    *("id", "contact_id", "team_id", "campaign_id", "user_id", "number", "e164", "driver", "state"),
    *("requested_at", "dialing_at", "ringing_at", "connected_at", "ended_at", "estimated", "cause", "result"),
    *("disposition", "note", "callback_at", "dispositioned_at", "override_reason", "seq", "version"),
)


def call_to_wire(row: Mapping[str, Any]) -> dict[str, Any]:
    """The call but for `user`, the name of whoever made it: see queries/calls.py."""
    wire = {name: to_wire(v) if isinstance(v := row[name], datetime) else v for name in _CALL_COLUMNS}
    wire["held_seconds"] = seconds_of(held_of(row))
    wire["talk_seconds"] = seconds_of(talk_of(row))
    wire["wrap_up_seconds"] = seconds_of(wrap_up_of(row))
    wire["needs_disposition"] = needs_disposition(row)
    return wire


def _derive_contact(row: Row) -> None:
    first = row["phones"][0]
    row["phone"] = first["number"]
    row["phone_e164"] = first["e164"]
    row["phone_valid"] = first["valid"]
    row["name_key"] = sort_key(row["name"])
    row["wire"] = orjson.dumps(contact_to_wire(row)).decode()


class _ContactIndex:
    def created(self, connection: Connection, rows: Sequence[Row]) -> None:
        contact_index.index_created(connection, rows)

    def updated(self, connection: Connection, pairs: Iterable[Pair]) -> None:
        contact_index.index_updated(connection, pairs)


def _derive_name_key(row: Row) -> None:
    row["name_key"] = sort_key(row["name"])


def _columns_to_wire(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def encode(row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: to_wire(v) if isinstance(v := row[name], datetime) else v for name in names}

    return encode


STATUSES_COLUMN = ""
"""Under this name, which no column of a list bears, a saved mapping keeps which status each word of the list means."""

_saved_to_wire = _columns_to_wire("id", "name", "columns", *_TRAIL)


def _mapping_to_wire(row: Mapping[str, Any]) -> dict[str, Any]:
    wire = _saved_to_wire(row)
    columns = {name: target for name, target in wire["columns"].items() if name != STATUSES_COLUMN}
    return {**wire, "columns": columns, "statuses": wire["columns"].get(STATUSES_COLUMN, {})}


CONTACT = Entity(
    name="contact",
    table=t.contacts,
    scope=lambda row: team_scope(row["team_id"]),
    encode=contact_to_wire,
    derived=frozenset({field.name for field in FIELDS if field.is_derived} | {"name_key", "wire"}),
    derive=_derive_contact,
    index=_ContactIndex(),
    undoable=True,
)
CAMPAIGN = Entity(
    name="campaign",
    table=t.campaigns,
    scope=lambda row: team_scope(row["team_id"]),
    encode=_columns_to_wire("id", "name", "team_id", "active", "calling_hours", *_TRAIL),
    derived=frozenset({"name_key"}),
    derive=_derive_name_key,
    undoable=True,
)
TEAM = Entity(
    name="team",
    table=t.teams,
    scope=lambda _row: EVERYONE,
    encode=_columns_to_wire("id", "name", *_TRAIL),
    derived=frozenset({"name_key"}),
    derive=_derive_name_key,
    undoable=True,
)
USER = Entity(
    name="user",
    table=t.users,
    scope=lambda _row: ADMINS,
    encode=_columns_to_wire("id", "username", "role", "team_id", "email", "active", "must_change_password", *_TRAIL),
    derived=frozenset({"sight_seq"}),
    secret=frozenset({"password_hash"}),
)
API_KEY = Entity(
    name="api_key",
    table=t.api_keys,
    scope=lambda _row: ADMINS,
    encode=_columns_to_wire(
        "id", "user_id", "label", "public_id", "permissions", "expires_at", "last_used_at", *_TRAIL
    ),
    derived=frozenset({"last_used_at"}),
    secret=frozenset({"digest"}),
)
SESSION = Entity(
    name="session",
    table=t.sessions,
    scope=lambda _row: ADMINS,
    encode=_columns_to_wire("id", "user_id", "address", "client", "expires_at", *_TRAIL),
    secret=frozenset({"jti"}),
)
IMPORT = Entity(
    name="import",
    table=t.imports,
    scope=lambda _row: ADMINS,
    encode=_columns_to_wire("id", "state", "file_name", "options", "report", "created_by", *_TRAIL),
)
IMPORT_MAPPING = Entity(
    name="import_mapping",
    table=t.import_mappings,
    scope=lambda _row: EVERYONE,
    encode=_mapping_to_wire,
    derived=frozenset({"name_key"}),
    derive=_derive_name_key,
)
EXPORT = Entity(
    name="export",
    table=t.exports,
    scope=lambda _row: ADMINS,
    encode=_columns_to_wire("id", "format", "filters", "contacts", "created_by", *_TRAIL),
)
TAKE_OVER = Entity(
    name="take_over",
    table=t.take_overs,
    scope=lambda row: team_scope(row["team_id"]),
    encode=_columns_to_wire("id", "contact_id", "team_id", "taken_from", "taken_by", "reason", *_TRAIL),
)
# Why somebody is not ready is for himself and for whoever leads him; a scope knows no roles. See agents/standings.py.
AGENT_STATE = Entity(
    name="agent_state",
    table=t.agent_states,
    scope=lambda _row: ADMINS,
    encode=_columns_to_wire(
        "id", "user_id", "team_id", "state", "reason", "started_at", "ended_at", "set_by", "why", *_TRAIL
    ),
)
CALL = Entity(
    name="call",
    table=calls,
    scope=lambda row: team_scope(row["team_id"]),
    encode=call_to_wire,
    derived=frozenset({"key", "held_since", "counted", "connected_assumed", "effects"}),
    secret=frozenset({"lease_token"}),
)
DO_NOT_CALL = Entity(
    name="do_not_call",
    table=t.do_not_call,
    scope=lambda _row: EVERYONE,
    encode=_columns_to_wire(
        *("id", "kind", "number", "contact_id", "reason", "source", "reference", "listed_on", "expires_on"), *_TRAIL
    ),
    undoable=True,
)
REGISTER = Entity(
    name="register",
    table=registers,
    scope=lambda _row: EVERYONE,
    encode=_columns_to_wire("id", "name", "numbers", "loaded_at", "load_id", *_TRAIL),
    derived=frozenset({"name_key"}),
    derive=_derive_name_key,
)
REGISTER_LOAD = Entity(
    name="register_load",
    table=register_loads,
    scope=lambda _row: EVERYONE,
    encode=_columns_to_wire("id", "register_id", "state", "file_name", "previous_id", "report", "created_by", *_TRAIL),
)
DISPOSITION = Entity(
    name="disposition",
    table=dispositions,
    scope=lambda _row: EVERYONE,
    encode=_columns_to_wire(*(str(column.name) for column in dispositions.columns)),
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        CONTACT,
        CAMPAIGN,
        TEAM,
        USER,
        API_KEY,
        SESSION,
        IMPORT,
        IMPORT_MAPPING,
        EXPORT,
        TAKE_OVER,
        AGENT_STATE,
        CALL,
        DO_NOT_CALL,
        REGISTER,
        REGISTER_LOAD,
        DISPOSITION,
    )
}
