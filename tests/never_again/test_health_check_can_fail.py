"""Never again 2 and 12: a health check that cannot fail, or always fails; and a GET that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.web import Web


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Web]:
    web = Web(tmp_path)
    yield web
    web.close()


def ready(office: Web) -> int:
    office.services.write_probe.run()  # what the job does every few seconds
    return office.client.get("/health/ready").status_code


def test_a_sound_server_is_ready(office: Web) -> None:
    assert ready(office) == 200


@contextmanager
def full_disk(office: Web) -> Iterator[None]:
    """No file of this process grows past what the journal is now: each commit fails as on a full disk."""
    resource = pytest.importorskip("resource", reason="Windows has no limit on the size of files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal(office).stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def journal(office: Web) -> Path:
    return office.services.database.with_name("contacts.db-wal")


def test_a_full_disk_is_not_ready_and_is_again_when_there_is_room(office: Web) -> None:
    boss = {"X-API-Key": office.keys["boss"]}
    with full_disk(office):
        assert ready(office) == 507
        assert office.client.get("/health").status_code == 200
        assert office.client.get("/contacts", headers=boss).status_code == 200
        assert "callmanager_database_writable 0.0" in office.client.get("/metrics", headers=boss).text
    assert ready(office) == 200


def test_a_database_that_another_program_holds_is_not_ready(office: Web) -> None:
    with office.services.storage.write() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(office.services.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert ready(office) == 503
        other.execute("ROLLBACK")
    assert ready(office) == 200


def test_asking_writes_nothing(office: Web) -> None:
    boss = {"X-API-Key": office.keys["boss"]}
    with closing(sqlite3.connect(office.services.database)) as witness:
        before = witness.execute("PRAGMA data_version").fetchone(), journal(office).read_bytes()
        for path in ("/health", "/health/ready", "/metrics", "/settings", "/backups", "/contacts"):
            assert office.client.get(path, headers=boss).status_code == 200
        assert (witness.execute("PRAGMA data_version").fetchone(), journal(office).read_bytes()) == before
