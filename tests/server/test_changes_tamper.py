"""Tampering with the log is seen and named at the first bad seq, by whoever has the file in his hands."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from callmanager.domain.changes import GENESIS, chain_hash
from callmanager.server.changes.audit import verify_log
from callmanager.server.storage.sqlite import SqliteStorage
from tests.office import Office

ROWS = 20


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database whose log has ROWS changes."""
    path = tmp_path_factory.mktemp("honest") / "contacts.db"
    storage = SqliteStorage(path)
    office = Office(storage)
    for number in range(ROWS // 2):
        office.create(name=f"Person {number}", phone=f"8888-{number:04d}")
    for number in range(ROWS // 2):
        office.edit(number + 1, 1, note=f"note {number}")
    storage.close()
    return path


@pytest.fixture
def file(honest: Path, tmp_path: Path) -> Path:
    """A copy of it to tamper with."""
    return Path(shutil.copy(honest, tmp_path))


@pytest.fixture
def forge(file: Path) -> Callable[..., None]:
    """Works on the file with bare SQLite, without the triggers that stand in the way."""

    def work(*statements: str) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("DROP TRIGGER IF EXISTS changes_refuse_update")
            connection.execute("DROP TRIGGER IF EXISTS changes_refuse_delete")
            for statement in statements:
                connection.execute(statement)

    return work


@pytest.fixture
def opened(file: Path) -> Iterator[Callable[[], SqliteStorage]]:
    storages: list[SqliteStorage] = []

    def open_it() -> SqliteStorage:
        storages.append(SqliteStorage(file))
        return storages[-1]

    yield open_it
    for storage in storages:
        storage.close()


def head(file: Path) -> tuple[int, str]:
    with closing(sqlite3.connect(file)) as connection:
        seq, digest = connection.execute("SELECT seq, hash FROM log_head").fetchone()
        return seq, digest


def rehash(file: Path, *, first: int) -> None:
    """What a forger does who knows how the chain is made: hash everything from `first` on anew, head included."""
    with closing(sqlite3.connect(file)) as connection, connection:
        previous = GENESIS
        for row in connection.execute("SELECT * FROM changes ORDER BY seq").fetchall():
            digest = chain_hash(previous, row[:-1]) if row[0] >= first else row[-1]
            connection.execute("UPDATE changes SET hash = ? WHERE seq = ?", (digest, row[0]))
            previous = digest
        seq = connection.execute("SELECT max(seq) FROM changes").fetchone()[0]
        connection.execute("UPDATE log_head SET seq = ?, hash = ?", (seq, previous))


Opened = Callable[[], SqliteStorage]
Forge = Callable[..., None]


def test_an_honest_log_is_accepted_with_every_head_that_was_ever_remembered(file: Path, opened: Opened) -> None:
    storage = opened()
    report = verify_log(storage)
    assert (report.ok, report.rows, report.first_bad_seq) == (True, ROWS, None)
    assert (report.head_seq, report.head_hash) == head(file)
    with closing(sqlite3.connect(file)) as connection:
        remembered = connection.execute("SELECT seq, hash FROM changes").fetchall()
    for witness in [(0, GENESIS), *remembered]:
        assert verify_log(storage, witness=witness).ok


COLUMNS = ["actor_id", "actor_name", "at", "entity", "fields", "hash", "kind", "origin", "record_id", "scope", "set_id"]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("seq", [1, 7, ROWS])
def test_an_edited_row_is_named(forge: Forge, opened: Opened, column: str, seq: int) -> None:
    forge(f"UPDATE changes SET {column} = {column} || '1' WHERE seq = {seq}")
    report = verify_log(opened())
    assert (report.ok, report.first_bad_seq) == (False, seq)


@pytest.mark.parametrize("column", ["origin_id", "scope_before"])
def test_a_row_in_which_an_empty_column_was_filled_is_named(forge: Forge, opened: Opened, column: str) -> None:
    forge(f"UPDATE changes SET {column} = 1 WHERE seq = 9")
    assert verify_log(opened()).first_bad_seq == 9


@pytest.mark.parametrize("seq", [1, 7, ROWS - 1])
def test_a_deleted_row_is_named(forge: Forge, opened: Opened, seq: int) -> None:
    forge(f"DELETE FROM changes WHERE seq = {seq}")
    assert verify_log(opened()).first_bad_seq == seq


def test_a_deleted_row_whose_followers_moved_up_is_named(forge: Forge, opened: Opened) -> None:
    forge("DELETE FROM changes WHERE seq = 7", "UPDATE changes SET seq = seq - 1 WHERE seq > 7")
    assert verify_log(opened()).first_bad_seq == 7


def test_an_invented_row_between_two_is_named(forge: Forge, opened: Opened) -> None:
    columns = "set_id, at, actor_id, actor_name, origin, origin_id, entity, record_id, kind, fields, scope"
    rest = f"{columns}, scope_before, hash"
    forge(
        "UPDATE changes SET seq = -seq - 1 WHERE seq >= 7",
        "UPDATE changes SET seq = -seq WHERE seq < 0",
        f"INSERT INTO changes (seq, {rest}) SELECT 7, {rest} FROM changes WHERE seq = 6",
        "UPDATE log_head SET seq = seq + 1",
    )
    assert verify_log(opened()).first_bad_seq == 7


def test_two_swapped_rows_are_named_at_the_first(forge: Forge, opened: Opened) -> None:
    forge(
        "UPDATE changes SET seq = -5 WHERE seq = 5",
        "UPDATE changes SET seq = 5 WHERE seq = 11",
        "UPDATE changes SET seq = 11 WHERE seq = -5",
    )
    assert verify_log(opened()).first_bad_seq == 5


def test_an_end_that_was_cut_off_is_named_at_the_first_missing(forge: Forge, opened: Opened) -> None:
    forge(f"DELETE FROM changes WHERE seq > {ROWS - 3}")
    assert verify_log(opened()).first_bad_seq == ROWS - 2


def test_an_emptied_log_is_named_at_its_first_row(forge: Forge, opened: Opened) -> None:
    forge("DELETE FROM changes")
    assert verify_log(opened()).first_bad_seq == 1


def test_a_head_that_was_set_back_is_named(forge: Forge, opened: Opened) -> None:
    forge("UPDATE log_head SET seq = 12, hash = (SELECT hash FROM changes WHERE seq = 12)")
    assert verify_log(opened()).first_bad_seq == 13


def test_a_head_with_another_hash_is_named(forge: Forge, opened: Opened) -> None:
    forge(f"UPDATE log_head SET hash = '{'f' * 64}'")
    assert verify_log(opened()).first_bad_seq == ROWS


def test_a_past_that_was_rewritten_and_hashed_anew_is_seen_by_a_remembered_head(
    file: Path, forge: Forge, opened: Opened
) -> None:
    witness = head(file)
    with closing(sqlite3.connect(file)) as connection:
        earlier = connection.execute("SELECT seq, hash FROM changes WHERE seq = 6").fetchone()
        same = connection.execute("SELECT seq, hash FROM changes WHERE seq = 7").fetchone()
    forge("UPDATE changes SET actor_name = 'somebody else' WHERE seq = 7")
    rehash(file, first=7)
    storage = opened()
    assert verify_log(storage).ok, "without a witness a forger with the file can do this"
    assert verify_log(storage, witness=witness).first_bad_seq == ROWS
    assert verify_log(storage, witness=same).first_bad_seq == 7
    assert verify_log(storage, witness=earlier).ok


def test_an_end_cut_off_together_with_the_head_is_seen_by_a_remembered_head(
    file: Path, forge: Forge, opened: Opened
) -> None:
    witness = head(file)
    forge(f"DELETE FROM changes WHERE seq > {ROWS - 3}")
    rehash(file, first=ROWS)
    storage = opened()
    assert verify_log(storage).ok
    assert verify_log(storage, witness=witness).first_bad_seq == ROWS - 2


def test_a_rewound_log_that_grew_again_is_seen_by_a_remembered_head(file: Path, forge: Forge, opened: Opened) -> None:
    witness = head(file)
    forge(f"DELETE FROM changes WHERE seq > {ROWS - 3}")
    rehash(file, first=ROWS)
    storage = opened()
    office = Office(storage)
    for number in range(6):
        office.create(name=f"New {number}", phone=f"2222-{number:04d}")
    assert verify_log(storage).ok
    assert verify_log(storage, witness=witness).first_bad_seq == ROWS


def test_walking_a_long_log_says_how_far_it_is(opened: Opened) -> None:
    heard: list[tuple[int, int]] = []
    verify_log(opened(), progress=lambda done, total: heard.append((done, total)), told_every=5)
    assert heard == [(5, ROWS), (10, ROWS), (15, ROWS), (20, ROWS)]
