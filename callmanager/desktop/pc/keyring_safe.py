"""The system's own safe for secrets (keyring). The only place of this PC where a credential of a user may stand.

The library is slow to import and may talk to a service of the desktop: never call it in the window's thread.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

SERVICE = "CallManager"
MOST_CHARACTERS = 1_200
"""Windows keeps 1,280."""
_OWN = "secret:"  # before the name, so that none is taken for a server


@dataclass(frozen=True, slots=True)
class Remembered:
    """A user's own key for this PC; `key_id` is by what it is revoked.

    `fingerprint` is of the certificate of the server that made it, "" when it had none of its own; None: not known.
    """

    username: str
    key_id: int
    api_key: str = field(repr=False)
    fingerprint: str | None = None

    def is_of(self, fingerprint: str | None) -> bool:
        """Whether the server with this certificate can have made it, as far as it is known."""
        return self.fingerprint in (None, fingerprint or "")


class Safe(Protocol):
    """Keeps one Remembered for each server, and secrets of this PC (a phone's) by name."""

    def check(self) -> None: ...

    def find(self, address: str) -> Remembered | None: ...

    def keep(self, address: str, remembered: Remembered) -> None: ...

    def forget(self, address: str) -> None: ...

    def find_secret(self, name: str) -> str | None: ...

    def keep_secret(self, name: str, secret: str) -> None: ...


class KeyringSafe:
    """The safe of this account of the PC. Raises Unavailable where the system has none or refuses."""

    def check(self) -> None:
        """Raises Unavailable (`no_keyring`) when nothing can be kept here."""
        from keyring import get_keyring  # noqa: PLC0415 - slow
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            good = float(get_keyring().priority) > 0
        except (KeyringError, RuntimeError) as error:
            raise _missing() from error
        if not good:
            raise _missing()

    def find(self, address: str) -> Remembered | None:
        """Who is remembered for a server; None also for what cannot be understood."""
        return _parse(self._ask("get_password", address))

    def keep(self, address: str, remembered: Remembered) -> None:
        """Replace what is remembered for a server."""
        who = {"user": remembered.username, "id": remembered.key_id, "key": remembered.api_key}
        text = json.dumps({**who, "fingerprint": remembered.fingerprint})
        if len(text) > MOST_CHARACTERS:
            raise _missing()
        self._ask("set_password", address, text)

    def forget(self, address: str) -> None:
        """Remember nobody for a server."""
        if self._ask("get_password", address) is not None:
            self._ask("delete_password", address)

    def find_secret(self, name: str) -> str | None:
        """A secret of this PC."""
        found = self._ask("get_password", f"{_OWN}{name}")
        return found if isinstance(found, str) else None

    def keep_secret(self, name: str, secret: str) -> None:
        """Replace a secret of this PC."""
        if len(secret) > MOST_CHARACTERS:
            raise _missing()
        self._ask("set_password", f"{_OWN}{name}", secret)

    def _ask(self, what: str, address: str, *more: str) -> Any:
        import keyring  # noqa: PLC0415 - slow
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            return getattr(keyring, what)(SERVICE, address, *more)
        except (KeyringError, RuntimeError, OSError) as error:  # backends let errors of their system through
            raise _missing() from error


def _parse(text: Any) -> Remembered | None:
    try:
        given = json.loads(text)
        seen = given.get("fingerprint")  # keys kept by earlier versions have none
        return Remembered(str(given["user"]), int(given["id"]), str(given["key"]), None if seen is None else str(seen))
    except (AttributeError, TypeError, ValueError, KeyError):
        return None


def _missing() -> Unavailable:
    return Unavailable(
        "no_keyring", N_("This PC has no safe for passwords (keyring), so you sign in each time you start.")
    )
