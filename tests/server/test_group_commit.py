"""Transactions that share one commit: each is as safe as alone, and a failure harms nobody but its own."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from callmanager.domain.errors import Unavailable
from callmanager.server.changes.audit import verify_log
from callmanager.server.storage.sqlite import GROUP_LIMIT, SqliteStorage, Turns
from callmanager.server.storage.tables import changes, contacts, meta
from tests.office import Office

WAIT_SECONDS = 60


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    storage = SqliteStorage(tmp_path / "contacts.db")
    yield Office(storage)
    storage.close()


class Commits:
    """The driver connection of the writer, with its commits counted and, when told, refused."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self.driver = driver
        self.count = 0
        self.refuse = False

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            self.count += 1
            if self.refuse:
                self.refuse = False
                self.driver.execute("ROLLBACK")
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
        return self.driver.execute(sql, *values)

    @property
    def in_transaction(self) -> bool:
        return self.driver.in_transaction

    @property
    def total_changes(self) -> int:
        return self.driver.total_changes


@pytest.fixture
def commits(office: Office) -> Commits:
    writer = office.storage._writer  # type: ignore[attr-defined]
    writer._driver = Commits(writer._driver)
    return writer._driver  # type: ignore[no-any-return]


def await_line(turns: Turns, length: int) -> None:
    """Wait until so many stand in line."""
    while len(turns._line) < length:
        threading.Event().wait(0.001)


