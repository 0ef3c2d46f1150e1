"""The log: `callmanager.log`, bounded and rotated, and a readable console. It must never break what it reports on.

Built on the standard library (docs/decisions/0003-logging-with-the-standard-library.md); lines are made in log_lines.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TextIO

from callmanager.server import log_lines

ROOT = "callmanager"
ROUTINE = frozenset({"request.done"})
QUIET_LIBRARIES = ("alembic", "asyncio", "sqlalchemy", "uvicorn", "werkzeug")

_context: ContextVar[dict[str, object]] = ContextVar("log_context", default={})  # noqa: B039  # never changed in place


class Log:
    """Writes events of one area: `get_log("request").info("done", ms=3)` gives `request.done ms=3`."""

    def __init__(self, area: str) -> None:
        self._area = area
        self._logger = logging.getLogger(f"{ROOT}.{area}")

    def debug(self, event: str, **values: object) -> None:
        self._write(logging.DEBUG, event, values)

    def info(self, event: str, **values: object) -> None:
        self._write(logging.INFO, event, values)

    def warning(self, event: str, **values: object) -> None:
        self._write(logging.WARNING, event, values)

    def error(self, event: str, **values: object) -> None:
        self._write(logging.ERROR, event, values)

    def exception(self, event: str, **values: object) -> None:
        """An error with the traceback of the exception being handled."""
        self._write(logging.ERROR, event, {**values, "traceback": traceback.format_exc(limit=-20).rstrip()})

    def _write(self, level: int, event: str, values: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            extra = {"event": f"{self._area}.{event}", "values": {**values, **_context.get()}}
            self._logger.log(level, event, extra=extra)


def get_log(area: str) -> Log:
    """The log of one area of the program; cheap, made once per module."""
    return Log(area)


@contextmanager
def log_context(**values: object) -> Iterator[None]:
    """Adds `values` (request id, user) to every line written inside, in this thread or task and those it copies to."""
    token = _context.set({**_context.get(), **values})
    try:
        yield
    finally:
        _context.reset(token)


class LogFile(logging.Handler):
    """A file of at most `max_bytes`, with `kept` older ones beside it (`name.1` is the newest).

    A line that cannot be written is dropped and counted; the next one tries again, so that logging resumes by itself
    when there is room. When a reader on Windows forbids renaming, the file goes on up to twice its size.
    """

    def __init__(self, path: Path, *, max_bytes: int, kept: int, look_every_seconds: float = 1.0) -> None:
        super().__init__()
        self.path = path
        self.dropped = 0
        self._max_bytes = max_bytes
        self._kept = kept
        self._file: FileIO | None = None
        self._torn = False
        self._silent = False
        self._size = 0
        self._look_every_seconds = look_every_seconds
        self._looked_at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._append(f"{record_line(record)}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            self._drop(error)

    def close(self) -> None:
        with self.lock or threading.RLock():
            self._release()
        super().close()

    def _append(self, raw: bytes) -> None:
        file, size = self._opened()
        if size and size + len(raw) > self._max_bytes:
            self._rotate()
            file, size = self._opened()
        if size and size + len(raw) > 2 * self._max_bytes:
            raise OSError("the log cannot be rotated")
        if self._silent:
            raw = self._resumed() + raw
        self._write(file, raw)
        self._silent = False

    def _opened(self) -> tuple[FileIO, int]:
        """The open file and its size."""
        if self._file is not None:
            if time.monotonic() < self._looked_at + self._look_every_seconds:
                return self._file, self._size
            if os.fstat(self._file.fileno()).st_nlink:
                return self._file, self._look(self._file)
            self._release()  # somebody deleted it
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = FileIO(self.path, "ab", opener=_open_private)
        return self._file, self._look(self._file)

    def _look(self, file: FileIO) -> int:
        """The size on disk. Between looks it is reckoned: each would let go of the interpreter for every line."""
        self._looked_at = time.monotonic()
        self._size = os.fstat(file.fileno()).st_size
        return self._size

    def _write(self, file: FileIO, raw: bytes) -> None:
        whole = b"\n" + raw if self._torn else raw
        written = file.write(whole) or 0
        self._size += written
        if 0 < written < len(whole):
            self._torn = True
        if written < len(whole):
            raise OSError("the disk took only a part of the line")
        self._torn = False

    def _rotate(self) -> None:
        self._release()
        with suppress(OSError):
            for number in range(self._kept - 1, 0, -1):
                if self._older(number).exists():
                    self._older(number).replace(self._older(number + 1))
            self.path.replace(self._older(1))

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _release(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _drop(self, error: OSError) -> None:
        self.dropped += 1
        self._release()
        if not self._silent:
            self._silent = True
            _say(f"{self.path.name}: lines are being dropped ({error.strerror or error})\n", sys.stderr)

    def _resumed(self) -> bytes:
        values: dict[str, object] = {"dropped": self.dropped}
        return f"{log_lines.line(datetime.now(UTC), 'warning', 'log.resumed', values)}\n".encode()


class Console(logging.Handler):
    """Short lines for the person at the server: local time, event, values; a traceback below, on lines of its own.

    Requests that went well are in the file only: a screen that scrolls all day is read by nobody.
    """

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        event, values = _event_of(record)
        if event in ROUTINE and record.levelno < logging.WARNING:
            return
        trace = values.pop("traceback", None)
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        words = " ".join([at, f"{record.levelname.lower():<7}", log_lines.escaped(event), *_pairs(record, values)])
        below = [f"    {log_lines.escaped(log_lines.cleaned(part))}" for part in str(trace or "").splitlines()]
        _say("\n".join([words, *below]) + "\n", self._stream)


def _open_private(path: str, flags: int) -> int:
    """A new log is its owner's alone: it names people and addresses."""
    return os.open(path, flags, 0o600)


