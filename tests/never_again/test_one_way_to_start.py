"""Never again 8: start-up paths that differ, such as a production path without backups, sweeps or the first user."""

from __future__ import annotations

import ast
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from callmanager.server.app import build_services
from callmanager.server.jobs.periodic import build_jobs
from callmanager.settings import load_settings
from tests.live_server import start_server

ROOT = Path(__file__).resolve().parents[2]
DOORS_ON_LOOPBACK = {  # no web servers: a second window knocks at the one, MicroSIP's hooks at the other
    "callmanager/desktop/pc/single_instance.py",
    "callmanager/softphones/microsip.py",
}
SOURCES = sorted((ROOT / "callmanager").rglob("*.py"))
ONLY_HERE = {
    "Scheduler": "callmanager/server/run.py",
    "build_jobs": "callmanager/server/run.py",
    "run_loop": "callmanager/server/run.py",
}


@cache
def called() -> dict[str, set[str]]:
    """By file: the last names of the functions and classes that it calls."""
    return {
        source.relative_to(ROOT).as_posix(): {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(ast.parse(source.read_text("utf-8")))
            if isinstance(node, ast.Call)
        }
        for source in SOURCES
    }


def callers(name: str) -> set[str]:
    """The files that call the function or class `name`."""
    return {file for file, names in called().items() if name in names}


@pytest.mark.parametrize("name", sorted(ONLY_HERE))
def test_a_part_of_the_start_is_called_in_one_place(name: str) -> None:
    assert callers(name) == {ONLY_HERE[name]}


def test_nothing_but_the_one_start_runs_a_web_server() -> None:
    for name in ("run_simple", "make_server", "create_server"):
        assert callers(name) - DOORS_ON_LOOPBACK == set()
    for source in SOURCES:
        if "import uvicorn" in (text := source.read_text("utf-8")) or "from uvicorn" in text:
            assert source.parent.name == "process", source


def test_a_started_server_has_every_job_and_its_first_user(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    services = build_services(load_settings(tmp_path / "plain", {"BCRYPT_COST": 4}, {}))
    expected = ",".join(job.name for job in build_jobs(services))
    services.storage.close()
    with start_server(tmp_path / "running") as server:
        server.kill()
    assert f"jobs={expected}" in server.log()
    with closing(sqlite3.connect(server.database)) as connection:
        found = connection.execute("SELECT must_change_password FROM users WHERE username = 'admin'").fetchall()
    assert found == [(1,)]
