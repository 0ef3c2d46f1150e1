"""Every test here that asks for `storage` runs on SQLite and on a real PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callmanager.server.storage.engine import Storage, open_storage
from callmanager.server.storage.schema import ensure_schema
from tests.office import START, Office
from tests.postgresql_server import PostgresqlServer, running_server

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with its tables: tests begin with a copy, since to make it takes longer than most of them."""
    return _make_ready("ready.db", tmp_path_factory.mktemp("ready")) / "ready.db"


@pytest.fixture(scope="session")
def ready_database(postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the same of PostgreSQL."""
    address = postgresql_server.new_database()
    _make_ready(address, tmp_path_factory.mktemp("ready"))
    return address.partition("@/")[2].partition("?")[0]


def _make_ready(name: str, home: Path) -> Path:
    storage = open_storage(name, home=home)
    ensure_schema(storage, now=START)
    storage.close()
    return home


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
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A new database with its tables."""
    name = "contacts.db"
    if request.param == "postgresql":
        like = request.getfixturevalue("ready_database")
        name = request.getfixturevalue("postgresql_server").new_database(like)
    else:
        shutil.copyfile(request.getfixturevalue("ready_file"), tmp_path / name)
    opened = open_storage(name, home=tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=BOTH)
def empty_storage(request: pytest.FixtureRequest, open_database: Callable[[str], Storage]) -> Storage:
    return open_database(request.param)


@pytest.fixture
def office(storage: Storage) -> Office:
    return Office(storage)