def set_up_logs(path: Path, *, level: str, max_bytes: int, kept: int, console: TextIO | None = None) -> LogFile:
    """Send every line to `path` and to `console`; returns the file's handler, whose `dropped` the metrics show."""
    take_down_logs()
    _ask_only_what_is_written()
    log_file = LogFile(path, max_bytes=max_bytes, kept=kept)
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.addHandler(log_file)
    if console is not None:
        root.addHandler(Console(console))
    logging.getLogger(ROOT).setLevel(level.upper())
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    return log_file


def _ask_only_what_is_written() -> None:
    """What no line shows need not be found out for each: see "Optimization" in the logging HOWTO of Python."""
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def take_down_logs() -> None:
    """Close the handlers that `set_up_logs` made."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, LogFile | Console)]:
        root.removeHandler(handler)
        handler.close()
    logging.captureWarnings(False)


def record_line(record: logging.LogRecord) -> str:
    """The line of a record of ours or of a library."""
    event, values = _event_of(record)
    at = datetime.fromtimestamp(record.created, UTC)
    return log_lines.line_of(at, record.levelname.lower(), event, _pairs(record, values))


def _pairs(record: logging.LogRecord, values: dict[str, object]) -> list[str]:
    """The record's values as text, made once for the file and the console; each shows a traceback in its own way."""
    if "traceback" in values:
        return list(log_lines.pairs(values))
    pairs: list[str] | None = record.__dict__.get("pairs")
    if pairs is None:
        pairs = record.__dict__["pairs"] = list(log_lines.pairs(values))
    return pairs


def _event_of(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    if hasattr(record, "event"):
        return record.event, dict(record.values)  # type: ignore[attr-defined]  # set together by Log._write
    values: dict[str, object] = {"message": _message_of(record)}
    if record.exc_info and record.exc_info[0]:
        values["traceback"] = "".join(traceback.format_exception(*record.exc_info, limit=-20)).rstrip()
    return f"{record.name}.said", {**values, **_context.get()}


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _say(text: str, stream: TextIO | None) -> None:
    """Write to a stream that may be missing (a service on Windows), closed, full or of a narrow encoding."""
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    with suppress(OSError, ValueError):
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
