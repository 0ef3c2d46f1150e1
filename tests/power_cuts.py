"""What a power cut leaves of a database: everything up to the last sync of each file, and of the rest what chance kept.

A writer is watched by strace; from its calls the files are rebuilt as they would be found after a cut at any moment.
Writes not yet synced may be there or not, each for itself, whole or torn at a sector of 512 bytes.
"""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from callmanager.domain.errors import Unavailable
from callmanager.server.changes.audit import verify_log
from callmanager.server.storage.sqlite import SqliteStorage

ROOT = Path(__file__).resolve().parents[1]
SECTOR = 512
_CALLS = "trace=pwrite64,write,fsync,fdatasync,ftruncate"
_LINE = re.compile(r'(\w+)\(\d+<([^>]*)>(?:, "([^"]*)")?(?:, (\d+))?(?:, (\d+))?\)\s+= (-?\d+)')


@dataclass(frozen=True)
class Call:
    """One call of the writer: `write`, `sync`, `cut` (ftruncate) or `note` (an acknowledgement)."""

    kind: str
    name: str
    content: bytes = b""
    place: int = 0


@dataclass
class DiskFile:
    """One file on a disk with a cache: what is surely there, and what was written since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Call] = field(default_factory=list)

    def take(self, call: Call) -> None:
        if call.kind == "sync":
            for one in self.pending:
                apply(self.durable, one, len(one.content))
            self.pending = []
        else:
            self.pending.append(call)

    def after_cut(self, chance: random.Random) -> bytes:
        """The file as it is found: nothing, everything, the beginning or any part of what was pending."""
        found = bytearray(self.durable)
        manner = chance.choice(("nothing", "everything", "beginning", "any", "any"))
        upto = chance.randint(0, len(self.pending))
        for place, call in enumerate(self.pending):
            if manner == "nothing" or (manner == "beginning" and place > upto):
                break
            if manner == "any" and chance.random() < 0.5:
                continue
            torn = manner != "everything" and chance.random() < 0.2
            apply(found, call, chance.randint(0, len(call.content) // SECTOR) * SECTOR if torn else len(call.content))
        return bytes(found)


def apply(image: bytearray, call: Call, length: int) -> None:
    """Do one write, of which only the first `length` bytes arrived."""
    if call.kind == "cut":
        del image[call.place :]
        image.extend(bytes(call.place - len(image)))
        return
    image.extend(bytes(max(0, call.place + length - len(image))))
    image[call.place : call.place + length] = call.content[:length]


@dataclass
class CutReport:
    """What many cuts did to what had been acknowledged."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    cuts_with_loss: int = 0
    broken: list[str] = field(default_factory=list)


def record(folder: Path, *, turns: int, mode: str = "FULL") -> list[Call]:
    """Run the writer under strace and read its calls."""
    trace = folder / "trace"
    watch = ["strace", "-qq", "-y", "-xx", "-s", "70000", "-e", _CALLS, "-o", str(trace)]
    work = ["-m", "tests.power_writer", str(folder / "contacts.db"), str(folder / "notes"), str(turns), mode]
    subprocess.run([*watch, sys.executable, *work], cwd=ROOT, check=True)
    calls = list(read_calls(trace))
    trace.unlink()
    return calls


def read_calls(trace: Path) -> Iterator[Call]:
    with trace.open() as lines:
        for line in lines:
            match = _LINE.match(line)
            assert match, line[:200]
            call, path, content, first, second, result = match.groups()
            name = Path(unescaped(path).decode()).name
            assert int(result) >= 0, "a call of the writer failed"
            if call in ("fsync", "fdatasync"):
                yield Call("sync", name)
            elif call == "ftruncate":
                yield Call("cut", name, place=int(first or re.findall(r", (\d+)\)", line)[0]))
            elif call == "write":
                yield Call("note", name, unescaped(content or ""))
            else:
                assert len(content or "") == int(first) * 4, "strace cut the content short"
                yield Call("write", name, unescaped(content or ""), int(second))


def unescaped(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def cut_often(calls: list[Call], folder: Path, *, cuts: int, seed: int) -> CutReport:
    """Cut the power at so many random moments after the first acknowledgement, and reopen each time."""
    chance = random.Random(seed)
    first = next(place for place, call in enumerate(calls) if call.kind == "note" and call.name == "notes")
    moments = sorted(chance.randint(first + 1, len(calls)) for _ in range(cuts))
    disk = {"contacts.db": DiskFile(), "contacts.db-wal": DiskFile()}
    notes: list[str] = []
    report, done = CutReport(cuts), 0
    for moment in moments:
        for call in calls[done:moment]:
            if call.name in disk:
                disk[call.name].take(call)
            elif call.name == "notes":
                notes.append(call.content.decode().strip())
        done = moment
        target = folder / "found"
        target.mkdir()
        for name, file in disk.items():
            (target / name).write_bytes(file.after_cut(chance))
        examine(target / "contacts.db", notes, report)
        shutil.rmtree(target)
    return report


def examine(database: Path, notes: list[str], report: CutReport) -> None:
    """Open what was found as the server would, and look for everything that had been acknowledged."""
    try:
        storage = SqliteStorage(database)
        if not verify_log(storage).ok:
            report.broken.append("the chain is broken")
        storage.close()
    except Unavailable as error:
        report.broken.append(error.code)
        return
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            report.broken.append(found)
        versions = dict(connection.execute("SELECT name, version FROM contacts"))
    lost = sum(versions.get(name, 0) < int(version) for name, version in (note.split(" ") for note in notes))
    report.acknowledged += len(notes)
    report.lost += lost
    report.cuts_with_loss += lost > 0
