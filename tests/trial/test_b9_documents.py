"""B9: what DEPLOYMENT.md promises is done as it is written: update, move, uninstall, offices, nginx, systemd, files.

Only ports, paths and the names of backups differ. Some of its lines are run by tests/end_to_end instead.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from callmanager.desktop.remote import Remote
from callmanager.domain.errors import Unauthenticated
from tests.end_to_end.fresh_copy import copy_checkout
from tests.trial.guided_office import (
    BACKUP,
    GUIDE,
    RUN_ELSEWHERE,
    RUN_HERE,
    TWICE,
    WINDOWS_ONLY,
    Office,
    block,
    command_lines,
    has_ipv6,
    make_office,
    signed_in,
)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office that has worked for a moment by the guide and is stopped: one contact, and ana of the team Norte."""
    office = make_office(tmp_path_factory.mktemp("old") / "callmanager")
    with office.serving(office.port) as address:
        office.do("python -m callmanager user set-password admin", typed=TWICE)
        office.do("python -m callmanager team add Norte")
        added = office.do("python -m callmanager user add ana --role agent --team Norte", typed=TWICE)
        key = re.search(r"cm_\S+", added)
        assert key is not None
        office.key = key[0]
        remote = signed_in(address)
        office.session = remote._credential.handshake()["token"]
        remote.ask("POST", "/contacts", body={"phone": "8888-7777", "name": "Antes"})
        office.do("python -m callmanager doctor")
        office.do("python -m callmanager backup take")
        office.do("python -m callmanager tls init")
        remote.close()
    return office


def test_every_line_of_the_guide_is_run_by_a_test() -> None:
    lines = {line for line in command_lines() if not line.startswith(WINDOWS_ONLY)}
    assert lines == RUN_HERE | RUN_ELSEWHERE.keys()


