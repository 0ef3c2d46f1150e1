"""B9: what DEPLOYMENT.md promises is done as it is written: update, move, uninstall, offices, nginx, systemd, files.

Only ports, paths and the names of backups differ. Some of its lines are run by tests/end_to_end instead.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.transfers import Transfer
from callmanager.domain.errors import Unauthenticated
from callmanager.server.security.tls import TlsFiles, init_tls
from callmanager.settings import load_settings
from tests.end_to_end.fresh_copy import FreshCopy, copy_checkout, free_port

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "DEPLOYMENT.md").read_text("utf-8")
PASSWORD = "el gato verde 77"
TWICE = f"{PASSWORD}\n{PASSWORD}\n"
BACKUP = "backups/contacts_backup_20261122_103000.db"
NAME = "llamadas.oficina.lan"

RUN_HERE = {
    "python server.py",
    "python -m callmanager user set-password admin",
    "python -m callmanager doctor",
    "python -m callmanager team add Norte",
    "python -m callmanager user add ana --role agent --team Norte",
    "python -m callmanager --home OFICINA serve",
    "python -m callmanager --home OFICINA user list",
    "python -m callmanager backup list",
    "python -m callmanager backup take",
    "python -m callmanager backup verify ARCHIVO",
    "python -m callmanager backup drill",
    f"python -m callmanager backup restore {BACKUP}",
    "python -m callmanager tls init",
    "python -m callmanager export contactos.xlsx",
}
RUN_ELSEWHERE = {
    "pip install -r requirements.txt": "tests/end_to_end/test_documented_lines.py",
    "python -m callmanager init": "tests/trial, B5",
    "cd client": "tests/end_to_end/test_documented_lines.py",
    "copy config_local.example.json config_local.json": "the same, with cp",
    "python call_manager_app.py": "tests/end_to_end/test_documented_lines.py",
}
WINDOWS_ONLY = ("netsh advfirewall ",)


def block(language: str) -> str:
    """The one block of the guide in a language; of the lines of commands there are many ("")."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    return str(found)


