"""Contacts that came as rows stand in blocks: read as any others, and nothing stays of one that changed or went."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from callmanager.desktop.store import Replica
from callmanager.desktop.store.contact_rows import LINES, ContactView
from callmanager.desktop.wire import ContactRows, Head, LiveChanges, Page
from tests.desktop.fake_server import contact, rows_of

MANY = 3 * LINES + 5


def page(since: int, to: int, *contacts: dict[str, Any], gone: list[int] | None = None, more: bool = False) -> Page:
    records = {"contact": list(contacts)}
    return rows_of(Page("one", 1, since, to, more, Head(to, "h"), records, {"contact": gone or []}))


def message(prev: int, seq: int, *contacts: dict[str, Any], gone: list[int] | None = None) -> LiveChanges:
    return LiveChanges("one", prev, seq, False, [], {"contact": list(contacts)}, {"contact": gone or []})


def secret(number: int, seq: int = 0) -> dict[str, Any]:
    return contact(number, seq or number, name=f"Ñame {number};", note=f'secret "{number}"\nend')


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    opened = Replica(tmp_path / "replica.db")
    opened.replace(page(0, MANY, *map(secret, range(1, MANY + 1))))
    yield opened
    opened.close()


def everything(replica: Replica) -> str:
    """Every value of every row of the file."""
    with sqlite3.connect(replica._file.path) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in file.execute(f"SELECT * FROM {table}")]
    file.close()
    return "\n".join(value.decode() if isinstance(value, bytes) else str(value) for row in rows for value in row)


def blocks(replica: Replica) -> int:
    with replica._file.read() as connection:
        return int(connection.execute("SELECT count(*) FROM contact_blocks").fetchone()[0])


def held(replica: Replica) -> list[int]:
    return [row["id"] for row in replica.list_records("contact")]


def test_they_are_found_by_id_by_words_and_all_in_order(replica: Replica) -> None:
    assert replica.find_contact(LINES + 1) == secret(LINES + 1)
    assert replica.find_contacts([7, 999, 2]) == [secret(7), secret(2)]
    assert replica.list_contacts(ContactView(text=f"name {MANY};")) == [secret(MANY)]
    assert replica.list_records("contact") == list(map(secret, range(1, MANY + 1)))


def test_nothing_of_a_contact_that_went_stays(replica: Replica) -> None:
    replica.apply_live(message(MANY, MANY + 1, gone=[3, LINES + 1, 999]))
    told = everything(replica)
    assert "name 3;" not in told
    assert f'secret \\"{LINES + 1}\\"' not in told
    assert replica.find_contact(3) is None
    assert held(replica) == [number for number in range(1, MANY + 1) if number not in (3, LINES + 1)]


def test_nothing_stays_of_what_a_contact_was_before(replica: Replica) -> None:
    changed = contact(3, MANY + 1, name="Otra", note="nueva")
    replica.apply_live(message(MANY, MANY + 1, changed))
    assert "name 3;" not in everything(replica)
    assert replica.find_contacts([2, 3, 4]) == [secret(2), changed, secret(4)]
    assert held(replica) == list(range(1, MANY + 1))


def test_a_block_of_which_nothing_is_left_goes(replica: Replica) -> None:
    before = blocks(replica)
    replica.apply_live(message(MANY, MANY + 1, gone=list(range(1, LINES))))
    assert blocks(replica) == before
    replica.apply_live(message(MANY + 1, MANY + 2, gone=[LINES]))
    assert blocks(replica) == before - 1
    replica.apply_live(message(MANY + 2, MANY + 3, *(contact(number, MANY + 3) for number in range(LINES, MANY + 1))))
    assert blocks(replica) == 0
    assert held(replica) == list(range(LINES, MANY + 1))


def test_an_older_record_takes_nothing_out_of_a_block(replica: Replica) -> None:
    replica.apply_live(message(MANY - 1, MANY + 1, contact(MANY, MANY - 1, name="older")))
    assert replica.find_contact(MANY) == secret(MANY)


def test_a_contact_that_changes_while_everything_is_loaded_is_there_once(tmp_path: Path) -> None:
    loading = Replica(tmp_path / "loading.db")
    loading.replace(page(0, 2, secret(1), secret(2), more=True))
    loading.apply(page(2, 5, contact(1, 4, name="Otra"), secret(3, 5), gone=[2], more=True))
    loading.apply(page(5, 6, secret(4, 6)))
    assert loading.list_records("contact") == [contact(1, 4, name="Otra"), secret(3, 5), secret(4, 6)]
    told = everything(loading)
    assert "name 1;" not in told
    assert "name 2;" not in told
    assert not loading.is_loading
    loading.close()


def test_a_snapshot_begins_without_anything_of_the_one_before(replica: Replica) -> None:
    replica.replace(page(0, 1, contact(1, 1)))
    assert "secret" not in everything(replica)
    assert held(replica) == [1]


def test_a_page_that_cannot_be_written_changes_nothing(replica: Replica) -> None:
    good = page(MANY, MANY + 2, secret(1, MANY + 1), secret(900, MANY + 2))
    assert good.rows is not None
    broken = ContactRows(good.rows.rows, [good.rows.wires[0], b'{"id": 90'])
    with pytest.raises(orjson.JSONDecodeError):
        replica.apply(Page(*(getattr(good, name) for name in Page.__slots__[:-1]), broken))
    assert replica.position is not None
    assert replica.position.seq == MANY
    assert replica.list_records("contact") == list(map(secret, range(1, MANY + 1)))


def test_loads_that_follow_each_other_at_once_are_all_brought_into_the_file(tmp_path: Path) -> None:
    loading = Replica(tmp_path / "loading.db")
    for _ in range(5):
        loading.replace(page(0, 200, *map(secret, range(1, 201)), more=True))
        loading.apply(page(200, 400, *map(secret, range(201, 401))))
        loading.apply_live(message(400, 401, contact(1, 401)))
    loading.close()
    assert not (tmp_path / "loading.db-wal").exists()
    again = Replica(tmp_path / "loading.db")
    assert held(again) == list(range(1, 401))
    assert again.find_contact(1) == contact(1, 401)
    again.close()
