"""What this PC keeps for one user of one server: a replica, which may be lost, and his unsent work, which may not.

They are two SQLite files (WAL) for that reason: a damaged or outdated replica is fetched again, work is never at risk.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from callmanager.desktop.store.replica import Replica
from callmanager.desktop.store.work import Draft, Queued, UnsentWork

__all__ = ["Draft", "Queued", "Replica", "Store", "UnsentWork", "folder_of"]


class Store:
    """Both files, in a folder of their own that only this account of the PC may read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.work = UnsentWork(folder / "work.db")
        self.replica = Replica(folder / "replica.db")

    def close(self) -> None:
        """Close both files."""
        self.replica.close()
        self.work.close()


def folder_of(base: Path, address: str, username: str) -> Path:
    """The folder for a user of a server: readable, and never the same for two."""
    plain = re.sub(r"[^a-z0-9]+", "-", f"{address.partition('://')[2]}-{username}".lower()).strip("-")[:60]
    seal = hashlib.sha256(f"{address}\n{username}".encode()).hexdigest()[:12]
    return base / f"{plain}-{seal}"
