"""The same office history on SQLite and on PostgreSQL gives the same answers, byte for byte."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from callmanager.domain.errors import Conflict
from callmanager.domain.people import SYSTEM
from callmanager.domain.permissions import visibility
from callmanager.server.actions import contacts, merges, undo
from callmanager.server.changes.audit import verify_log
from callmanager.server.changes.entities import CAMPAIGN, CONTACT, TEAM
from callmanager.server.changes.feed import Viewer, read_changes, read_snapshot
from callmanager.server.changes.history import ChangeFilter, list_changes, list_record_history
from callmanager.server.changes.log import read_head
from callmanager.server.queries.contacts import SORTS, ContactFilter, count_contacts, family_ids, list_contacts
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import contact_phones, contact_search
from tests.office import REGION, Office

NAMES = ["Ñandú", "ñu", "Nora", "Zoë", "zapato", "Ábaco", "abaco 2", "Ana-María", "ana maria", "_x", "李", "Éva", "Øre"]


def live_through(office: Office) -> None:
    """Some of everything that can happen to contacts."""
    north, south = office.open_teams("north", "south")
    manager, agent = office.people["manager"], office.people["agent-north"]
    with office.write() as tx:
        campaign = tx.insert(CAMPAIGN, {"name": "Otoño", "team_id": north, "active": True})
    for place, name in enumerate(NAMES):
        team = (None, north, south)[place % 3]
        office.create(manager, name=name, phone=f"8888-{place:04d}", team_id=team, email=f"p{place}@x.example")
    office.edit(2, 1, agent, note="50% de _descuento_ \\ 'hoy'", campaign_id=campaign.id)
    office.edit(2, 1, agent, company="Peña & Hijos")
    with pytest.raises(Conflict):
        office.edit(2, 1, agent, note="otra cosa")
    office.edit(2, 3, manager, team_id=south, extra={"Código": "Ñ-1", "b": ""})
    office.do(contacts.delete, 4, actor=manager, version=1)
    office.do(contacts.delete, 5, actor=manager, version=1)
    office.do(contacts.restore, 4, actor=manager)
    pair = {"keep_version": 1, "other_version": 1, "fields": {"name": "Ana María"}, "region": REGION}
    office.do(merges.merge, 8, 9, actor=manager, **pair)
    office.do(merges.merge, 1, 7, actor=manager, **{**pair, "fields": {}})
    with office.storage.read() as connection:
        last = list_changes(connection, visibility(SYSTEM), ChangeFilter(), before_seq=None, limit=1).lines[0]
    with office.write(manager, "undo", origin_id=last["set_id"]) as tx:
        undo.undo_set(tx, last["set_id"])
    with office.write(SYSTEM, "import", origin_id=1, bulk=True) as tx:
        rows = [
            contacts.check_fields(
                tx, {"phone": f"+50622{n:06d}", "name": f"Lista {n}", "status": "SIN_GESTIONAR"}, region=REGION
            )
            for n in range(60)
        ]
        tx.insert_many(CONTACT, rows)
    with office.write(manager) as tx:
        moved = [tx.get(CONTACT, number) for number in range(20, 40)]
        tx.update_many([(record, {"team_id": south if record.id % 2 else None}) for record in moved])
        tx.update(tx.get(TEAM, south), name="Süden")


def answers(office: Office) -> dict[str, Any]:
    """Everything one can ask, as plain JSON values; the lineage's own name is left out."""
    found: dict[str, Any] = {}
    with office.storage.read() as connection:
        epoch = read_head(connection).epoch
        for name, actor in {"system": SYSTEM, **office.people}.items():
            sight = visibility(actor)
            viewer = Viewer(sight, 0)
            found[f"{name} snapshot"] = read_snapshot(connection, viewer, limit=7).decode()
            found[f"{name} rows"] = read_snapshot(connection, viewer, limit=50, as_rows=True).decode()
            for since in (0, 9, 25, 60):
                page = read_changes(connection, viewer, epoch=epoch, since=since, limit=30, sight_seq=None)
                found[f"{name} since {since}"] = page.decode()
            found[f"{name} changes"] = list_changes(connection, sight, ChangeFilter(), before_seq=None, limit=500).lines
            for wanted in wanted_lists():
                found[f"{name} {wanted}"] = pages(connection, sight, wanted)
                found[f"{name} {wanted} count"] = count_contacts(connection, sight, wanted)
        family = family_ids(connection, visibility(SYSTEM), 8)
        found["history"] = list_record_history(
            connection, visibility(SYSTEM), "contact", family, before_seq=None, limit=50
        )
        for table in (contact_phones, contact_search):
            rows = connection.execute(select(table).order_by(*table.primary_key.columns))
            found[str(table.name)] = [list(row) for row in rows]
    found["audit"] = verify_log(office.storage).head_hash
    text = orjson.dumps(found).decode().replace(epoch, "EPOCH")
    plain: dict[str, Any] = orjson.loads(text)
    return plain


def wanted_lists() -> list[ContactFilter]:
    searches = [
        "nandu",
        "ñ",
        "8888",
        "0003",
        "an ma",
        "% de",
        "_",
        "\\",
        "'hoy'",
        "peña",
        "李",
        'a"b',
        "otono",
        "+506 22",
    ]
    lists = [ContactFilter(text=text) for text in searches]
    lists += [ContactFilter(sort=sort) for sort in SORTS]
    lists += [ContactFilter(archived=True), ContactFilter(team_id=0), ContactFilter(team_id=2, sort="-name")]
    return [
        *lists,
        ContactFilter(phone_key="+50688880003"),
        ContactFilter(do_not_call=False),
        ContactFilter(campaign_id=1),
    ]


def pages(connection: Any, sight: Any, wanted: ContactFilter) -> list[str]:
    """All pages of a list, followed by their cursors."""
    cursor, found = None, []
    while True:
        page = list_contacts(connection, sight, wanted, limit=9, cursor=cursor)
        found += [page.items.decode(), str(page.next_cursor)]
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.postgresql
def test_both_databases_give_the_same_answers(open_database: Callable[[str], Storage]) -> None:
    offices = [Office(open_database(kind)) for kind in ("sqlite", "postgresql")]
    for office in offices:
        live_through(office)
    on_sqlite, on_postgresql = (answers(office) for office in offices)
    assert on_sqlite.keys() == on_postgresql.keys()
    assert {name for name in on_sqlite if on_sqlite[name] != on_postgresql[name]} == set()
    assert len(on_sqlite["contact_search"]) == len(NAMES) + 60


def test_names_are_listed_by_their_letters_whatever_the_database_speaks(office: Office) -> None:
    for place, name in enumerate(NAMES):
        office.create(name=name, phone=f"8888-{place:04d}")
    with office.storage.read() as connection:
        sight = visibility(SYSTEM)
        page = list_contacts(connection, sight, ContactFilter(sort="name"), limit=50, cursor=None)
    names = [contact["name"] for contact in orjson.loads(b"".join(page.json()))]
    assert len(names) == len(NAMES)
    assert (
        names.index("Ábaco") < names.index("Ana-María") < names.index("Nora") < names.index("Zoë") < names.index("李")
    )
