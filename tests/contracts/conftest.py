"""Every test here that asks for `storage` runs on SQLite and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callmanager.server.storage.engine import Storage, open_storage
from tests.office import Office
from tests.postgresql_server import PostgresqlServer, running_server

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Storage]]:
    """Opens an empty database of a kind; closed after the test."""
    opened: list[Storage] = []

    def open_one(kind: str) -> Storage:
        name = f"contacts{len(opened)}.db"
        if kind == "postgresql":
            name = request.getfixturevalue("postgresql_server").new_database()
        opened.append(open_storage(name, home=tmp_path))
        return opened[-1]

    yield open_one
    for storage in opened:
        storage.close()


@pytest.fixture(params=BOTH)
def storage(request: pytest.FixtureRequest, open_database: Callable[[str], Storage]) -> Storage:
    return open_database(request.param)


@pytest.fixture
def office(storage: Storage) -> Office:
    return Office(storage)
