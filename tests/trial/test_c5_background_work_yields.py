"""C5: long work lets others in after a few milliseconds, rests while they are there, and is whole all the same."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.people import Actor
from callmanager.server import changes as changes_folder
from callmanager.server.app import build_services
from callmanager.server.backups.take import take_backup
from callmanager.server.changes.audit import verify_log
from callmanager.server.changes.write import ChangeLog
from callmanager.server.imports.options import ImportOptions
from callmanager.server.imports.runs import run_import
from callmanager.server.imports.undoing import undo_import
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from callmanager.server.pace import REMEMBERED_SECONDS, REST, SLICE_SECONDS, Pace
from callmanager.server.services import Services
from callmanager.settings import load_settings
from tests.server.lists_in import bring, contacts
from tests.web import QUICK, Web

ROOT = Path(__file__).parents[2]
ROWS = 600
MANY = [{"phone": f"6{i:07d}", "name": f"Persona {i}"} for i in range(ROWS)]
WAIT_SECONDS = 60


class HandPace(Pace):
    """Time passes by what the work does: each look at the clock is two slices, and rests are counted, not slept."""

    def __init__(self) -> None:
        self.at, self.rests = 0.0, list[float]()
        super().__init__(monotonic=self._look, sleep=self.rests.append)

    def _look(self) -> float:
        self.at += 2 * SLICE_SECONDS
        return self.at


@contextmanager
def office(folder: Path) -> Iterator[tuple[Services, ChangeLog, HandPace, Actor]]:
    """Services, a log of theirs with a pace that is seen, and an administrator."""
    services = build_services(load_settings(folder, QUICK, {}))
    pace = HandPace()
    try:
        log = ChangeLog(services.storage, services.clock, services.log.guard, pace=pace)
        yield services, log, pace, services.identities.by_username("admin").actor
    finally:
        services.storage.close()


def list_file(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "lista.csv"
    path.write_text("phone,name\n" + "".join(f"{row['phone']},{row['name']}\n" for row in rows), "utf-8")
    return path


def import_list(log: ChangeLog, actor: Actor, folder: Path) -> int:
    source = read_list(list_file(folder, MANY), kind=None, limits=Limits())
    report = run_import(log, actor, source, ImportOptions(), region="CR")
    assert (report.inserted, report.import_id) == (ROWS, 1)
    return 1


def most_changes_at_once(services: Services, origin: str) -> int:
    """How many contacts the largest change set of that origin wrote."""
    sets = "SELECT count(*) AS many FROM changes WHERE origin = ? AND entity = 'contact' GROUP BY set_id"
    with services.storage.read() as connection:
        return int(connection.exec_driver_sql(f"SELECT max(many) FROM ({sets})", (origin,)).scalar_one())


def test_alone_in_the_office_work_is_not_cut_up_and_never_rests(tmp_path: Path) -> None:
    with office(tmp_path) as (services, log, pace, actor):
        undo_import(log, actor, import_list(log, actor, tmp_path))
        assert (most_changes_at_once(services, "import"), most_changes_at_once(services, "undo")) == (ROWS, ROWS)
    assert pace.rests == []


def test_while_somebody_is_answered_each_part_is_a_change_set_and_a_rest_follows(tmp_path: Path) -> None:
    with office(tmp_path) as (services, log, pace, actor), pace.answering():
        import_id = import_list(log, actor, tmp_path)
        after_import = len(pace.rests)
        assert undo_import(log, actor, import_id).undone == ROWS
        largest = most_changes_at_once(services, "import"), most_changes_at_once(services, "undo")
        assert verify_log(services.storage).ok
    assert max(largest) <= 50
    assert after_import >= ROWS // 50
    assert len(pace.rests) - after_import >= ROWS // 50


def test_a_waiting_edit_gets_in_after_one_part(tmp_path: Path) -> None:
    """Whoever asks in the middle of an undo is written between two of its parts, not after the whole set."""
    web = Web(tmp_path)
    mine = web.create(phone="7000-0000", name="Otra")
    report = bring(web, MANY)
    told: list[int] = []
    edited_after: list[int] = []

    def edit() -> None:
        assert web.edit("manager", mine, note="mientras tanto").status_code == 200
        edited_after.append(told[-1])

    editor = threading.Thread(target=edit)

    def progress(done: int, _total: int) -> None:
        told.append(done)
        if len(told) == 1:
            editor.start()

    with web.services.pace.answering():  # somebody is there all the time
        actor = web.services.identities.by_username("manager").actor
        undo_import(web.services.log, actor, report["import_id"], progress=progress)
    editor.join(WAIT_SECONDS)
    web.close()
    assert edited_after[0] < ROWS / 2 < told[-1] == ROWS


def test_rest_is_in_proportion_and_ends_with_the_crowd() -> None:
    now, rests = [0.0], list[float]()
    pace = Pace(monotonic=lambda: now[0], sleep=rests.append)
    pace.begin()
    with pace.answering():
        now[0] += SLICE_SECONDS * 2
        assert pace.must_give_way()
        pace.give_way()
    now[0] += REMEMBERED_SECONDS / 2
    pace.give_way()
    now[0] += REMEMBERED_SECONDS
    pace.give_way()
    assert rests == [SLICE_SECONDS * 2 * REST, 0.1]


def test_long_work_in_a_request_and_questions_about_it_are_no_crowd() -> None:
    pace = Pace()
    with pace.answering(), pace.behind():
        assert not pace.crowded
    assert not pace.crowded
    with pace.answering():
        assert pace.crowded
    assert pace.crowded


def test_asking_how_far_an_import_is_does_not_slow_it(tmp_path: Path) -> None:
    web = Web(tmp_path)
    report = bring(web, MANY[:1])
    web.services.pace._last_at = float("-inf")
    assert web.ask("manager", "GET", f"/imports/{report['import_id']}").status_code == 200
    assert web.ask(None, "GET", "/health").status_code == 200
    assert not web.services.pace.crowded
    assert web.ask("manager", "GET", "/contacts").status_code == 200
    assert web.services.pace.crowded
    web.close()


def _verify(services: Services, pace: Pace, folder: Path) -> None:
    del folder
    assert verify_log(services.storage, pace=pace).ok


def _back_up(services: Services, pace: Pace, folder: Path) -> None:
    assert take_backup(services.database, folder / "copias", clock=services.clock, pace=pace).verified_at


@pytest.mark.parametrize("work", [_verify, _back_up])
def test_what_only_reads_rests_too(tmp_path: Path, work: Callable[[Services, Pace, Path], None]) -> None:
    with office(tmp_path) as (services, log, pace, actor):
        import_list(log, actor, tmp_path)
        assert pace.rests == []
        with pace.answering():
            work(services, pace, tmp_path)
    assert len(pace.rests) >= ROWS / 2


def test_nothing_but_work_in_turns_holds_the_writer_for_long() -> None:
    """`bulk` transactions are of changes/turns.py, and of the migrations, when nobody is there yet."""
    package = Path(changes_folder.__file__).parents[1]
    opened = re.compile(r"\bbulk=True")
    taking = {file.name for file in package.rglob("*.py") if opened.search(file.read_text("utf-8"))}
    assert taking == {"turns.py", "schema.py"}


_CRASHING = """
import os, signal, sys
from pathlib import Path
from callmanager.server.app import build_services
from callmanager.server.imports.undoing import undo_import
from callmanager.settings import load_settings