def command_lines() -> set[str]:
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```", GUIDE, re.DOTALL | re.MULTILINE)
    lines = [line for language, text in blocks if not language for line in text.splitlines()]
    return {line.partition("#")[0].strip() for line in lines} - {""}


class Office(FreshCopy):
    """A copy of the program in a folder of its own, as the guide has it copied."""

    port = 0
    key = session = ""

    def do(self, line: str, *, typed: str = "", expect: int = 0, **instead: str) -> str:
        """Run a line that stands in the guide, with words of it replaced. It fails for a line that does not."""
        assert line in RUN_HERE, line
        for word, other in {BACKUP: f"backups/{self.newest}", **instead}.items():
            line = line.replace(word, other)
        return self.run(line, typed=typed, expect=expect)

    @property
    def newest(self) -> str:
        return max((path.name for path in self.folder.glob("backups/*.db")), default="")


def make_office(folder: Path, **settings: object) -> Office:
    copy_checkout(folder, "callmanager", "server.py", "config.py")
    (folder / ".venv").symlink_to(Path(sys.prefix))
    office = Office(folder)
    office.port = free_port()
    office.set_in_config(
        **{
            "SERVER_HOST": "127.0.0.1",
            "SERVER_PORT": office.port,
            "BCRYPT_COST": 4,
            "LOGIN_PER_MINUTE": 100,
            **settings,
        }
    )
    return office


def signed_in(address: str, username: str = "admin", **how: Any) -> Remote:
    remote = Remote(address, **how)
    remote.sign_in(username, PASSWORD)
    return remote


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
    with old.serving(old.port), serving_home(old, other.folder, other.port):
        listed = old.do("python -m callmanager --home OFICINA user list", OFICINA=str(old.folder))
        assert "ana" in listed
        assert "ana" not in old.do("python -m callmanager --home OFICINA user list", OFICINA=str(other.folder))


@contextmanager
def serving_home(program: Office, home: Path, port: int) -> Iterator[None]:
    """`--home OFICINA serve`, with one program for two offices."""
    command = ["python", "-m", "callmanager", "--home", str(home), "serve"]
    with (home / "console.txt").open("ab") as console:
        process = subprocess.Popen(
            command,
            cwd=program.folder,
            env=program.environment(),
            stdout=console,
            stderr=console,
            start_new_session=True,
        )
    try:
        program._wait_for(f"http://127.0.0.1:{port}", process)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.long
@pytest.mark.skipif(not has_ipv6(), reason="this PC has no IPv6")
def test_ipv6_as_the_guide_says(tmp_path: Path) -> None:
    office = make_office(tmp_path / "office", SERVER_HOST="::1")  # "::" would listen to the network of this machine
    process = subprocess.Popen(
        ["python", "server.py"], cwd=office.folder, env=office.environment(), stdout=subprocess.DEVNULL
    )
    try:
        remote = Remote(f"http://[::1]:{office.port}")
        end = time.monotonic() + 60
        while not _answers(remote):
            assert time.monotonic() < end
            time.sleep(0.1)
        assert remote.sign_in("admin", "1234").must_change_password, "it counts as this PC"
        remote.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _answers(remote: Remote) -> bool:
    try:
        remote.ask("GET", "/health", anonymous=True)
    except Exception:  # noqa: BLE001 - not yet
        return False
    return True


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
    old._wait_for(f"http://127.0.0.1:{old.port}", process)
    time.sleep(1.1)  # backups are named by the second
    process.terminate()  # as systemd does
    assert process.wait(int(said["TimeoutStopSec"])) == 0, "else it would be started again"
    assert old.newest > before, "an orderly stop takes a backup"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_the_unit_is_one_that_systemd_understands(old: Office, tmp_path: Path) -> None:
    path = tmp_path / "callmanager.service"
    path.write_text(unit(old.folder), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# --- nginx


class Proxy:
    """The guide's nginx, on a free port, before a server with the guide's settings."""

    def __init__(self, office: Office, files: TlsFiles, port: int) -> None:
        self.office, self.files, self.port = office, files, port
        self.url = f"https://127.0.0.1:{port}"

    def open(self, username: str = "admin") -> Remote:
        return signed_in(self.url, username, fingerprint=self.files.fingerprint_sha256)

    def get(self, path: str, host: str = NAME, **headers: str) -> requests.Response:
        """As a program that is no window of ours; it may say anything of itself."""
        session = requests.Session()
        session.trust_env = False
        with session:
            return session.get(
                self.url + path,
                headers={"Host": host, **headers},
                verify=str(self.files.ca),
                timeout=20,
                allow_redirects=False,
            )


def nginx_configuration(folder: Path, files: TlsFiles, port: int, backend: int) -> str:
    """The guide's block inside of what a distribution puts around it; listening on this PC alone."""
    given = block("nginx")
    second = f"listen [::1]:{port} ssl;" if has_ipv6() else ""
    for word, other in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("listen [::]:443 ssl;", second),
        ("/etc/nginx/callmanager/server.pem", str(files.cert)),
        ("/etc/nginx/callmanager/server-key.pem", str(files.key)),
        ("http://127.0.0.1:5000", f"http://127.0.0.1:{backend}"),
    ):
        assert given.count(word) == 1, word
        given = given.replace(word, other)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    head = f"user root;\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\nevents {{}}\n"
    return f"{head}http {{\naccess_log off;\n{places}{given}\n}}\n"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    office = make_office(folder / "office")
    (folder / "documented.py").write_text(block("python"), "utf-8")
    documented = re.findall(r"^(\w+) = (.*)$", block("python"), re.MULTILINE)
    with (office.folder / "config.py").open("a", encoding="utf-8") as config:
        config.write("".join(f"{name} = {value}\n" for name, value in documented))
    files = init_tls(folder / "tls", [NAME, "127.0.0.1"], now=datetime.now(UTC))
    port = free_port()
    (folder / "nginx.conf").write_text(nginx_configuration(folder, files, port, office.port), "utf-8")
    command = [str(shutil.which("nginx", path="/usr/sbin:/usr/bin")), "-e", f"{folder}/error.log", "-c"]
    subprocess.run([*command, f"{folder}/nginx.conf", "-t"], check=True, capture_output=True)
    with office.serving(office.port):
        office.do("python -m callmanager user set-password admin", typed=TWICE)
        process = subprocess.Popen([*command, f"{folder}/nginx.conf"])
        try:
            _wait_for_port(port)
            yield Proxy(office, files, port)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)


def _wait_for_port(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


def test_the_settings_of_the_proxy_are_understood(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(block("python"), "utf-8")
    settings = load_settings(tmp_path, environ={})
    assert (settings.SERVER_HOST, list(settings.ALLOWED_HOSTS)) == ("127.0.0.1", [NAME])


@pytest.mark.nginx
def test_live_changes_come_through_the_proxy(proxy: Proxy) -> None:
    remote = proxy.open()
    heard: list[str] = []
    live = remote.connect_live(lambda event, _payload: heard.append(event))
    remote.ask("POST", "/contacts", body={"phone": "8888-1111", "name": "Por el proxy"})
    end = time.monotonic() + 20
    while "changes" not in heard:
        assert time.monotonic() < end, heard
        time.sleep(0.02)
    live.close()
    remote.close()


@pytest.mark.nginx
def test_the_event_stream_is_not_held_back_by_the_proxy(proxy: Proxy) -> None:
    remote = proxy.open()
    token = remote._credential.handshake()["token"]
    url, ca = f"{proxy.url}/events", str(proxy.files.ca)
    with requests.get(url, headers={"Authorization": f"Bearer {token}"}, verify=ca, stream=True, timeout=20) as stream:
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(lines) == "retry: 3000", "the first line comes although the stream is open"
        remote.ask("POST", "/contacts", body={"phone": "8888-2222", "name": "Enseguida"})
        assert any("Enseguida" in line for line in lines if line.startswith("data:"))
    remote.close()


@pytest.mark.nginx
def test_nobody_behind_the_proxy_counts_as_this_pc(proxy: Proxy) -> None:
    direct = requests.get(f"http://127.0.0.1:{proxy.office.port}/metrics", timeout=20)
    assert direct.status_code == 401, "where this PC is the proxy, only commands have rights of their own"
    assert "admin" in proxy.office.do("python -m callmanager --home OFICINA user list", OFICINA=".")
    for forged in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}):
        assert proxy.get("/metrics", **forged).status_code == 401, forged


@pytest.mark.nginx
def test_the_proxy_lets_in_the_name_of_the_office_and_no_other(proxy: Proxy) -> None:
    assert proxy.get("/health").status_code == 200
    assert proxy.get("/contacts", "evil.example").status_code == 403
    assert proxy.get("/docs", Origin=f"https://{NAME}").status_code == 200


@pytest.mark.nginx
def test_a_list_that_is_larger_than_nginx_takes_by_itself_comes_through(proxy: Proxy, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    rows = "".join(f"8{number:07d},Nombre {number},{'nota ' * 60}\n" for number in range(4_000))
    path.write_text(f"phone,name,note\n{rows}", "utf-8")
    assert path.stat().st_size > 1_200_000
    remote = proxy.open()
    report = remote.send_file("/import", path, Transfer(), query={"dry_run": "true", "file_name": "list.csv"}).body
    assert report["total"] == 4_000
    remote.close()