class Crowd:
    """Threads that all wait for the writer while somebody else has it, so that they end up in one group."""

    def __init__(self, office: Office) -> None:
        self.turns: Turns = office.storage._writer._turns  # type: ignore[attr-defined]
        self.outcomes: dict[int, BaseException | None] = {}

    def run(self, works: list[Callable[[], Any]]) -> None:
        threads = [threading.Thread(target=self._one, args=item) for item in enumerate(works)]
        self.turns.take(sharing=False)
        for place, thread in enumerate(threads, 1):
            thread.start()
            await_line(self.turns, place)
        self.turns.give()
        for thread in threads:
            thread.join(WAIT_SECONDS)
        assert len(self.outcomes) == len(works), "somebody was never told"

    def _one(self, place: int, work: Callable[[], Any]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test wants to see each of them
            self.outcomes[place] = error
        else:
            self.outcomes[place] = None


def names(office: Office) -> list[str]:
    with office.storage.read() as connection:
        return list(connection.execute(select(contacts.c.name).order_by(contacts.c.id)).scalars())


def test_those_who_wait_together_share_one_commit_in_the_order_they_came(office: Office, commits: Commits) -> None:
    crowd = Crowd(office)
    crowd.run([lambda n=n: office.create(name=str(n)) for n in range(20)])  # type: ignore[misc]
    assert set(crowd.outcomes.values()) == {None}
    assert names(office) == [str(n) for n in range(20)]
    assert commits.count == 1
    assert verify_log(office.storage).ok


def test_a_group_is_bounded(office: Office, commits: Commits) -> None:
    crowd = Crowd(office)
    crowd.run([lambda n=n: office.create(name=str(n)) for n in range(2 * GROUP_LIMIT)])  # type: ignore[misc]
    assert len(names(office)) == 2 * GROUP_LIMIT
    assert commits.count == 2


def test_one_of_64_that_fails_in_the_middle_harms_nobody(office: Office) -> None:
    def fail() -> None:
        with office.write() as tx:
            tx.connection.execute(insert(meta), {"key": "half", "value": "1"})
            raise ZeroDivisionError

    crowd = Crowd(office)
    crowd.run([fail if n == 30 else lambda n=n: office.create(name=str(n)) for n in range(64)])  # type: ignore[misc]
    assert {n for n, error in crowd.outcomes.items() if error is not None} == {30}
    assert names(office) == [str(n) for n in range(64) if n != 30]
    with office.storage.read() as connection:
        assert connection.execute(select(meta).where(meta.c.key == "half")).all() == []
        assert connection.execute(select(changes.c.seq)).scalars().all() == list(range(1, 64))
    assert verify_log(office.storage).ok


def test_a_commit_that_fails_for_want_of_room_fails_the_whole_group_and_writes_nothing(
    office: Office, commits: Commits
) -> None:
    heard: list[Any] = []
    office.log.on_commit(heard.append)
    crowd = Crowd(office)
    commits.refuse = True
    crowd.run([lambda n=n: office.create(name=str(n)) for n in range(10)])  # type: ignore[misc]
    failed = [error for error in crowd.outcomes.values() if isinstance(error, Unavailable)]
    assert [error.code for error in failed] == ["disk_full"] * 10
    assert len({id(error) for error in failed}) == 10, "threads must not share one exception"
    assert names(office) == []
    assert heard == []
    assert office.create(name="after").id == 1
    assert verify_log(office.storage).ok


def test_a_disk_full_inside_a_member_fails_those_before_it_and_spares_those_after(
    office: Office, commits: Commits
) -> None:
    """SQLite rolls the whole transaction back by itself: the members before were never told that they are safe."""

    def fail() -> None:
        with office.write() as tx:
            commits.driver.execute("ROLLBACK")
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            assert tx.now
            raise error

    crowd = Crowd(office)
    crowd.run([fail if n == 4 else lambda n=n: office.create(name=str(n)) for n in range(8)])  # type: ignore[misc]
    codes = {n: getattr(error, "code", None) for n, error in crowd.outcomes.items()}
    assert codes == {n: "disk_full" if n <= 4 else None for n in range(8)}
    assert names(office) == ["5", "6", "7"]
    assert verify_log(office.storage).ok


def test_a_long_transaction_shares_with_nobody(office: Office, commits: Commits) -> None:
    def batch() -> None:
        with office.write(origin="import", origin_id=1, bulk=True) as tx:
            assert commits.count == 1, "those before it were kept waiting"
            assert tx.now

    crowd = Crowd(office)
    crowd.run([lambda: office.create(name="a"), batch, lambda: office.create(name="b")])
    assert set(crowd.outcomes.values()) == {None}
    assert commits.count == 3


def test_an_import_lets_others_in_between_its_batches(office: Office) -> None:
    """Whoever asks again at once stands behind those who already wait."""
    order: list[str] = []

    def batches() -> None:
        for _ in range(5):
            with office.storage.write(bulk=True):
                order.append("batch")

    def small() -> None:
        with office.storage.write():
            order.append("small")

    Crowd(office).run([batches, small, small, small])
    assert order[:4] == ["batch", "small", "small", "small"]


def test_the_writer_serves_in_the_order_of_asking() -> None:
    turns = Turns()
    turns.take(sharing=True)
    served: list[int] = []

    def ask(number: int) -> None:
        turns.take(sharing=number % 2 == 0)
        served.append(number)
        turns.give()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for place, thread in enumerate(threads, 1):
        thread.start()
        await_line(turns, place)
    assert turns.next_shares()
    turns.give()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert served == list(range(16))
    assert not turns.next_shares()


def test_a_writer_that_comes_after_the_stop_is_told_so(tmp_path: Path) -> None:
    office = Office(SqliteStorage(tmp_path / "contacts.db"))
    office.storage.close()
    with pytest.raises(Unavailable) as refusal:
        office.create(name="late")
    assert refusal.value.code == "stopping"


def test_a_reader_never_holds_up_a_writer(office: Office) -> None:
    office.create(name="Ana")
    with office.storage.read() as first, office.storage.read() as second:
        assert first.execute(select(contacts.c.id)).all() == second.execute(select(contacts.c.id)).all()
        for number in range(5):
            office.create(name=str(number))
        assert len(first.execute(select(contacts.c.id)).all()) == 1
    assert len(names(office)) == 6
