"""An nginx on a free port of this PC, before a server: as an office would set it up, well or badly."""

from __future__ import annotations

import os
import shutil
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

_CONFIGURATION = """
%(user)s
daemon off;
worker_processes 1;
pid %(folder)s/nginx.pid;
error_log %(folder)s/error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
    server {
        listen 127.0.0.1:%(port)d;
        location / {
            %(location)s
        }
    }
}
"""


@contextmanager
def nginx_before(server_port: int, location: str, folder: Path) -> Iterator[int]:
    """The port of an nginx that passes everything on to the server. It is ended at the end of the block."""
    folder.mkdir()
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    placed = {"user": user, "folder": folder, "port": port, "location": location % {"server": server_port}}
    (folder / "nginx.conf").write_text(_CONFIGURATION % placed)
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        assert process.poll() is None, "nginx did not start"
        assert time.monotonic() < deadline, "nginx does not answer"
        time.sleep(0.02)
