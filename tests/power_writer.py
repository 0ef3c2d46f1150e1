"""Writes contacts in one thread and acknowledges each with a line in a file. Made to be watched by strace.

`python -m tests.power_writer DATABASE NOTES TURNS MODE`, MODE being FULL or NORMAL (the control).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from callmanager.domain.people import SYSTEM
from callmanager.server.actions import contacts
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.write import ChangeLog
from callmanager.server.storage.schema import ensure_schema
from callmanager.server.storage.sqlite import SqliteStorage
from tests.office import START, SteppingClock


def main() -> None:
    database, notes, turns, mode = sys.argv[1:]
    storage = SqliteStorage(Path(database))
    ensure_schema(storage, now=START)
    if mode == "NORMAL":
        storage._writer._driver.execute("PRAGMA synchronous = NORMAL")
    log = ChangeLog(storage, SteppingClock())
    note = os.open(notes, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for turn in range(int(turns)):
        with log.write(SYSTEM, "api") as tx:
            made = contacts.create(tx, {"phone": f"8888-{turn:04d}", "name": f"p{turn}"}, region="CR")
        os.write(note, f"p{turn} 1\n".encode())
        with log.write(SYSTEM, "api") as tx:
            tx.update(tx.get(CONTACT, made.id), note=f"edited {turn}")
        os.write(note, f"p{turn} 2\n".encode())
    os._exit(0)  # no clean close: what is on the disk is what a cut would leave


if __name__ == "__main__":
    main()
