"""Makes an office old: a log of 100,000 changes, and the contacts, calls, states and leases that come with so many.

Written in bulk by SQL, past the write door, since a test needs the size and not the history: the log's chain of hashes
does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection

from callmanager.server.imports.options import ImportOptions
from callmanager.server.imports.reports import Report

CHANGES = 100_000
RECORDS = 20_000
SOME = 2_000
FIRST = 1_000
"""Below the ids of the records made here."""

OLD_TEAM = 900
OLD_AGENT = 901
"""Nearly everything is theirs: what anybody else may see lies sparsely in the log."""

LOGS = frozenset(
    {
        "agent_states", "calls", "changes", "exports", "idempotency_keys", "import_rejections", "imports", "leases",
        "register_loads", "sessions", "take_overs",
    }
)  # fmt: skip
"""The tables that grow with the work done."""

STOCKS = frozenset({"contact_parts", "contact_phones", "contact_search", "contacts", "do_not_call", "register_lines"})
"""The tables that are as large as what the office keeps."""

_INSTANT = "2020-09-13T12:26:40.000Z"
_NONE = (
    "phone_e164", "campaign_id", "assigned_to", "last_called_at", "last_called_by", "next_call_at", "merged_into",
    "archived_at", "zone", "lock",
)  # fmt: skip
_CONTACT = {
    **dict.fromkeys(_NONE), "phone": "88110000", "phone_valid": True, "phones": [], "name": "Nombre", "email": "",
    "company": "", "note": "", "status": "SIN_GESTIONAR", "team_id": OLD_TEAM, "extra": {}, "attempts": 0,
    "do_not_call": False, "version": 1, "seq": 1, "created_at": _INSTANT, "updated_at": _INSTANT,
    "status_reason": "",
}  # fmt: skip
_AT = "strftime('%Y-%m-%dT%H:%M:%S.000Z', 1600000000 + n * 60, 'unixepoch')"
_ID = f"{FIRST} + n"
_KIND = "CASE n % 50 WHEN 0 THEN 'session' WHEN 1 THEN 'call' WHEN 2 THEN 'agent_state' ELSE 'contact' END"


def _quoted(value: object) -> str:
    return "'" + (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))) + "'"


def _record(seq: str = "n * 5", **columns: object) -> dict[str, object]:
    return {"seq": seq, "version": 1, **columns, "created_at": _AT, "updated_at": _AT}


_PHONE = "'+5068' || (1000000 + n)"
_WIRE = f"'{{\"id\":' || ({_ID}) || {_quoted(',' + json.dumps(_CONTACT, separators=(',', ':'))[1:])}"
_OF_USER = {"role": "'agent'", "active": 1, "service": 1, "must_change_password": 0, "token_version": 1}

_TEAM = _record(id=OLD_TEAM, name="'Viejo'", name_key="'viejo'")
_USER = _record(id=OLD_AGENT, username="'viejo'", team_id=OLD_TEAM, **_OF_USER)
_TEXTS = dict.fromkeys(("email", "company", "note"), "''")
_CONTACTS = _record(
    id=_ID, phone=_PHONE, phone_e164=_PHONE, phone_valid=1, phones="'[]'", name="'Nombre ' || n",
    name_key="'nombre ' || n", **_TEXTS, status="'SIN_GESTIONAR'", team_id=OLD_TEAM, extra="'{}'", attempts=0,
    do_not_call=0, archived_at=f"CASE WHEN n % 50 = 0 THEN {_AT} END", wire=_WIRE,
)  # fmt: skip
_CALLS = _record(
    id=_ID, contact_id=f"{FIRST} + 1 + n % 5000", team_id=OLD_TEAM, user_id=OLD_AGENT, number="'8'", key=_PHONE,
    driver="'simulated'", state="'ended'", requested_at=_AT, dialing_at=_AT, ended_at=_AT, held_milliseconds=0,
    estimated=0, connected_assumed=0, counted=1, cause="'no_answer'", result="'no_answer'", disposition="'NC'",
    note="''", dispositioned_at=_AT, effects="'{}'", override_reason="''",
)  # fmt: skip
_STATES = _record(
    id=_ID, user_id=OLD_AGENT, team_id=OLD_TEAM, state="'ready'", started_at=_AT, ended_at=_AT, why="''"
)  # fmt: skip
_LISTED = {"kind": "'line'", "reason": "''", "source": "''", "reference": "''"}
_LEASES = {
    "contact_id": _ID, "user_id": OLD_AGENT, "holder": "'viejo'", "session": "'s'", "purpose": "'edit'", "token": 1,
    **dict.fromkeys(("acquired_at", "expires_at", "touched_at", "active_at"), _AT),
}  # fmt: skip
_SESSIONS = _record(
    id=_ID, user_id=OLD_AGENT, jti="'old-' || n", address="''", client="''", expires_at=_AT, archived_at=_AT
)  # fmt: skip
_IMPORTS = _record(
    id=_ID, state="'done'", file_name="'x.csv'", options=_quoted(ImportOptions().to_record({})),
    report=_quoted(Report().to_record()), created_by=OLD_AGENT,
)  # fmt: skip
_REJECTIONS = {
    "import_id": _ID, "row": 2, "field": "'phone'", "code": "'phone_invalid'", "detail": "'{}'", "cells": "'[]'"
}  # fmt: skip
_TAKEN = {"contact_id": _ID, "taken_from": OLD_AGENT, "taken_by": OLD_AGENT, "reason": "''"}
_REPEATS = {
    "user_id": OLD_AGENT, "key": "'old-' || n", "request_hash": "'x'", "status": 200, "answer": "''",
    "created_at": "strftime('%Y-%m-%dT%H:%M:%S.000Z', 'now')",
}  # fmt: skip
_CHANGES = {
    "seq": "n", "set_id": "n", "at": _AT, "actor_id": OLD_AGENT, "actor_name": "'viejo'", "origin": "'api'",
    "entity": _KIND, "record_id": f"{FIRST} + 1 + n % {RECORDS}", "kind": "'updated'",
    "fields": _quoted({"note": ["a", "b"]}),
    "scope": f"CASE WHEN n % 5000 = 0 THEN 'everyone' ELSE 'team:{OLD_TEAM}' END",
    "scope_before": f"CASE WHEN n % 1000 = 0 THEN 'team:{OLD_TEAM + 1}' END", "hash": "'x'",
}  # fmt: skip


def grow_old(connection: Connection) -> None:
    """Fill an empty database, in which nothing has happened yet, with what years leave behind."""
    _fill(connection, "teams", 1, _TEAM)
    _fill(connection, "users", 1, _USER)
    _fill(connection, "contacts", RECORDS, _CONTACTS)
    _fill(connection, "contact_phones", RECORDS, {"contact_id": _ID, "position": 0, "key": _PHONE})
    _fill(connection, "contact_search", RECORDS, {"contact_id": _ID, "text": "'nombre ' || n"})
    _fill(connection, "calls", RECORDS, _CALLS)
    _fill(connection, "agent_states", RECORDS, _STATES)
    _fill(connection, "leases", RECORDS // 5, _LEASES)
    _fill(connection, "sessions", SOME, _SESSIONS)
    _fill(connection, "do_not_call", SOME, _record(id=_ID, number="'7' || n", key="'+5067' || n", **_LISTED))
    _fill(connection, "imports", SOME, _IMPORTS)
    _fill(connection, "import_rejections", SOME, _REJECTIONS)
    _fill(connection, "exports", SOME, _record(format="'csv'", filters="'{}'", contacts=1, created_by=OLD_AGENT))
    _fill(connection, "take_overs", SOME, _record(id=_ID, **_TAKEN))
    _fill(connection, "idempotency_keys", SOME, _REPEATS)
    _fill(connection, "changes", CHANGES, _CHANGES)
    last = "(SELECT max(at) FROM changes)"
    connection.exec_driver_sql(f"UPDATE log_head SET seq = {CHANGES}, set_id = {CHANGES}, at = {last}")


def _fill(connection: Connection, table: str, rows: int, columns: Mapping[str, object]) -> None:
    """So many rows whose columns are these expressions of `n`."""
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})"
    names, values = ", ".join(columns), ", ".join(str(value) for value in columns.values())
    connection.exec_driver_sql(f'INSERT INTO "{table}" ({names}) {numbers} SELECT {values} FROM numbers')
