"""An nginx on a free port of this PC, before a server: as an office would set it up, well or badly."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live_server import answers, free_port

START_SECONDS = 20.0

# The line that everybody writes first.
BARE = "proxy_pass http://127.0.0.1:%(server)d;"
# What is copied from the documents of others when WebSockets do not work.
WITH_SOCKETS = f"""{BARE}
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection "upgrade";"""
# As DEPLOYMENT.md says.
GOOD = f"""{BARE}
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
proxy_buffering off;"""

_BEFORE = """
map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
server {
    listen 127.0.0.1:%(port)d;
    location / {
        %(location)s
    }
}
"""

# What a distribution puts around the configuration of an office.
_AROUND = """
%(user)s
daemon off;
worker_processes 1;
pid %(folder)s/nginx.pid;
error_log %(folder)s/error.log;
events {}
http {
    access_log off;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    %(configuration)s
}
"""


@contextmanager
def nginx_before(server_port: int, location: str, folder: Path) -> Iterator[int]:
    """The port of an nginx that passes everything on to the server. It is ended at the end of the block."""
    port = free_port()
    placed = {"port": port, "location": location % {"server": server_port}}
    with running_nginx(_BEFORE % placed, folder, port):
        assert answers(port), "nothing is passed on"
        yield port


@contextmanager
def running_nginx(configuration: str, folder: Path, port: int) -> Iterator[None]:
    """An nginx with this in its `http { }`, which listens on the port of 127.0.0.1, until the block ends."""
    folder.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(_AROUND % {"user": user, "folder": folder, "configuration": configuration}, "utf-8")
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(file), "-e", str(folder / "error.log")])
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "nginx did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "nginx does not listen"
            time.sleep(0.02)
        else:
            return
