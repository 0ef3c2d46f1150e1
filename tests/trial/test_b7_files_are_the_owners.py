"""B7: files with people's data are their owner's alone; a setting that would do nothing is told; files are bounded."""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from callmanager.domain.clock import SystemClock
from callmanager.server.app import build_services
from callmanager.server.backups import adopt_if_copied, restore, take_backup
from callmanager.server.backups.leftovers import KEPT
from callmanager.server.logs import set_up_logs, take_down_logs
from callmanager.setting_sources import SettingsError
from callmanager.settings import load_settings
from tests.live_server import start_server
from tests.server.cli_program import Here

WITHOUT_PEOPLE = {"contacts.db.lock", "contacts.db.owner.json", ".backups.lock"}
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="there the rights of the folder tell")


@contextmanager
def everybody_reads() -> Iterator[None]:
    """The mask with which services run: what is made is readable by every account unless the maker says otherwise."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(folder: Path) -> set[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)}


@on_posix
def test_a_server_makes_its_files_its_owners(tmp_path: Path) -> None:
    with everybody_reads(), start_server(tmp_path / "office") as server:
        seen = open_to_others(server.folder)
        assert (server.folder / "contacts.db-wal").exists()
        assert server.stop() == 0
    allowed = {server.console.name, *WITHOUT_PEOPLE}
    assert seen <= allowed
    assert open_to_others(server.folder) <= allowed


@on_posix
def test_a_start_mends_the_files_of_an_earlier_one(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"BCRYPT_COST": 4}, {})
    build_services(settings).storage.close()
    take_backup(settings.DATABASE, settings.BACKUP_FOLDER, clock=SystemClock())
    settings.LOG_FILE.touch()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o644)
    build_services(settings).storage.close()
    assert {path.name for path in files} >= {"contacts.db", "callmanager.log", "secret.key"}
    assert open_to_others(tmp_path) <= WITHOUT_PEOPLE


@on_posix
def test_a_log_that_is_rotated_stays_its_owners(tmp_path: Path) -> None:
    with everybody_reads():
        handler = set_up_logs(tmp_path / "callmanager.log", level="info", max_bytes=100, kept=2)
        for _ in range(5):
            handler.handle(logging.LogRecord("callmanager.test", logging.INFO, __file__, 1, "x" * 90, None, None))
        take_down_logs()
    assert len(list(tmp_path.iterdir())) > 1
    assert open_to_others(tmp_path) == set()


@on_posix
def test_doctor_names_files_that_others_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_services(load_settings(tmp_path, {"BCRYPT_COST": 4}, {})).storage.close()
    (tmp_path / "contacts.db").chmod(0o640)
    found = {one["code"]: one for one in json.loads(Here(tmp_path, capsys)("doctor", "--json").out)}
    assert found["files"]["level"] == "problem"
    assert "contacts.db" in found["files"]["seen"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")
def test_an_import_that_fills_the_disk_says_which_one_it_was(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415

    rows = [{"phone": f"8{number:07d}", "name": f"Persona {number}"} for number in range(3000)]
    with start_server(tmp_path, ENABLE_AUTH=False) as server:
        limit = (server.folder / "contacts.db-wal").stat().st_size + 300_000
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        answer = requests.post(f"{server.url}/import", json=rows, timeout=60)
        assert answer.status_code == 507, answer.text
        import_id = answer.json()["fields"]["import_id"]
        found = requests.get(f"{server.url}/imports/{import_id}", timeout=60).json()
        assert found["import_id"] == import_id


@pytest.mark.parametrize(
    ("line", "meant"),
    [("server_port = 5001", "SERVER_PORT"), ("Server_Port = 5001", "SERVER_PORT"), ("databse = 'x.db'", "DATABASE")],
)
def test_a_setting_in_small_letters_is_told_and_not_passed_over(tmp_path: Path, line: str, meant: str) -> None:
    (tmp_path / "config.py").write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {}, {})
    assert meant in str(caught.value)
    assert "config.py:2" in str(caught.value)


def test_helpers_of_config_py_are_left_alone(tmp_path: Path) -> None:
    lines = (
        "import os\nfrom pathlib import Path\nhome = Path('x')\nport = 7000\nSERVER_PORT = port\ndef database(): pass\n"
    )
    (tmp_path / "config.py").write_text(lines, "utf-8")
    assert load_settings(tmp_path, {}, {}).SERVER_PORT == 7000


@pytest.mark.parametrize("line", ["server_port=5001", "callmanager_server_prt=5001"])
def test_small_letters_in_dotenv_are_told_too(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(line, "utf-8")
    with pytest.raises(SettingsError, match="SERVER_PORT"):
        load_settings(tmp_path, {}, {})


@pytest.mark.parametrize("name", ["DATABASE", "SECRET_FILE"])
def test_a_folder_where_a_file_is_meant_is_told_as_one(tmp_path: Path, name: str) -> None:
    (tmp_path / "backups").mkdir()
    with pytest.raises(SettingsError, match="is a folder"):
        load_settings(tmp_path, {name: "backups"}, {})


def test_a_file_where_a_folder_is_meant_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "backups").touch()
    with pytest.raises(SettingsError, match="is a file"):
        load_settings(tmp_path, {}, {})


def test_what_restores_leave_is_bounded_and_the_newest_stays(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"BCRYPT_COST": 4}, {})
    build_services(settings).storage.close()
    backup = take_backup(settings.DATABASE, settings.BACKUP_FOLDER, clock=SystemClock()).path
    made = [restore(settings.DATABASE, backup, clock=SystemClock()).replaced for _ in range(KEPT + 2)]
    for number in range(KEPT + 2):
        (tmp_path / f"contacts.db-wal.left-20260101_00000{number}").write_bytes(b"x")
    build_services(settings).storage.close()
    kept = sorted(tmp_path.glob("contacts_replaced_*.db"))
    assert len(kept) == KEPT
    assert made[-1] in kept
    assert len(list(tmp_path.glob("contacts.db-wal.left-*"))) == KEPT
    assert (tmp_path / f"contacts.db-wal.left-20260101_00000{KEPT + 1}").exists()
    assert len(list(tmp_path.glob("contacts_replaced_*.json"))) <= KEPT


def test_a_manifest_that_was_not_finished_is_removed_by_the_next_backup(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"BCRYPT_COST": 4}, {})
    build_services(settings).storage.close()
    settings.BACKUP_FOLDER.mkdir(exist_ok=True)
    left = settings.BACKUP_FOLDER / ".contacts_backup_20260101_000000.db.json.part"
    left.write_text("{", "ascii")
    take_backup(settings.DATABASE, settings.BACKUP_FOLDER, clock=SystemClock())
    assert not left.exists()
    assert adopt_if_copied(settings.DATABASE, clock=SystemClock()) is None
