"""Files that only the owner of the server may read: written whole or not at all. What they hold is not its concern.

On Windows the mode is ignored: such a file has the rights of its folder, so the program's folder should be one that
only administrators and the server's account may open (DEPLOYMENT.md).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

OWNER_ONLY = 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create_private(path: Path, content: bytes) -> None:
    """Write a file that did not exist. Raises FileExistsError when it does, OSError when it cannot be written."""
    written = _write_beside(path, content)
    try:
        _publish(written, path)
    finally:
        written.unlink(missing_ok=True)
    _sync_folder(path.parent)


def replace_private(path: Path, content: bytes) -> None:
    """Write a file, in place of the one that may be there. Raises OSError when it cannot be written."""
    written = _write_beside(path, content)
    try:
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
    _sync_folder(path.parent)


def is_exposed(path: Path) -> bool:
    """Whether other accounts of this computer may open the file. Always False on Windows: the mode does not tell."""
    return sys.platform != "win32" and bool(path.stat().st_mode & OTHERS)


def make_private(paths: Iterable[Path]) -> list[Path]:
    """Take what others may do with these files from them. Answers which files were open to others and are no more.

    A file of another owner, or on a disk that knows no rights, stays as it is: `is_exposed` still says so.
    """
    mended = []
    for path in paths:
        with contextlib.suppress(OSError):
            if is_exposed(path):
                path.chmod(path.stat().st_mode & ~OTHERS & 0o777)
                if not is_exposed(path):
                    mended.append(path)
    return mended


def _write_beside(path: Path, content: bytes) -> Path:
    written = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        written.unlink(missing_ok=True)
        raise
    return written


def _publish(written: Path, path: Path) -> None:
    """Give the file its name, unless the name is taken: a link does so in one step, also between two servers."""
    try:
        os.link(written, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links (FAT, some network shares)
        if path.exists():
            raise FileExistsError(str(path)) from None
        written.rename(path)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network shares cannot; the file itself is safe
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