services = build_services(load_settings(Path(sys.argv[1]), {"BCRYPT_COST": 4}, {}))
actor = services.identities.by_username("manager").actor

def progress(done, total):
    if done >= 200:
        os.kill(os.getpid(), signal.SIGKILL)

with services.pace.answering():
    undo_import(services.log, actor, 1, progress=progress)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_an_undo_cut_off_by_a_crash_says_how_far_it_came_and_the_next_call_does_the_rest(tmp_path: Path) -> None:
    web = Web(tmp_path)
    old = web.create(phone="6000-0599", name="De antes", note="vieja")
    report = bring(web, [*MANY, {"phone": "60000599", "name": "Otro nombre", "note": "de la lista"}])
    old = web.ask("manager", "GET", f"/contacts/{old['id']}").json
    assert web.edit("manager", old, name="A mano").status_code == 200
    first = next(one for one in contacts(web) if one["name"] == "Persona 0")
    assert web.edit("manager", first, company="Acme").status_code == 200
    web.close()
    command = [sys.executable, "-c", _CRASHING, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with reopened(web) as again:
        shown = again.ask("manager", "GET", f"/imports/{report['import_id']}").json
        assert (shown["state"], shown["doing"]) == ("done", None)
        assert 0 < shown["undone"] < ROWS
        answer = again.ask("manager", "POST", f"/imports/{report['import_id']}/undo").json
        assert (answer["state"], answer["undone"], answer["kept_contacts"]) == ("undone", ROWS - 2, 2)
        kept = {one["contact_id"]: one["fields"] for one in answer["kept"]}
        assert kept == {old["id"]: ["name"], first["id"]: ["company"]}
        assert {one["name"] for one in contacts(again)} == {"A mano", "Persona 0"}
        assert verify_log(again.services.storage).ok


@contextmanager
def reopened(web: Web) -> Iterator[Web]:
    """The same office after a restart."""
    from callmanager.server.app import build_app  # noqa: PLC0415

    web.services = build_services(load_settings(web.folder, QUICK, {}))
    web.client = build_app(web.services).test_client()
    try:
        yield web
    finally:
        web.close()
