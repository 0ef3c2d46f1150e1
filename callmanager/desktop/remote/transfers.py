"""Files on their way to and from the server: read and written in pieces, with progress, and stopped on demand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.domain.texts import N_

PIECE = 64 * 1024
TRANSFER_SECONDS = 1_800.0
"""So long may the server be silent over a large list before its answer counts as lost."""


class TransferStopped(CallManagerError):
    """The user called a transfer off."""

    def __init__(self) -> None:
        super().__init__("transfer_stopped", N_("Stopped. Nothing was kept."))


class Transfer:
    """One file on its way. `on_bytes(done, total)` is called in the thread that sends or receives; `total` is 0 when
    nobody knows it. `stop` may be called from any thread."""

    def __init__(self, on_bytes: Callable[[int, int], None] = lambda _done, _total: None) -> None:
        self._on_bytes = on_bytes
        self._stopped = Event()

    def stop(self) -> None:
        """Call it off; whoever waits for it gets TransferStopped."""
        self._stopped.set()

    def note(self, done: int, total: int) -> None:
        """So many bytes are over. Raises TransferStopped."""
        if self._stopped.is_set():
            raise TransferStopped
        self._on_bytes(done, total)


class FileBody:
    """A file as the body of a request, in pieces. Each iteration begins at its start, so that it can be sent again.

    Raises Invalid when it cannot be read, or is another by the time it is sent.
    """

    def __init__(self, path: Path, transfer: Transfer) -> None:
        self._path, self._transfer = path, transfer
        self._size = file_size(path)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        done = 0
        self._transfer.note(done, self._size)
        try:
            with self._path.open("rb") as file:
                while done < self._size and (piece := file.read(min(PIECE, self._size - done))):
                    yield piece
                    done += len(piece)
                    self._transfer.note(done, self._size)
        except OSError as error:
            raise unreadable(self._path) from error
        if done < self._size:
            raise Invalid(
                "file_changed", N_("The file changed while it was sent. Save it, and choose it again."), file=self._path
            )


def file_size(path: Path) -> int:
    """In bytes. Raises Invalid when there is no such file."""
    try:
        if path.is_file():
            return path.stat().st_size
    except (OSError, ValueError) as error:
        raise unreadable(path) from error
    raise Invalid(
        "file_not_found",
        N_("There is no file %(path)s. Choose it again."),
        fields={"field": "path"},
        path=str(path)[:200],
    )


def save_pieces(pieces: Iterable[bytes], target: Path, transfer: Transfer, total: int = 0) -> int:
    """Write `pieces` beside `target` and put the whole in its place at the end; returns the bytes.

    What was there before stays until then, and when anything goes wrong. Raises Invalid when it cannot be written.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            done = _write(pieces, file.write, transfer, total)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise _unwritable(target) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return done


def unreadable(path: Path) -> Invalid:
    """The refusal of a file that this PC does not give."""
    return Invalid(
        "file_unreadable",
        N_("%(path)s cannot be read. Close it in other programs, or choose another file."),
        fields={"field": "path"},
        path=str(path)[:200],
    )


def _write(pieces: Iterable[bytes], write: Callable[[bytes], int], transfer: Transfer, total: int) -> int:
    done = 0
    transfer.note(done, total)
    for piece in pieces:
        write(piece)
        done += len(piece)
        transfer.note(done, total)
    return done


def _unwritable(path: Path) -> Invalid:
    return Invalid(
        "file_unwritable",
        N_("%(path)s cannot be written. Close it in other programs, or choose another place or name."),
        fields={"field": "path"},
        path=str(path)[:200],
    )
