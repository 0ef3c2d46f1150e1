"""A PostgreSQL server of the test's own: a temporary folder, a unix socket, no network, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)


class PostgresqlServer:
    """Makes a fresh database for whoever asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def address(self, database: str) -> str:
        return f"postgresql://callmanager@/{database}?host={self.folder}"

    def new_database(self, like: str = "template1") -> str:
        """The address of an empty database, or of a copy of the one named `like`, which nobody has open."""
        name = f"office_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.address(name)


def _program(name: str) -> str:
    found = shutil.which(name)
    return found or str(max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: path.parts[-3]))


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def running_server() -> Iterator[PostgresqlServer]:
    """A server that speaks Spanish (ICU) where it can, so that sorting by the database's language would show."""
    user = _unprivileged()
    where = os.environ.get("PYTEST_DEBUG_TEMPROOT")  # without a disk, where there is room: a database is 300 files
    with tempfile.TemporaryDirectory(prefix="cm-pg-", dir=where, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)

        def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [_program(program), *arguments], user=user, cwd=folder, capture_output=True, text=True, check=False
            )

        data = str(folder / "data")
        common = ("-D", data, "-U", "callmanager", "-A", "trust", "-E", "UTF8", "--no-sync")
        spanish = run("initdb", *common, "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=es")
        if spanish.returncode != 0:
            shutil.rmtree(data, ignore_errors=True)
            plain = run("initdb", *common, "--locale=C")
            assert plain.returncode == 0, plain.stderr
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=200"
        log = str(folder / "server.log")
        started = run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        assert started.returncode == 0, started.stderr + started.stdout
        try:
            yield PostgresqlServer(folder)
        finally:
            with suppress(subprocess.SubprocessError):
                run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
