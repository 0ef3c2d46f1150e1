"""An office whose disk fills up and gets room again. `python -m tests.full_disk FOLDER` does it by a limit on files."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from callmanager.domain.errors import Unavailable
from callmanager.server.changes.audit import verify_log
from callmanager.server.changes.entities import CONTACT
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.server.storage.tables import changes, contacts
from tests.office import Office

MOST_WRITES = 3_000
WRITERS = 8


def live_through(folder: Path, *, fill: Callable[[], None], free: Callable[[], None]) -> dict[str, Any]:
    """Write until the disk is full, read, try in a crowd and in bulk, get room, write on; says what was seen."""
    office = Office(SqliteStorage(folder / "contacts.db"))
    for number in range(20):
        office.create(name=f"before {number}")
    saved = 20
    fill()
    seen: dict[str, Any] = {"first": "never full"}
    for number in range(MOST_WRITES):
        code = attempt(lambda n=number: office.create(name=f"while {n}", note="x" * 2_000))  # type: ignore[misc]
        if code != "saved":
            seen["first"] = code
            break
        saved += 1
    seen["readable"] = [len(names(office)), saved]
    seen["chain_while_full"] = verify_log(office.storage).ok
    seen["crowd"] = crowd(office)
    seen["bulk"] = attempt(lambda: bulk(office))
    saved += seen["crowd"].count("saved") + (200 if seen["bulk"] == "saved" else 0)
    seen["still_readable"] = [len(names(office)), saved]
    free()
    seen["again"] = [attempt(lambda: office.create(name="after")), attempt(lambda: bulk(office))]
    seen["at_the_end"] = [len(names(office)), saved + 201]
    seen["chain"] = verify_log(office.storage).ok
    with office.storage.read() as connection:
        seen["integrity"] = connection.execute(text("PRAGMA integrity_check")).scalar()
        created = select(changes.c.record_id).where(changes.c.kind == "created", changes.c.entity == "contact")
        ids = select(contacts.c.id).order_by(contacts.c.id)
        seen["whole"] = sorted(connection.execute(created).scalars()) == list(connection.execute(ids).scalars())
    office.storage.close()
    return seen


def attempt(work: Callable[[], Any]) -> str:
    try:
        work()
    except Unavailable as error:
        return error.code
    return "saved"


def crowd(office: Office) -> list[str]:
    codes: list[str] = []
    threads = [
        threading.Thread(
            target=lambda n=n: codes.append(attempt(lambda: office.create(name=f"crowd {n}", note="y" * 15_000)))
        )
        for n in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def bulk(office: Office) -> None:
    """A batch of 200 as an import writes it, too large for what is left."""
    row = {"status": "SIN_GESTIONAR", "note": "z" * 4_000}
    phone = {"number": "2222", "e164": None, "label": "", "valid": False, "key": "2222"}
    with office.write(origin="import", origin_id=1, bulk=True) as tx:
        tx.insert_many(CONTACT, [{**row, "name": f"bulk {n}", "phones": [phone]} for n in range(200)])


def names(office: Office) -> list[str]:
    with office.storage.read() as connection:
        return list(connection.execute(select(contacts.c.name)).scalars())


def main() -> None:
    import resource  # noqa: PLC0415 - not on Windows

    folder = Path(sys.argv[1])
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        largest = max(file.stat().st_size for file in folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 20_000, hard))

    seen = live_through(folder, fill=fill, free=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard)))
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
