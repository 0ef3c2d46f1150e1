"""What a person reads when the server has started: where clients connect, where things are, what needs attention."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from callmanager.domain.texts import N_
from callmanager.i18n import sentence
from callmanager.server.process.addresses import ALL_ADDRESSES, bracketed, reached_at


@dataclass(frozen=True, slots=True)
class Greeting:
    """The facts. `warnings` are ready sentences."""

    language: str
    version: str
    office: str
    host: str
    port: int
    https: bool
    database: Path
    log_file: Path
    backups: Path
    warnings: tuple[str, ...] = ()

    def lines(self, addresses: Iterable[str]) -> list[str]:
        """The greeting, for a server that other PCs reach at these addresses."""
        rows = [(N_("On this PC"), self._url("127.0.0.1" if self.host in ALL_ADDRESSES else self.host))]
        rows += [(N_("For the clients (SERVER_URL)"), self._url(address)) for address in addresses]
        rows += [
            (N_("Database"), str(self.database)),
            (N_("Backups"), str(self.backups)),
            (N_("Log"), str(self.log_file)),
        ]
        named = [(sentence(name, self.language), value) for name, value in rows]
        width = max(len(name) for name, _value in named)
        stop = sentence(N_("Ctrl+C stops the server in order."), self.language)
        return [
            f"CallManager {self.version}{f' · {self.office}' if self.office else ''}",
            *(f"  {name:<{width}}  {value}" for name, value in named),
            *(f"  ! {warning}" for warning in self.warnings),
            f"  {stop}",
        ]

    def _url(self, address: str) -> str:
        return f"{'https' if self.https else 'http'}://{bracketed(address)}:{self.port}"


def greet(greeting: Greeting) -> None:
    """Print it. Looking up addresses and translations takes a while: not for the loop."""
    say("\n".join(greeting.lines(reached_at(greeting.host))), sys.stdout)


def say(text: str, stream: TextIO | None) -> None:
    """One text for a person, on a stream that may be missing (a service), narrow (an old console) or closed."""
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
    except (OSError, ValueError):
        return
