"""Opens what a list is read from, as often as needed and within the bound on its size. Does not look inside."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.rows import Limits

Opener = Callable[[], AbstractContextManager[BinaryIO]]

CHUNK_BYTES = 64 * 1024


def opener(source: BinaryIO | Path) -> Opener:
    """A function that opens `source` at its start; a stream must be seekable and stays open, a path is closed."""
    if isinstance(source, Path):
        return lambda: source.open("rb")
    return lambda: _rewound(source)


def _rewound(stream: BinaryIO) -> AbstractContextManager[BinaryIO]:
    stream.seek(0)
    return nullcontext(stream)


def check_size(open_file: Opener, limits: Limits) -> None:
    """Raises Invalid when the file is empty or larger than `limits.max_bytes`."""
    with open_file() as stream:
        size = stream.seek(0, os.SEEK_END)
    if size == 0:
        raise Invalid("file_empty", N_("The file is empty."))
    if size > limits.max_bytes:
        raise Invalid(
            "file_too_large",
            N_("The file is larger than %(megabytes)s MB. Split it and import the parts."),
            megabytes=limits.max_bytes // 2**20,
        )
