"""The replica and the unsent work on disk."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callmanager.desktop.store import Replica, Store, UnsentWork, folder_of
from callmanager.desktop.store.contact_rows import SORTS, ContactView
from callmanager.desktop.wire import LiveChanges
from callmanager.domain.errors import Unavailable
from tests.desktop.fake_server import contact, page
from tests.live_server import ROOT, environment

NOW = "2026-11-22T10:00:00.000Z"


def message(prev: int, seq: int, *rows: dict[str, Any], gone: list[int] | None = None) -> LiveChanges:
    return LiveChanges("one", prev, seq, False, [], {"contact": list(rows)}, {"contact": gone or []})


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    opened = Replica(tmp_path / "replica.db")
    yield opened
    opened.close()


def names(replica: Replica, **view: Any) -> list[str]:
    return [row["name"] for row in replica.list_contacts(ContactView(**view))]


def phone(number: str, e164: str | None) -> dict[str, Any]:
    return {"number": number, "e164": e164, "label": "", "valid": e164 is not None, "key": e164 or number}


def test_people_are_found_without_accents_and_by_any_digits(replica: Replica) -> None:
    rows = [
        contact(1, 1, name="Álvaro Muñoz", company="Café Ñandú"),
        contact(2, 2, name="Ana", phones=[phone("8712-3456", "+50687123456")]),
        contact(3, 3, name="Luz", email="luz@ejemplo.cr"),
    ]
    replica.replace(page(0, 3, *rows))
    assert names(replica, text="munoz alv") == ["Álvaro Muñoz"]
    assert names(replica, text="ÑAN") == ["Álvaro Muñoz"]
    assert names(replica, text="12-34") == ["Ana"]
    assert names(replica, text="34") == ["Ana"]
    assert names(replica, text="ejemplo.cr") == ["Luz"]
    assert names(replica, text="an") == ["Álvaro Muñoz", "Ana"]
    assert names(replica, text='"; DROP TABLE contacts; --*') == []
    assert replica.count_contacts(ContactView(text="munoz")) == 1


def test_what_was_renamed_or_deleted_is_no_longer_found_by_its_old_name(replica: Replica) -> None:
    replica.replace(page(0, 2, contact(1, 1, name="Ana"), contact(2, 2, name="Luz")))
    replica.apply_live(message(2, 4, contact(1, 3, name="Inés"), gone=[2]))
    assert names(replica, text="ana") == []
    assert names(replica, text="luz") == []
    assert names(replica, text="ines") == ["Inés"]
    assert replica.find_contact(2) is None


def test_lists_are_sorted_as_spanish_dictionaries_do(replica: Replica) -> None:
    replica.replace(
        page(0, 4, *(contact(n, n, name=name) for n, name in enumerate(["Ñuñez", "Nz", "Óscar", "ana"], 1)))
    )
    assert names(replica) == ["ana", "Nz", "Ñuñez", "Óscar"]
    assert names(replica, descending=True) == ["Óscar", "Ñuñez", "Nz", "ana"]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_order_is_whole_and_stable_over_pages(replica: Replica, sort: str, descending: bool) -> None:
    dated = {2: "2026-11-22T09:00:00.000Z", 5: "2026-11-21T09:00:00.000Z"}
    rows = [contact(n, n, name="Ana", next_call_at=dated.get(n), last_called_at=dated.get(n)) for n in range(1, 8)]
    replica.replace(page(0, 7, *rows))
    view = ContactView(sort=sort, descending=descending)
    seen = [row["id"] for start in range(0, 8, 3) for row in replica.list_contacts(view, offset=start, limit=3)]
    assert sorted(seen) == list(range(1, 8))
    if sort.endswith("_call_at"):
        assert seen[:2] == ([2, 5] if descending else [5, 2])


def test_filters_tell_nobodys_contacts_from_everybodys(replica: Replica) -> None:
    rows = [
        contact(1, 1, name="Mía", assigned_to=7),
        contact(2, 2, name="De nadie"),
        contact(3, 3, name="Suya", assigned_to=8),
    ]
    replica.replace(page(0, 3, *rows))
    assert names(replica, assigned_to=7) == ["Mía"]
    assert names(replica, assigned_to=0) == ["De nadie"]
    assert len(names(replica)) == 3


def test_a_lock_that_was_seen_once_is_not_shown_for_ever(replica: Replica) -> None:
    held = {"holder": "luz", "purpose": "edit", "since": NOW, "expires_at": NOW}
    replica.replace(page(0, 1, contact(1, 1, lock=held)))
    found = replica.find_contact(1)
    assert found is not None
    assert found["lock"] is None


def test_an_older_record_does_not_replace_a_newer_one(replica: Replica) -> None:
    replica.replace(page(0, 5, contact(1, 5, name="new")))
    replica.apply_live(message(3, 6, contact(1, 4, name="old")))
    assert names(replica) == ["new"]


def test_what_does_not_follow_is_refused_and_changes_nothing(replica: Replica) -> None:
    replica.replace(page(0, 5, contact(1, 5)))
    for wrong in (page(4, 9, contact(2, 9)), page(6, 9, contact(2, 9))):
        with pytest.raises(ValueError, match="does not follow"):
            replica.apply(wrong)
    with pytest.raises(ValueError, match="do not follow"):
        replica.apply_live(message(6, 9, contact(2, 9)))
    assert replica.position is not None
    assert replica.position.seq == 5
    assert replica.find_contact(2) is None


def test_a_page_that_cannot_be_written_leaves_the_one_before(replica: Replica) -> None:
    replica.replace(page(0, 5, contact(1, 5, name="Ana")))
    with pytest.raises(KeyError):
        replica.apply(page(5, 9, contact(2, 8), {"id": 3, "seq": 9}))
    assert replica.position is not None
    assert replica.position.seq == 5
    assert names(replica) == ["Ana"]
    replica.apply(page(5, 9, contact(2, 8, name="Luz")))
    assert names(replica) == ["Ana", "Luz"]


def test_a_damaged_or_foreign_replica_is_fetched_again_and_work_is_untouched(tmp_path: Path) -> None:
    for damage in (b"this is no database at all" * 200, b""):
        store = Store(tmp_path / "ana")
        store.replica.replace(page(0, 1, contact(1, 1)))
        store.work.put("POST", "/calls", {}, key=f"k{len(damage)}", now=NOW)
        store.close()
        (tmp_path / "ana" / "replica.db").write_bytes(damage)
        again = Store(tmp_path / "ana")
        assert again.replica.position is None
        assert again.work.find_next() is not None
        again.close()


def test_a_replica_of_another_version_of_the_program_is_fetched_again(tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    first = Replica(path)
    first.replace(page(0, 1, contact(1, 1)))
    first.close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    again = Replica(path)
    assert again.position is None
    again.close()


def test_unsent_work_that_cannot_be_read_is_never_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    path.write_bytes(b"damaged" * 1000)
    with pytest.raises(Unavailable) as unusable:
        UnsentWork(path)
    assert unusable.value.code == "unsent_work_unusable"
    assert path.read_bytes() == b"damaged" * 1000


def test_two_users_and_two_servers_never_share_a_folder(tmp_path: Path) -> None:
    asked = [
        ("http://pc:5000", "ana"),
        ("http://pc:5000", "ana."),
        ("http://pc:5001", "ana"),
        ("https://pc:5000", "ana"),
    ]
    folders = {folder_of(tmp_path, address, username) for address, username in asked}
    assert len(folders) == 4
    assert folder_of(tmp_path, "http://pc/../..", "../../x").parent == tmp_path


def test_drafts_are_kept_until_they_are_dropped(tmp_path: Path) -> None:
    work = UnsentWork(tmp_path / "work.db")
    work.save_draft("contact:7", {"note": "empezada"}, now=NOW, version=3)
    work.save_draft("contact:7", {"note": "seguida"}, now=NOW, version=3)
    work.close()
    work = UnsentWork(tmp_path / "work.db")
    draft = work.find_draft("contact:7")
    assert draft is not None
    assert (draft.body, draft.version) == ({"note": "seguida"}, 3)
    work.drop_draft("contact:7")
    assert work.find_draft("contact:7") is None
    work.close()


def test_readers_do_not_wait_for_a_writer_and_see_one_instant(replica: Replica) -> None:
    replica.replace(page(0, 2, contact(1, 1), contact(2, 2)))
    wires = replica.iter_wires("contact")
    assert json.loads(next(wires))["id"] == 1
    replica.apply_live(message(2, 3, gone=[2]))
    assert [json.loads(wire)["id"] for wire in wires] == [2]
    assert replica.count_contacts(ContactView()) == 1


def test_memory_grows_by_the_ids_of_a_list_and_not_by_its_contacts(tmp_path: Path) -> None:
    """Pages of 1,000: what the second ten add at the worst moment is far less than the JSON of their contacts."""
    program = """
import sys, tracemalloc
from pathlib import Path
from callmanager.desktop.store import Replica
from callmanager.desktop.store.contact_rows import ContactView
from tests.desktop.fake_server import contact, page
replica = Replica(Path(sys.argv[1]))
tracemalloc.start()
peaks = []
for number in range(20):
    first = number * 1000
    given = page(first, first + 1000, *(contact(n, n) for n in range(first + 1, first + 1001)))
    (replica.apply if number else replica.replace)(given)
    replica.list_contacts(ContactView(text="contacto 1"), limit=100)
    del given
    if number % 10 == 9:
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()
assert peaks[1] - peaks[0] < 10_000 * 200, peaks
assert replica.count_contacts(ContactView()) == 20000
replica.close()
"""
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path / "replica.db")]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
