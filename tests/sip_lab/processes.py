"""Starts the programs of the laboratory, finds them free ports, and ends exactly those that it started."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"
_PORTS = range(12_000, 32_000)  # below those that Linux and Windows give to outgoing connections
_START_SECONDS = 8.0
_STOP_SECONDS = 3.0  # both programs wait for their calls


def free_port() -> int:
    """A port of loopback that nobody has now, for TCP and UDP, and that the system gives to nobody by itself."""
    while True:
        port = secrets.choice(_PORTS)
        if not any(is_taken(port, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
            return port


def is_taken(port: int, kind: socket.SocketKind) -> bool:
    """Whether a program has the port; what is left of the connections of one that has ended does not count."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


class LabProcess:
    """One program of the laboratory, its output in `log`. `ready` says when it can be used."""

    def __init__(self, command: Sequence[str], log: Path, ready: Callable[[], bool]) -> None:
        program = shutil.which(command[0])
        if program is None:
            raise RuntimeError(f"{command[0]} is not installed on this machine.")
        self._name = command[0]
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # a program of ours with arguments of ours
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=log.parent,
                start_new_session=True,  # those that it starts are found by it
            )
        self._wait_for(ready)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it, and those that it started, as a crash would: no goodbye is said."""
        with suppress(ProcessLookupError):  # nobody is left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        self.kill()

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + _START_SECONDS
        while not ready():
            if not self.is_running() or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"{self._name} did not start.")
            time.sleep(0.02)
