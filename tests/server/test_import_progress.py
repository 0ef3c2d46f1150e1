"""How far an import is, told to the windows of whoever imports and to nobody else."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from callmanager.server.imports.running import PER_SECOND, RunningImports
from callmanager.server.realtime.models import ImportProgressTold
from tests.server.live_office import LiveOffice, Window

ROWS = 3_500


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path_factory.mktemp("progress"))
    yield opened
    opened.close()


def told_until_end(window: Window, import_id: int) -> list[dict[str, Any]]:
    """What a window is told of one import, up to its end."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["state"] == "running":
        found.append(window.told("import_progress", lambda told: told["import_id"] == import_id))
        ImportProgressTold.model_validate(found[-1], strict=True)
    return found


def bring(office: LiveOffice, first: int) -> int:
    rows = [{"phone": f"8{first + number:07d}"} for number in range(ROWS)]
    answer = office.ask("manager", "POST", "/import?background=1", json=rows)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["import_id"])


def test_every_window_of_whoever_imports_is_told_how_far_it_is_and_how_it_ended(office: LiveOffice) -> None:
    with office.window("manager") as first, office.window("manager") as second, office.window("boss") as other:
        import_id = bring(office, 0)
        for window in (first, second):
            told = told_until_end(window, import_id)
            assert told[-1] == {"import_id": import_id, "doing": "import", "state": "done", "progress": [ROWS, ROWS]}
            done = [one["progress"][0] for one in told]
            assert done == sorted(done)
            assert len(told) > 1
        assert office.ask("manager", "GET", f"/imports/{import_id}").json()["state"] == "done"
        other.told_of(office.create()["seq"])
        assert "import_progress" not in {event for event, _ in other.seen}


def test_taking_an_import_back_is_told_too(office: LiveOffice) -> None:
    with office.window("manager") as window:
        import_id = bring(office, 1_000_000)
        told_until_end(window, import_id)
        assert office.ask("manager", "POST", f"/imports/{import_id}/undo").status_code == 200
        told = told_until_end(window, import_id)
    assert (told[-1]["doing"], told[-1]["state"]) == ("undo", "undone")


def test_a_list_that_imports_nothing_tells_nobody(office: LiveOffice) -> None:
    with office.window("manager") as window:
        assert office.ask("manager", "POST", "/import?dry_run=1", json=[{"phone": "8888-7777"}]).status_code == 200
        assert office.ask("manager", "POST", "/imports/999/undo").status_code == 404
        window.told_of(office.create()["seq"])
        assert "import_progress" not in {event for event, _ in window.seen}


def test_progress_is_told_at_a_bounded_rate_and_the_end_always() -> None:
    told: list[Mapping[str, Any]] = []
    imports = RunningImports(lambda _user, _event, payload: told.append(payload))
    run = imports.begin(7, "import", user_id=3, total=100_000)
    began = time.monotonic()
    for done in range(100_000):
        run.progress(done, 100_000)
    assert 1 <= len(told) <= 1 + PER_SECOND * (time.monotonic() - began)
    imports.end(run)
    run.finish("cancelled")
    assert told[-1]["state"] == "cancelled"
    imports.close()


def test_work_that_breaks_off_is_told_as_failed() -> None:
    told: list[tuple[int, str, Mapping[str, Any]]] = []
    imports = RunningImports(lambda *one: told.append(one))

    def break_off() -> None:
        with imports.working(7, "undo", user_id=3) as run:
            run.progress(1, 2)
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        break_off()
    assert [(user, payload["state"]) for user, _event, payload in told] == [(3, "running"), (3, "failed")]
    assert imports.find(7) is None
    imports.close()