def test_an_update_keeps_data_and_settings_and_nothing_is_outside_of_the_folder_for_an_uninstall_to_miss(
    old: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    copy_checkout(old.folder, "callmanager", "server.py")  # the new version, without its config.py
    assert f"SERVER_PORT = {old.port}" in (old.folder / "config.py").read_text("utf-8")
    with old.serving(old.port) as address:
        remote = signed_in(address)
        assert [one["name"] for one in remote.ask("GET", "/contacts").body] == ["Antes"]
        remote.close()
        old.do("python -m callmanager export contactos.xlsx")
    (old.folder / "contactos.xlsx").unlink()
    assert list(tmp_path.rglob("*")) == []
    assert {path.name for path in old.folder.parent.iterdir()} == {old.folder.name}


def test_a_move_to_another_pc_takes_people_and_keys_along_and_no_sessions(old: Office, tmp_path: Path) -> None:
    new = make_office(tmp_path / "new")
    shutil.copytree(old.folder / "backups", new.folder / "backups")
    assert old.newest in new.do("python -m callmanager backup list")
    new.do(f"python -m callmanager backup restore {BACKUP}", typed="s\n")
    with new.serving(new.port) as address:
        remote = signed_in(address)
        assert [one["name"] for one in remote.ask("GET", "/contacts").body] == ["Antes"]
        key = Remote(address, api_key=old.key)
        assert key.show_me()["username"] == "ana"
        old_session = Remote(address, api_key=old.session)
        with pytest.raises(Unauthenticated):
            old_session.show_me()
        for one in (remote, key, old_session):
            one.close()


@pytest.mark.long
def test_the_backup_lines(old: Office) -> None:
    assert old.newest in old.do("python -m callmanager backup list")
    old.do("python -m callmanager backup verify ARCHIVO", ARCHIVO=f"backups/{old.newest}")
    old.do("python -m callmanager backup drill")


# --- the table of files


def documented_files() -> list[re.Pattern[str]]:
    """The names in the first column of the table, as patterns: `…` is any text, `AAAAMMDD_HHMMSS` a moment."""
    table = GUIDE.partition("## 4. ")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    names = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    assert len(names) > 20
    return [_pattern(name) for name in names]


def _pattern(name: str) -> re.Pattern[str]:
    text = re.escape(name).replace("AAAAMMDD_HHMMSS", r"\d{8}_\d{6}(_\d+)?").replace("…", ".*")
    text = text.replace(re.escape("callmanager.log.1"), r"callmanager\.log\.\d+")
    return re.compile(rf"(backups/)?{text}" + (".*" if name.endswith("/") else ""))


@pytest.mark.long
def test_every_file_that_the_server_makes_stands_in_the_table(old: Office) -> None:
    program = {"callmanager", "server.py", ".venv", "console.txt", "__pycache__"}
    seen = {*_files(old, program)}
    with old.serving(old.port):
        seen |= _files(old, program)
    shutil.copy(old.folder / "backups" / old.newest, old.folder / "contacts.db")  # the copy by hand, with a -wal left
    (old.folder / "contacts.db-wal").write_bytes(b"left by a crash")
    with old.serving(old.port):
        seen |= _files(old, program)
    old.do(f"python -m callmanager backup restore {BACKUP}", typed="s\n")
    seen |= _files(old, program)
    assert {"contacts.db-wal", "contacts.db.owner.json", "secret.key", "tls/ca.pem"} <= seen
    assert any(name.startswith("contacts_replaced_") for name in seen)
    assert any(".left-" in name for name in seen)
    known = documented_files()
    assert {name for name in seen if not any(pattern.fullmatch(name) for pattern in known)} == set()


def _files(office: Office, program: set[str]) -> set[str]:
    found = [path.relative_to(office.folder) for path in office.folder.rglob("*") if path.is_file()]
    return {path.as_posix() for path in found if path.parts[0] not in program}


# --- two offices, IPv6


@pytest.mark.long
def test_two_offices_on_one_pc_share_nothing(old: Office, tmp_path: Path) -> None:
    other = make_office(tmp_path / "other")
    serve = "python -m callmanager --home OFICINA serve"
    assert serve in RUN_HERE
    home = serve.replace("OFICINA", str(other.folder)).split()
    with old.serving(old.port), old.serving(other.port, *home):
        listed = old.do("python -m callmanager --home OFICINA user list", OFICINA=str(old.folder))
        assert "ana" in listed
        assert "ana" not in old.do("python -m callmanager --home OFICINA user list", OFICINA=str(other.folder))


@pytest.mark.long
@pytest.mark.skipif(not has_ipv6(), reason="this PC has no IPv6")
def test_ipv6_as_the_guide_says(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office", SERVER_HOST="::1")  # "::" would listen to the network of this machine
    with office.serving(office.port, host="[::1]") as address:
        remote = Remote(address)
        assert remote.sign_in("admin", "1234").must_change_password, "it counts as this PC"
        remote.close()


# --- systemd


def unit(folder: Path) -> str:
    return block("ini").replace("/opt/callmanager", str(folder))


def test_the_unit_starts_the_server_and_stops_it_in_order(old: Office) -> None:
    said = dict(re.findall(r"^(\w+)=(.*)$", unit(old.folder), re.MULTILINE))
    assert said["WorkingDirectory"] == said["ReadWritePaths"] == str(old.folder)
    before = old.newest
    environ = {"PATH": "/usr/bin:/bin"}  # about what a service gets
    process = subprocess.Popen(
        said["ExecStart"].split(), cwd=said["WorkingDirectory"], env=environ, stdout=subprocess.DEVNULL
    )
    try:
        old._wait_for(f"http://127.0.0.1:{old.port}", process)
        process.terminate()  # as systemd does
        assert process.wait(int(said["TimeoutStopSec"])) == 0, "else it would be started again"
    finally:
        process.kill()
        process.wait()
    assert old.newest > before, "an orderly stop takes a backup"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_the_unit_is_one_that_systemd_understands(old: Office, tmp_path: Path) -> None:
    path = tmp_path / "callmanager.service"
    path.write_text(unit(old.folder), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
