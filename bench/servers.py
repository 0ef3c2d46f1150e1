"""Starts the program's server, and floor servers, as processes on free loopback ports; ends them by their id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    pid: int
    key: str = ""

    def get(self, path: str) -> bytes:
        """The body of a GET over a connection of its own. Raises RuntimeError for anything but 200."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(method, path, body, {"X-API-Key": self.key, **(headers or {})})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status not in (200, 201, 202):
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:300]!r}")
        return answer

    def resident(self, line: str = "VmRSS") -> int:
        """Bytes of memory: VmRSS now, VmHWM at most so far. Linux only."""
        for entry in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if entry.startswith(f"{line}:"):
                return int(entry.split()[1]) * 1024
        raise RuntimeError(f"no {line} in /proc/{self.pid}/status")

    def forget_peak(self) -> None:
        """Let VmHWM start again from what is used now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


@contextmanager
def our_server(folder: Path, *, settings: Sequence[str] = ()) -> Iterator[Running]:
    """The program's server on `folder`, which holds a `key` when it holds people."""
    port = free_port()
    key_file = folder / "key"
    key = key_file.read_text() if key_file.exists() else ""
    command = [sys.executable, "-m", "bench.own_server", str(folder), str(port), *settings]
    with _process(command, port, folder / "server.out") as pid:
        yield Running(port, pid, key)


@contextmanager
def floor_server(kind: str, body: Path) -> Iterator[Running]:
    """A trivial Flask route that answers the bytes of `body`, under our adapter (`ours`) or under `a2wsgi`."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor_server", kind, str(body), str(port)]
    with _process(command, port, body.with_suffix(f".{kind}.out")) as pid:
        yield Running(port, pid)


@contextmanager
def live_floor(folder: Path) -> Iterator[Running]:
    """Bare python-socketio that tells everybody what it is posted."""
    port = free_port()
    command = [sys.executable, "-m", "bench.live.floor", str(port)]
    with _process(command, port, folder / "live_floor.out") as pid:
        yield Running(port, pid)


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until /health answers. Raises RuntimeError when the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if connection.recv(64):
                    return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError("the server does not answer")


def environment() -> dict[str, str]:
    """Ours, without settings of the program in it, and with the checkout importable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLMANAGER_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


@contextmanager
def _process(command: list[str], port: int, output: Path) -> Iterator[int]:
    with output.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=out, stderr=out)
        try:
            wait_for_answer(port, process)
            yield process.pid
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """An orderly end; a hard one when that takes too long."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
