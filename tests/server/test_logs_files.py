"""The log's file and console: bounded, rotated, and harmless to what they report on."""

import io
import logging
import os
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.server import logs
from callmanager.server.logs import LogFile, get_log, log_context, set_up_logs, take_down_logs


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "callmanager.log"
    take_down_logs()


def started(path: Path, *, max_bytes: int = 1_000_000, kept: int = 3, level: str = "info") -> LogFile:
    return set_up_logs(path, level=level, max_bytes=max_bytes, kept=kept)


def test_each_event_is_one_line_of_the_file(path: Path) -> None:
    started(path)
    get_log("request").info("done", status=200)
    get_log("storage").warning("slow", ms=900)
    first, second = path.read_text("utf-8").splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info request\.done status=200", first)
    assert second.endswith("Z warning storage.slow ms=900")


def test_only_lines_of_the_level_and_above_are_written(path: Path) -> None:
    started(path, level="warning")
    get_log("request").info("done")
    get_log("request").debug("detail")
    get_log("request").error("failed")
    assert [line.split()[2] for line in path.read_text("utf-8").splitlines()] == ["request.failed"]


def test_debug_lines_are_written_when_asked_for(path: Path) -> None:
    started(path, level="debug")
    get_log("request").debug("detail")
    assert "debug request.detail" in path.read_text("utf-8")


def test_lines_inside_a_context_carry_its_values(path: Path) -> None:
    started(path)
    with log_context(id="r1"), log_context(user="ana"):
        get_log("request").info("done")
    get_log("request").info("outside")
    inside, outside = path.read_text("utf-8").splitlines()
    assert inside.endswith("request.done id=r1 user=ana")
    assert outside.endswith("request.outside")


def test_an_exception_is_one_line_with_its_traceback(path: Path) -> None:
    started(path)
    try:
        raise ValueError("phone +50688881167")
    except ValueError:
        get_log("request").exception("failed", id="r1")
    (line,) = path.read_text("utf-8").splitlines()
    assert "ValueError: phone +506 **** **67" in line
    assert "\\n" in line


def test_a_library_and_a_warning_reach_the_file_as_lines_too(path: Path) -> None:
    started(path)
    logging.getLogger("uvicorn.error").info("chatter")
    logging.getLogger("sqlalchemy.pool").error("lost %s\nforged", "cm_a1_secretsecret")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old call", DeprecationWarning, stacklevel=1)
    first, second = path.read_text("utf-8").splitlines()
    assert 'error sqlalchemy.pool.said message="lost cm_a1_***\\nforged"' in first
    assert "py.warnings.said" in second


def test_a_library_that_passes_wrong_arguments_does_no_harm(path: Path) -> None:
    record = logging.LogRecord("sqlalchemy", logging.ERROR, __file__, 1, "%d rows", ("many",), None)
    started(path).handle(record)
    assert "%d rows" in path.read_text("utf-8")


def test_files_are_rotated_and_bounded_and_the_newest_lines_stay(path: Path) -> None:
    started(path, max_bytes=2_000, kept=2)
    log = get_log("request")
    for number in range(200):
        log.info("done", number=number)
    names = sorted(entry.name for entry in path.parent.iterdir())
    assert names == ["callmanager.log", "callmanager.log.1", "callmanager.log.2"]
    assert all((path.parent / name).stat().st_size <= 2_000 for name in names)
    kept = [line for name in reversed(names) for line in (path.parent / name).read_text().splitlines()]
    numbers = [int(line.rpartition("=")[2]) for line in kept]
    assert numbers == list(range(numbers[0], 200))


def test_a_restart_goes_on_in_the_same_file(path: Path) -> None:
    started(path)
    get_log("server").info("started")
    started(path)
    get_log("server").info("started")
    assert len(path.read_text("utf-8").splitlines()) == 2


def test_threads_never_mix_or_lose_lines_even_while_rotating(path: Path) -> None:
    started(path, max_bytes=20_000, kept=50)

    def write(writer: int) -> None:
        for number in range(300):
            get_log("request").info("done", writer=writer, number=number)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for file in path.parent.iterdir() for line in file.read_text().splitlines()]
    found = {tuple(map(int, re.findall(r"=(\d+)", line))) for line in lines}
    assert len(lines) == 1200
    assert found == {(writer, number) for writer in range(4) for number in range(300)}


