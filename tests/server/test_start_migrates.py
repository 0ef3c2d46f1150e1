"""A start on an older database keeps a verified backup of it before it changes anything."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from callmanager.domain.errors import Unavailable
from callmanager.server.app import build_services
from callmanager.server.backups.listing import list_backups
from callmanager.server.backups.verify import verify_backup
from callmanager.server.storage import schema
from callmanager.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, {"BCRYPT_COST": 4}, {})


def set_revision(connection: Connection, revision: str = "9999") -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_an_older_database_is_backed_up_before_it_is_migrated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_services(settings).storage.close()
    assert list_backups(settings.BACKUP_FOLDER) == []
    monkeypatch.setattr(schema, "HEAD_REVISION", "9999")
    monkeypatch.setattr("callmanager.server.storage.migrations.run.upgrade", set_revision)
    services = build_services(settings)
    services.storage.close()
    (backup,) = list_backups(settings.BACKUP_FOLDER)
    assert verify_backup(backup.path).ok
    with services.storage.read() as connection:
        assert schema.current_revision(connection) == "9999"
    services.storage.close()


def test_a_newer_database_stops_the_start_without_a_backup_or_a_change(settings: Settings) -> None:
    services = build_services(settings)
    with services.storage.write() as connection:
        set_revision(connection, "7777")
    services.storage.close()
    with pytest.raises(Unavailable, match="7777"):
        build_services(settings)
    assert list_backups(settings.BACKUP_FOLDER) == []


@pytest.mark.parametrize(
    "content", [b"This is a letter, not a database. " * 200, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_file_that_is_no_database_stops_the_start_with_a_sentence(settings: Settings, content: bytes) -> None:
    settings.DATABASE.write_bytes(content)
    with pytest.raises(Unavailable) as refusal:
        build_services(settings)
    assert "Restore" in str(refusal.value) or "restore" in str(refusal.value)
    assert settings.DATABASE.read_bytes() == content
