"""Makes one call with its outcome and is killed between two steps of it. For test_calling_kills.py.

`python -m tests.desktop.calling_agent URL WHO FOLDER CONTACT DIE_AT` kills itself with SIGKILL at step DIE_AT (0: none)
and prints its steps when it came to its end. A step is the entry or the end of a call to the store of unsent work, to
the server or to the phone; what the phone was given stands in FOLDER/dialled.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from callmanager.desktop.models.calling.call import Stage
from callmanager.desktop.remote import Remote
from callmanager.desktop.store import UnsentWork
from tests.desktop.calling_desk import CallingDesk, TestPhone
from tests.desktop.card_typist import Mortal

STEPS: tuple[tuple[type, tuple[str, ...]], ...] = (
    (UnsentWork, ("put", "note_sending", "note_done", "save_draft", "drop_draft")),
    (Remote, ("ask",)),
    (TestPhone, ("_place", "_release")),
)
NOTE = "Dijo que sí"


def main() -> None:
    url, who, folder, contact_id, die_at = sys.argv[1:]
    mortal, somewhere = Mortal(int(die_at)), SimpleNamespace(server=SimpleNamespace(url=url))
    desk = CallingDesk(somewhere, who, Path(folder))  # type: ignore[arg-type]
    desk.start()
    desk.open(int(contact_id))
    place = TestPhone._place

    def note_digits(phone: TestPhone, call_id: str, number: str) -> str:
        with (Path(folder) / "dialled").open("a", encoding="ascii") as file:
            file.write(f"{number}\n")
            file.flush()
        return place(phone, call_id, number)

    TestPhone._place = note_digits  # type: ignore[method-assign]
    for kind, names in STEPS:
        for name in names:
            mortal.watch(kind, name)
    make_the_call(desk)
    print(mortal.steps, flush=True)
    os._exit(0)


def make_the_call(desk: CallingDesk) -> None:
    desk.call.dial()
    desk.until(lambda: desk.call.stage is Stage.UP and has_steps(desk))
    desk.move(4.5)
    desk.outcome.type_note(NOTE)
    desk.call.hang_up()
    desk.until(lambda: desk.call.stage is Stage.OUTCOME)
    desk.outcome.choose("NC")
    desk.call.save()
    desk.until(lambda: not desk.waiting)


def has_steps(desk: CallingDesk) -> Any:
    return desk.call.current is not None and desk.call.current.steps


if __name__ == "__main__":
    main()
