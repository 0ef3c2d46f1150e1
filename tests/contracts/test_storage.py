"""What every storage promises, on SQLite and on PostgreSQL alike."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from callmanager.domain.errors import Conflict, Unavailable
from callmanager.domain.people import SYSTEM
from callmanager.server.changes.audit import verify_log
from callmanager.server.changes.entities import TEAM
from callmanager.server.changes.log import read_head
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.schema import HEAD_REVISION, ensure_schema, needs_migration
from callmanager.server.storage.tables import changes, contact_search, contacts, log_head, meta, throttles
from callmanager.server.storage.throttles import StoredThrottles
from tests.office import START, Office

WAIT_SECONDS = 30


def all_seqs(storage: Storage) -> list[int]:
    with storage.read() as connection:
        return list(connection.execute(select(changes.c.seq).order_by(changes.c.seq)).scalars())


def test_a_new_database_is_made_once(empty_storage: Storage) -> None:
    assert ensure_schema(empty_storage, now=START) is None
    with empty_storage.read() as connection:
        epoch = read_head(connection).epoch
    assert ensure_schema(empty_storage, now=START) == HEAD_REVISION
    assert needs_migration(empty_storage) is None
    with empty_storage.read() as connection:
        assert read_head(connection).epoch == epoch


def test_a_written_row_is_there_for_the_next_reader(office: Office) -> None:
    with office.storage.write() as connection:
        connection.execute(insert(meta), {"key": "colour", "value": "blue"})
    with office.storage.read() as connection:
        assert connection.execute(select(meta.c.value).where(meta.c.key == "colour")).scalar() == "blue"


def give_up(office: Office) -> None:
    """A transaction that fails after it has written."""
    with office.write() as tx:
        tx.insert(TEAM, {"name": "never"})
        raise ZeroDivisionError


def test_a_block_that_raises_leaves_no_trace_and_no_hole(office: Office) -> None:
    office.create(name="Ana")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            give_up(office)
    office.create(name="Luis")
    assert all_seqs(office.storage) == [1, 2]
    with office.storage.read() as connection:
        assert connection.execute(select(contacts.c.id).order_by(contacts.c.id)).scalars().all() == [1, 2]
    assert verify_log(office.storage).ok


def test_a_refused_statement_undoes_its_whole_transaction(office: Office) -> None:
    row = {"key": "twice", "value": "1"}
    with pytest.raises(DBAPIError), office.storage.write() as connection:
        [connection.execute(insert(meta), row) for _ in range(2)]
    with office.storage.read() as connection:
        assert connection.execute(select(meta).where(meta.c.key == "twice")).all() == []


def test_readers_see_one_instant_while_others_write(office: Office) -> None:
    office.create(name="Ana")
    with office.storage.read() as connection:
        before = read_head(connection)
        writer = threading.Thread(target=lambda: office.create(name="Luis"))
        writer.start()
        writer.join(WAIT_SECONDS)
        assert not writer.is_alive(), "a reader held up a writer"
        assert read_head(connection) == before
        assert connection.execute(select(func.count()).select_from(contacts)).scalar() == 1
    with office.storage.read() as connection:
        assert read_head(connection).seq == before.seq + 1


def test_readers_cannot_write(office: Office) -> None:
    with pytest.raises((DBAPIError, Unavailable)), office.storage.read() as connection:
        connection.execute(insert(meta), {"key": "colour", "value": "red"})
    with office.storage.read() as connection:
        assert connection.execute(select(meta).where(meta.c.key == "colour")).all() == []


def test_a_reader_meets_no_unfinished_write(office: Office) -> None:
    with office.storage.write() as connection:
        connection.execute(insert(meta), {"key": "colour", "value": "green"})
        seen: list[int] = []

        def look() -> None:
            with office.storage.read() as reading:
                seen.append(len(reading.execute(select(meta).where(meta.c.key == "colour")).all()))

        reader = threading.Thread(target=look)
        reader.start()
        reader.join(WAIT_SECONDS)
    assert seen == [0]


def test_the_log_refuses_to_be_changed(office: Office) -> None:
    office.create(name="Ana")
    statements = [
        update(changes).values(actor_name="nobody"),
        delete(changes),
        delete(changes).where(changes.c.seq == 1),
    ]
    if office.storage.dialect == "postgresql":
        statements.append(text("TRUNCATE changes"))  # type: ignore[arg-type]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), office.storage.write() as connection:
            connection.execute(statement)
    assert verify_log(office.storage).ok
    assert all_seqs(office.storage) == [1]


def test_the_head_of_the_log_is_one_row(office: Office) -> None:
    with pytest.raises(DBAPIError), office.storage.write() as connection:
        connection.execute(insert(log_head), {"id": 2, "seq": 0, "set_id": 0, "at": "", "hash": ""})


def test_numbers_follow_the_order_of_commits(office: Office) -> None:
    """The one that began first takes the numbers first; the other waits, and nobody reads a gap."""
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with office.write() as tx:
            tx.insert(TEAM, {"name": "slow"})
            inside.set()
            assert go_on.wait(WAIT_SECONDS)

    def quick() -> None:
        with office.write() as tx:
            tx.insert(TEAM, {"name": "quick"})

    first, second = threading.Thread(target=slow), threading.Thread(target=quick)
    first.start()
    assert inside.wait(WAIT_SECONDS)
    second.start()
    second.join(0.2)
    assert second.is_alive(), "two transactions numbered their changes at the same time"
    assert all_seqs(office.storage) == []
    go_on.set()
    first.join(WAIT_SECONDS)
    second.join(WAIT_SECONDS)
    with office.storage.read() as connection:
        rows = connection.execute(select(changes.c.seq, changes.c.set_id, changes.c.fields).order_by(changes.c.seq))
        assert [(seq, set_id, "slow" in fields) for seq, set_id, fields in rows] == [(1, 1, True), (2, 2, False)]
    assert verify_log(office.storage).ok


def test_a_reader_never_sees_a_number_before_the_one_below_it(office: Office) -> None:
    """Readers that follow the log by `seq > last` miss nothing while eight writers commit."""
    followed: list[int] = []
    stop = threading.Event()

    def follow() -> None:
        while not stop.is_set() or len(followed) < 8 * 15:
            last = followed[-1] if followed else 0
            with office.storage.read() as connection:
                fresh = select(changes.c.seq).where(changes.c.seq > last).order_by(changes.c.seq)
                followed.extend(connection.execute(fresh).scalars())

    reader = threading.Thread(target=follow)
    reader.start()
    in_threads(8, lambda number: [office.create(name=f"{number}-{turn}") for turn in range(15)])
    stop.set()
    reader.join(WAIT_SECONDS)
    assert followed == list(range(1, 8 * 15 + 1))


def in_threads(count: int, work: object) -> list[BaseException]:
    """Run `work(number)` in so many threads at once; the errors that came out."""
    errors: list[BaseException] = []
    ready = threading.Barrier(count)

    def run(number: int) -> None:
        ready.wait()
        try:
            work(number)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - the test wants to see each of them
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS * 2)
    return errors


@pytest.mark.parametrize("writers", [1, 8, 64])
def test_no_writer_is_told_that_the_database_is_locked(office: Office, writers: int) -> None:
    errors = in_threads(writers, lambda number: [office.create(name=f"{number}.{turn}") for turn in range(4)])
    assert errors == []
    assert all_seqs(office.storage) == list(range(1, writers * 4 + 1))
    assert verify_log(office.storage).ok


def test_two_people_with_one_version_cannot_both_save_the_same_field(office: Office) -> None:
    contact = office.create(name="Ana")
    errors = in_threads(8, lambda number: office.edit(contact.id, contact.version, note=f"note {number}"))
    assert [type(error) for error in errors] == [Conflict] * 7


def test_words_are_found_and_kept_apart_by_what_they_say(office: Office) -> None:
    made = office.create(name="José 100% _raro_ \\ 'q\"", note="x")
    with office.storage.read() as connection:
        found = connection.execute(select(contact_search.c.text)).scalar()
        name = connection.execute(select(contacts.c.name)).scalar()
    assert name == made["name"]
    assert found is not None
    assert "jose 100% _raro_" in found


def test_throttles_outlive_the_process_and_are_pruned(office: Office) -> None:
    stored = StoredThrottles(office.storage)
    assert stored.get("user:ana") is None
    for number in range(5):
        stored.put(f"user:{number}", {"failures": number}, START + timedelta(minutes=number))
    stored.put("user:4", {"failures": 40}, START + timedelta(minutes=9))
    assert StoredThrottles(office.storage).get("user:4") == {"failures": 40}
    stored.delete("user:3")
    stored.prune(START, keep=2)
    with office.storage.read() as connection:
        assert sorted(connection.execute(select(throttles.c.key)).scalars()) == ["user:2", "user:4"]


def test_a_number_beyond_four_bytes_fits_where_changes_are_counted(office: Office) -> None:
    large = 3_000_000_000
    with office.storage.write() as connection:
        connection.execute(update(log_head).values(seq=large, set_id=large))
    with office.write(origin_id=large) as tx:
        team = tx.insert(TEAM, {"name": "late"})
    assert team["seq"] == large + 1
    assert all_seqs(office.storage) == [large + 1]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(office: Office) -> None:
    office.create(name="Ana")
    with office.storage.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for look in (lambda: ensure_schema(office.storage, now=START), lambda: needs_migration(office.storage)):
        with pytest.raises(Unavailable) as refusal:
            look()
        assert refusal.value.code == "schema_newer"
        assert "9999" in str(refusal.value)
    assert all_seqs(office.storage) == [1]
    with office.storage.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_a_database_of_another_program_is_refused_and_left_alone(empty_storage: Storage) -> None:
    with empty_storage.write() as connection:
        connection.execute(text("CREATE TABLE contacts (phone VARCHAR(20))"))
        connection.execute(text("INSERT INTO contacts VALUES ('88887777')"))
    with pytest.raises(Unavailable) as refusal:
        ensure_schema(empty_storage, now=START)
    assert refusal.value.code == "database_foreign"
    with empty_storage.read() as connection:
        assert connection.execute(text("SELECT * FROM contacts")).all() == [("88887777",)]


def test_the_actor_of_a_change_is_the_one_who_opened_the_door(office: Office) -> None:
    office.create(name="Ana")
    with office.storage.read() as connection:
        row = connection.execute(select(changes)).mappings().one()
    assert (row["actor_id"], row["actor_name"], row["origin"]) == (SYSTEM.id, SYSTEM.name, "api")
