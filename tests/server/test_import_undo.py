"""An import can be stopped, survives a crash with exact figures, and is undone whole without touching later work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callmanager.domain.errors import Conflict
from callmanager.server.app import build_services
from callmanager.server.changes.audit import verify_log
from callmanager.server.imports.options import ImportOptions
from callmanager.server.imports.runs import run_import
from callmanager.server.imports.undoing import undo_import
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from callmanager.settings import load_settings
from tests.server.lists_in import SAMPLES, bring, contacts, figures
from tests.web import QUICK, Web

ROOT = Path(__file__).parents[2]
MANY = [{"phone": f"6{i:07d}", "name": f"Persona {i}", "note": "de la lista"} for i in range(2500)]
VOLATILE = ("version", "seq", "updated_at")


def undo(web: Web, import_id: int, **how: Any) -> Any:
    return web.ask("manager", "POST", f"/imports/{import_id}/undo", **how)


def steady(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in contact.items() if name not in VOLATILE} for contact in found]


def test_undo_takes_everything_back_as_it_was(web: Web) -> None:
    web.create(phone="6000-0000", name="De antes", extra={"a": "1"})
    before = steady(contacts(web))
    report = bring(web, [*MANY, {"phones": ["60002000", "7000-0000"], "company": "Acme"}])
    assert len(contacts(web)) == 2500
    answer = undo(web, report["import_id"]).json
    assert (answer["state"], answer["undone"], answer["kept"]) == ("undone", 2500, [])
    assert steady(contacts(web)) == before
    shown = web.ask("manager", "GET", f"/imports/{report['import_id']}").json
    assert (shown["state"], shown["undone"], shown["kept_contacts"]) == ("undone", 2500, 0)


def test_undo_leaves_what_was_edited_since_and_says_which(web: Web) -> None:
    old = web.create(phone="6000-0000", name="De antes", note="vieja")
    report = bring(web, MANY)
    new = next(contact for contact in contacts(web) if contact["name"] == "Persona 7")
    assert web.edit("manager", new, company="Acme").status_code == 200
    old = web.ask("manager", "GET", f"/contacts/{old['id']}").json
    assert web.edit("manager", old, note="corregida a mano").status_code == 200
    answer = undo(web, report["import_id"]).json
    kept = [{"contact_id": old["id"], "fields": ["note"]}, {"contact_id": new["id"], "fields": ["company"]}]
    assert answer["kept"] == sorted(kept, key=lambda item: item["contact_id"])
    assert {(c["name"], c["note"]) for c in contacts(web)} == {
        ("De antes", "corregida a mano"),
        ("Persona 7", "de la lista"),
    }


def test_an_import_is_undone_once_and_can_be_brought_again(web: Web) -> None:
    rows = MANY[:3]
    report = bring(web, rows)
    first = undo(web, report["import_id"], repeat="una-vez")
    again = undo(web, report["import_id"], repeat="una-vez")
    assert (again.status_code, again.json) == (200, first.json)
    refused = undo(web, report["import_id"])
    assert (refused.status_code, refused.json["code"]) == (409, "import_undone")
    assert undo(web, 999).status_code == 404
    assert figures(bring(web, rows)) == (3, 3, 0, 0, 0, 0)


def test_a_batch_alone_is_not_undone_behind_the_imports_back(web: Web) -> None:
    bring(web, MANY[:3])
    batch = web.ask("manager", "GET", "/changes?entity=contact&limit=1").json[0]["set_id"]
    answer = web.ask("manager", "POST", f"/changes/{batch}/undo")
    assert answer.status_code >= 400
    assert len(contacts(web)) == 3


def test_a_cancelled_import_keeps_what_it_did_and_can_be_undone(web: Web) -> None:
    actor = web.services.identities.by_username("manager").actor
    told: list[int] = []
    source = read_list(SAMPLES / "contactos_cr.csv", kind=None, limits=Limits())
    report = run_import(
        web.services.log,
        actor,
        source,
        ImportOptions(),
        region="CR",
        progress=lambda done, total: told.append(done),
        cancelled=lambda: len(told) == 2,
    )
    assert (report.state, report.total, report.rows_in_file, told) == ("cancelled", 2000, 5200, [1000, 2000])
    assert len(contacts(web)) == report.inserted
    assert report.import_id is not None
    assert undo(web, report.import_id).json["undone"] == report.inserted
    assert contacts(web) == []


def test_cancel_over_http_reaches_the_running_import_and_nothing_else(web: Web) -> None:
    report = bring(web, MANY[:1])
    late = web.ask("manager", "POST", f"/imports/{report['import_id']}/cancel")
    assert (late.status_code, late.json["code"]) == (409, "import_not_running")
    with web.services.imports.working(report["import_id"], "import", user_id=web.ids["boss"]) as run:
        answer = web.ask("manager", "POST", f"/imports/{report['import_id']}/cancel")
        assert (answer.status_code, run.stop.is_set()) == (200, True)
        busy = undo(web, report["import_id"])
        assert (busy.status_code, busy.json["code"]) == (409, "import_running")
    assert web.ask("manager", "POST", "/imports/999/cancel").status_code == 404


def test_an_import_in_the_background_is_followed_by_its_address(web: Web) -> None:
    content = (SAMPLES / "contactos_cr.csv").read_bytes()
    answer = web.ask("manager", "POST", "/import?background=1", data=content, content_type="text/csv", repeat="b")
    assert (answer.status_code, answer.json["state"]) == (202, "running")
    again = web.ask("manager", "POST", "/import?background=1", data=content, content_type="text/csv", repeat="b")
    assert (again.status_code, again.headers["Location"]) == (202, answer.headers["Location"])
    shown = web.ask("manager", "GET", answer.headers["Location"]).json
    if shown["state"] == "running":
        assert (shown["doing"], shown["progress"][1]) == ("import", 5200)
    web.services.imports.wait()
    shown = web.ask("manager", "GET", answer.headers["Location"]).json
    assert (shown["state"], figures(shown), shown["doing"]) == ("done", (5200, 5000, 0, 0, 200, 0), None)


_CRASHING = """
import os, signal, sys
from pathlib import Path
from callmanager.server.app import build_services
from callmanager.server.imports.options import ImportOptions
from callmanager.server.imports.runs import run_import
from callmanager.server.lists.reading import read_list
from callmanager.server.lists.rows import Limits
from callmanager.settings import load_settings

services = build_services(load_settings(Path(sys.argv[1]), {"BCRYPT_COST": 4}, {}))
actor = services.identities.by_username("admin").actor

def progress(done, total):
    if done == 3000:
        os.kill(os.getpid(), signal.SIGKILL)

source = read_list(Path(sys.argv[2]), kind=None, limits=Limits())
run_import(services.log, actor, source, ImportOptions(), region="CR", progress=progress)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_a_server_killed_in_the_middle_finds_its_import_closed_with_exact_figures(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _CRASHING, str(tmp_path), str(SAMPLES / "contactos_cr.csv")]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    services = build_services(load_settings(tmp_path, QUICK, {}))
    try:
        with services.storage.read() as connection:
            state, report = connection.exec_driver_sql("SELECT state, report FROM imports").one()
            present = connection.exec_driver_sql("SELECT count(*) FROM contacts WHERE archived_at IS NULL").scalar()
        assert (state, f'"total":3000,"rows_in_file":5200,"inserted":{present},' in report) == ("failed", True)
        assert verify_log(services.storage).ok
        admin = services.identities.by_username("admin").actor
        assert undo_import(services.log, admin, 1).undone == present
        with pytest.raises(Conflict):
            undo_import(services.log, admin, 1)
    finally:
        services.storage.close()
