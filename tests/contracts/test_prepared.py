"""A statement that is built once says and refuses the same whichever way it takes to the database."""

import pytest
from sqlalchemy import bindparam, insert, literal, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from callmanager.domain.errors import Unavailable
from callmanager.server.changes.entities import CONTACT
from callmanager.server.storage.prepared import (
    fetch_prepared,
    find_prepared,
    insert_rows,
    list_prepared,
    run_many_prepared,
    run_prepared,
)
from callmanager.server.storage.tables import contacts, meta
from tests.office import Office

_INSERT = insert(meta).values(key=bindparam("b_key"), value=bindparam("b_value"))
_RENAME = update(meta).where(meta.c.key == bindparam("b_key")).values(value=bindparam("b_value"))
_AMONG = select(meta.c.key).where(meta.c.key.in_([literal("a"), literal("c")])).order_by(meta.c.key)
_ONE = select(meta.c.value).where(meta.c.key == bindparam("b_key"))
_CONTACT = select(contacts).where(contacts.c.id == bindparam("b_id"))


def test_a_row_comes_with_the_same_types_as_from_a_statement_of_every_day(office: Office) -> None:
    contact = office.create(name="Ana", extra={"plan": "oro"})
    with office.storage.read() as connection:
        expected = dict(connection.execute(select(contacts).where(contacts.c.id == contact.id)).mappings().one())
        found = find_prepared(connection, _CONTACT, {"b_id": contact.id})
        assert found == expected
        assert [type(value) for value in found.values()] == [type(value) for value in expected.values()]
        assert {type(name) for name in found} == {str}, "orjson takes no other names as keys"
        assert find_prepared(connection, _CONTACT, {"b_id": 0}) is None


def test_a_record_is_changed_by_what_its_own_row_says_however_it_was_found(office: Office) -> None:
    contact = office.create(name="Ana")
    with office.write() as tx:
        found = tx.first(CONTACT, select(contacts).where(contacts.c.id == contact.id))
        assert found is not None
        names = {name: "Eva" for name in found.row if name == "name"}
        assert tx.update(found, **names)["name"] == "Eva"


def test_rows_are_inserted_changed_and_listed(office: Office) -> None:
    with office.storage.write() as connection:
        insert_rows(connection, meta, [])
        insert_rows(connection, meta, [{"key": "a", "value": "1"}])
        insert_rows(connection, meta, [{"key": "b", "value": "2"}, {"key": "c", "value": "3"}])
        run_prepared(connection, _RENAME, {"b_key": "b", "b_value": "two"})
        run_many_prepared(connection, _RENAME, [{"b_key": "a", "b_value": "one"}, {"b_key": "c", "b_value": "three"}])
    with office.storage.read() as connection:
        values = [fetch_prepared(connection, _ONE, {"b_key": key})[0] for key in "abc"]
        assert list_prepared(connection, _AMONG, {}) == [{"key": "a"}, {"key": "c"}]
    assert values == ["one", "two", "three"]


@pytest.mark.parametrize("count", [1, 2])
def test_what_the_database_refuses_is_raised_as_by_any_statement(office: Office, count: int) -> None:
    row = {"b_key": "epoch", "b_value": "1"}
    with pytest.raises(IntegrityError), office.storage.write() as connection:
        run_many_prepared(connection, _INSERT, [row] * count) if count > 1 else run_prepared(connection, _INSERT, row)
    with office.storage.read() as connection:
        assert fetch_prepared(connection, _ONE, {"b_key": "epoch"})[0] != "1"


def test_a_reader_cannot_change_rows_this_way_either(office: Office) -> None:
    with pytest.raises((DBAPIError, Unavailable)), office.storage.read() as connection:
        run_prepared(connection, _INSERT, {"b_key": "never", "b_value": "1"})
    with office.storage.read() as connection:
        assert find_prepared(connection, _ONE, {"b_key": "never"}) is None
