"""B9: the nginx of DEPLOYMENT.md runs as it is written there; only its ports and paths are this test's."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.transfers import Transfer
from callmanager.server.security.tls import TlsFiles, init_tls
from callmanager.settings import load_settings
from tests.end_to_end.fresh_copy import free_port
from tests.nginx import running_nginx
from tests.trial.guided_office import TWICE, Office, block, has_ipv6, make_office, signed_in

NAME = "llamadas.oficina.lan"


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


def nginx_configuration(files: TlsFiles, port: int, backend: int) -> str:
    """The guide's block, listening on this PC alone."""
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
    return given


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
    with office.serving(office.port):
        office.do("python -m callmanager user set-password admin", typed=TWICE)
        with running_nginx(nginx_configuration(files, port, office.port), folder / "nginx", port):
            yield Proxy(office, files, port)


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