def test_a_deleted_file_is_made_again_at_the_next_look(path: Path) -> None:
    log_file = LogFile(path, max_bytes=10_000, kept=2, look_every_seconds=0)
    log_file.emit(logging.makeLogRecord({"name": "callmanager.server", "event": "server.before", "values": {}}))
    path.unlink()
    log_file.emit(logging.makeLogRecord({"name": "callmanager.server", "event": "server.after", "values": {}}))
    log_file.close()
    assert "server.after" in path.read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="needs /dev/full")
def test_a_full_disk_drops_lines_counts_them_says_so_once_and_logging_resumes_by_itself(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.symlink_to("/dev/full")
    log_file = started(path)
    for _ in range(5):
        get_log("request").info("lost")
    assert log_file.dropped == 5
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "No space left on device" in said

    path.unlink()
    get_log("request").info("back")
    resumed, back = path.read_text("utf-8").splitlines()
    assert resumed.endswith("warning log.resumed dropped=5")
    assert back.endswith("info request.back")
    get_log("request").info("again")
    assert len(path.read_text("utf-8").splitlines()) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_line_cut_by_a_full_disk_does_not_spoil_the_next_one(path: Path) -> None:
    program = f"""
import resource
from pathlib import Path
from callmanager.server.logs import get_log, set_up_logs
log_file = set_up_logs(Path({str(path)!r}), level="info", max_bytes=1_000_000, kept=3)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
get_log("request").info("first")
get_log("request").info("second", text="x" * 80)
get_log("request").info("third")
assert log_file.dropped == 2, log_file.dropped
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
get_log("request").info("fourth")
"""
    root = Path(logs.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].endswith("request.first")
    assert lines[-2].endswith("log.resumed dropped=2")
    assert lines[-1].endswith("request.fourth")


def test_a_folder_in_place_of_the_file_does_not_break_the_caller(path: Path) -> None:
    path.mkdir()
    log_file = started(path)
    get_log("request").info("lost")
    assert log_file.dropped == 1


def test_when_renaming_is_forbidden_the_file_goes_on_to_twice_its_size_and_then_drops(path: Path) -> None:
    log_file = started(path, max_bytes=1_000, kept=1)
    (path.parent / "callmanager.log.1").mkdir()
    (path.parent / "callmanager.log.1" / "open elsewhere").touch()
    for number in range(100):
        get_log("request").info("done", number=number)
    assert 1_000 < path.stat().st_size <= 2_000
    assert log_file.dropped > 0


def test_the_console_is_readable_and_equally_safe(path: Path) -> None:
    console = io.StringIO()
    set_up_logs(path, level="info", max_bytes=1_000, kept=1, console=console)
    try:
        raise ValueError("bad\x1b[2J key cm_a1_secretsecret")
    except ValueError:
        get_log("request").exception("failed", phone="+50688881167")
    head, *trace = console.getvalue().splitlines()
    assert re.fullmatch(r'\d\d:\d\d:\d\d error   request\.failed phone="\+506 \*\*\*\* \*\*67"', head)
    assert trace[0] == "    Traceback (most recent call last):"
    assert "\x1b" not in console.getvalue()
    assert "secretsecret" not in console.getvalue()


def test_a_closed_console_or_one_of_a_narrow_encoding_does_no_harm(path: Path) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    set_up_logs(path, level="info", max_bytes=10_000, kept=1, console=narrow)
    get_log("request").info("before", user="José")
    narrow.flush()
    assert b"Jos\\xe9" in narrow.buffer.getvalue()  # type: ignore[attr-defined]
    narrow.close()
    get_log("request").info("after")
    assert "request.after" in path.read_text("utf-8")


def test_requests_that_went_well_are_in_the_file_and_not_on_the_screen(path: Path) -> None:
    console = io.StringIO()
    set_up_logs(path, level="info", max_bytes=10_000, kept=1, console=console)
    get_log("request").info("done", path="/contacts")
    get_log("backup").info("taken", name="x")
    assert "request.done path=/contacts" in path.read_text("utf-8")
    assert "request.done" not in console.getvalue()
    assert "backup.taken" in console.getvalue()


def test_importing_the_log_stays_cheap() -> None:
    program = "import sys, callmanager.server.logs; print('structlog' in sys.modules or 'rich' in sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(Path(logs.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
