"""Writes contacts as fast as eight threads can and notes, in a file each, what was acknowledged. Made to be killed.

`python -m tests.crash_writer DATABASE NOTES THREADS` waits for lines on its input; for each it forks a child that
opens the database and writes until it is killed, prints the child's id, and waits for its end.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from pathlib import Path

from callmanager.domain.people import SYSTEM
from callmanager.server.actions import contacts
from callmanager.server.changes.entities import CONTACT
from callmanager.server.changes.write import ChangeLog
from callmanager.server.storage.schema import ensure_schema
from callmanager.server.storage.sqlite import SqliteStorage
from tests.office import START, SteppingClock


def write_until_killed(database: Path, notes: Path, life: str, threads: int) -> None:
    storage = SqliteStorage(database)
    ensure_schema(storage, now=START)
    log = ChangeLog(storage, SteppingClock())
    crowd = [threading.Thread(target=write_on, args=(log, notes, f"{life}-{number}")) for number in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()


def write_on(log: ChangeLog, notes: Path, writer: str) -> None:
    """Make a contact, note it, edit it, note it, and again."""
    note = os.open(notes / writer, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    turn = 0
    try:
        while True:
            turn += 1
            name = f"{writer}-{turn}"
            with log.write(SYSTEM, "api") as tx:
                made = contacts.create(tx, {"phone": f"8888-{turn % 10000:04d}", "name": name}, region="CR")
            acknowledge(note, f"{name} 1")
            with log.write(SYSTEM, "api") as tx:
                tx.update(tx.get(CONTACT, made.id, version=1), note=f"edited {turn}")
            acknowledge(note, f"{name} 2")
    except BaseException:  # noqa: BLE001 - any end but the kill must be seen
        traceback.print_exc()
        os._exit(3)


def acknowledge(note: int, line: str) -> None:
    os.write(note, f"{line}\n".encode())
    os.fsync(note)


def main() -> None:
    database, notes, threads = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            write_until_killed(database, notes, line.strip(), threads)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
