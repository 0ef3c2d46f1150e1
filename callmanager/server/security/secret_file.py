"""The server's own secret, made at the first start and kept in a file of its owner. There is none in the code."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

from callmanager.domain.errors import Invalid, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.security.private_files import create_private, is_exposed

SECRET_BYTES = 48
FEWEST_CHARACTERS = 48  # ours are 64 characters of base64url
MOST_BYTES = 4096
PADDING = b" \t\r\n\0"  # a power cut can leave zeros; an editor adds a line end


class StoredSecret(NamedTuple):
    """`exposed` says that other accounts of this computer may read the file, which calls for a warning."""

    value: bytes
    exposed: bool


def read_or_create_secret(path: Path) -> StoredSecret:
    """The secret in `path`, which is made when there is no such file.

    Raises Invalid (secret_too_short, secret_too_long) when the file holds no secret: a new one is not made over it,
    for that would sign everybody out without a word. Raises Unavailable when the file cannot be read or written.
    """
    try:
        return _read_or_create(path)
    except OSError as error:
        raise Unavailable(
            "secret_not_read",
            N_("The file %(path)s could not be read. Check that it is a file and that this account may read it."),
            path=str(path),
        ) from error


def _read_or_create(path: Path) -> StoredSecret:
    try:
        return _read(path)
    except FileNotFoundError:
        _create(path)
        return _read(path)


def _create(path: Path) -> None:
    try:
        create_private(path, secrets.token_urlsafe(SECRET_BYTES).encode("ascii") + b"\n")
    except FileExistsError:
        pass  # another process was first; its secret is the one
    except OSError as error:
        raise Unavailable(
            "secret_not_written",
            N_("The file %(path)s could not be written. Check that the folder exists and may be written in."),
            path=str(path),
        ) from error


def _read(path: Path) -> StoredSecret:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    return StoredSecret(_checked(content, path), is_exposed(path))


def _checked(content: bytes, path: Path) -> bytes:
    value = content.strip(PADDING)
    if len(value) < FEWEST_CHARACTERS:
        raise Invalid(
            "secret_too_short",
            N_(
                "The file %(path)s holds no usable secret. Restore it from a copy, or delete it: "
                "a new one is then made and everybody signs in again."
            ),
            path=str(path),
        )
    if len(content) > MOST_BYTES:
        raise Invalid(
            "secret_too_long",
            N_("The file %(path)s is too large to be a secret. Check that the setting names the right file."),
            path=str(path),
        )
    return value
