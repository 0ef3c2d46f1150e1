"""Kills a writing process again and again and compares what it had acknowledged with what the database holds."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from callmanager.server.changes.audit import verify_log
from callmanager.server.storage.sqlite import SqliteStorage

ROOT = Path(__file__).resolve().parents[1]
STALL_SECONDS = 60


@dataclass
class CrashReport:
    """What many kills did."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    chain_ok: bool = True
    integrity: str = "ok"


def kill_loop(folder: Path, *, kills: int, threads: int, most: int, seed: int) -> CrashReport:
    """Kill -9 the writer `kills` times, each time after 1 to `most` acknowledgements; then look what is there."""
    moments = random.Random(seed)
    database, notes = folder / "contacts.db", folder / "notes"
    notes.mkdir()
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.crash_writer", str(database), str(notes), str(threads)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    for life in range(kills):
        writer.stdin.write(f"{life}\n")
        writer.stdin.flush()
        child = int(writer.stdout.readline())
        _await_notes(notes, f"{life}-", moments.randint(1, most))
        os.kill(child, signal.SIGKILL)
        assert int(writer.stdout.readline()) == -signal.SIGKILL, "the writer ended by itself"
    writer.stdin.close()
    writer.wait(STALL_SECONDS)
    writer.stdout.close()
    return compare(database, notes, kills)


def _await_notes(notes: Path, start: str, lines: int) -> None:
    until = time.monotonic() + STALL_SECONDS
    while time.monotonic() < until:
        found = sum(file.read_bytes().count(b"\n") for file in notes.glob(f"{start}*"))
        if found >= lines:
            return
        threading.Event().wait(0.001)
    raise AssertionError("the writer stalled")


def compare(database: Path, notes: Path, kills: int) -> CrashReport:
    """Every acknowledged line against the tables and the log of the reopened database."""
    storage = SqliteStorage(database)
    report = CrashReport(kills, chain_ok=verify_log(storage).ok)
    storage.close()
    with closing(sqlite3.connect(database)) as connection:
        report.integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
        versions = dict(connection.execute("SELECT name, version FROM contacts"))
        counts = dict(connection.execute("SELECT name, count(*) FROM contacts GROUP BY name"))
        logged = dict(
            connection.execute("SELECT record_id, count(*) FROM changes WHERE entity = 'contact' GROUP BY record_id")
        )
        ids = dict(connection.execute("SELECT name, id FROM contacts"))
    for file in notes.iterdir():
        # the last line may be half: then its acknowledgement was not
        for line in file.read_text().split("\n")[:-1]:
            name, version = line.split(" ")
            report.acknowledged += 1
            report.lost += versions.get(name, 0) < int(version)
    report.doubled = sum(count != 1 for count in counts.values())
    report.doubled += sum(logged.get(number) != versions[name] for name, number in ids.items())
    return report
